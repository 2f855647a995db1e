using System.Text;
using Strata.Agent.Machines;
using Strata.Agent.Seeds;
using Strata.Testing;

namespace Strata.Agent.Tests;

/// <summary>A machine in a folder: its files, its volumes, and what it told.</summary>
internal sealed class Desk : ILiveMachine, IDisposable
{
    public const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk";

    private readonly TemporaryFolder _folder = new();

    /// <summary>A machine with root, one system user, Dropbear and the maker of its keys.</summary>
    public Desk()
    {
        Put("/etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:900:900::/srv:/bin/false\n");
        Put("/etc/group", "root:x:0:\nweb:x:900:\nvideo:x:44:\n");
        Put("/etc/shadow", "root:*:1:0:99999:7:::\nweb:*:1:0:99999:7:::\n");
        Put("/etc/hostname", "unnamed\n");
        Put("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 unnamed\n");
        Put("/etc/machine-id", "");
        Put("/usr/sbin/dropbear", "");
        Put("/usr/bin/dropbearkey", "");
        Directory.CreateDirectory(_folder["root"]);
    }

    public List<ISeedVolume> Volumes { get; } = [];

    /// <summary>All that was told, as it would stand on the console.</summary>
    public string Told { get; private set; } = "";

    /// <summary>Programs that were run.</summary>
    public List<string> Ran { get; } = [];

    /// <summary>Changes of files after which the power is cut; null for none.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Changes of files since the start.</summary>
    public int Changes { get; private set; }

    public string? Name { get; private set; }

    public void Dispose() => _folder.Dispose();

    public Desk Put(string path, string text) => Put(path, Encoding.UTF8.GetBytes(text));

    public Desk Put(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.Path + path)!);
        File.WriteAllBytes(_folder.Path + path, bytes);
        return this;
    }

    public Desk Insert(string name, string label, bool isOfOurDisk, params (string Name, byte[] Bytes)[] files)
    {
        Volumes.Add(new Volume(name, label, isOfOurDisk, files.ToDictionary(f => f.Name, f => f.Bytes)));
        return this;
    }

    public Desk InsertWords(string text, string name = "/dev/vda1") =>
        Insert(name, "STRATA", isOfOurDisk: true, ("strata/machine.yaml", Encoding.UTF8.GetBytes(text)));

    public Desk InsertCloud(string userData, string? network = null, string name = "/dev/vdb") => Insert(
        name, "cidata", isOfOurDisk: false,
        [("meta-data", "instance-id: i-1\n"u8.ToArray()), ("user-data", Encoding.UTF8.GetBytes(userData)),
            .. network is null ? [] : new[] { ("network-config", Encoding.UTF8.GetBytes(network)) }]);

    /// <summary>Starts the machine once.</summary>
    public Desk Start(bool looksForSeeds = true)
    {
        Told = "";
        Changes = 0;
        new FirstStart(Machine(), this).Run(!looksForSeeds ? null : _ => new SeedVolumes(() => Volumes));
        return this;
    }

    /// <summary>What is done when there is a network.</summary>
    public Desk StartLate()
    {
        Told = "";
        LateStart.Run(Machine(), this);
        return this;
    }

    private MachineFolder Machine() => new(_folder.Path, givesAway: false, _ =>
    {
        if (Changes++ == CutAfter)
        {
            throw new PowerCutException();
        }
    });

    public string Text(string path) => File.Exists(_folder.Path + path) ? File.ReadAllText(_folder.Path + path) : "";

    public string At(string path) => _folder.Path + path;

    public bool Has(string path) => Path.Exists(_folder.Path + path);

    public UnixFileMode Mode(string path) => File.GetUnixFileMode(_folder.Path + path);

    /// <summary>Every file with its mode and text; what differs from machine to machine is left out.</summary>
    public string Dump()
    {
        StringBuilder text = new();
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = 0 };
        foreach (string file in Directory.EnumerateFiles(_folder.Path, "*", all)
            .Order(StringComparer.Ordinal))
        {
            string path = file[_folder.Path.Length..];
            string content = path.Contains("host_key", StringComparison.Ordinal) || path == "/etc/machine-id" ? "" : File.ReadAllText(file);
            text.Append(path).Append(' ').Append(File.GetUnixFileMode(file)).Append('\n').Append(content);
        }
        return text.ToString();
    }

    /// <summary>Runs programs in earnest, those of the machine that are scripts for a test.</summary>
    public bool RunsForReal { get; set; }

    /// <summary>How long was waited.</summary>
    public TimeSpan Now { get; private set; }

    void ILiveMachine.Wait(TimeSpan time) => Now += time;

    int? ILiveMachine.RunWithin(TimeSpan limit, string program, params IReadOnlyList<string> arguments)
    {
        Ran.Add(string.Join(' ', [program, .. arguments]).Replace(_folder.Path, "", StringComparison.Ordinal));
        return RunsForReal ? Device.Posix.Programs.RunWithin(
            limit, InFolder(program), [.. arguments.Select(InFolder)]) : null;
    }

    private string InFolder(string word) => File.Exists(_folder.Path + word) ? _folder.Path + word : word;

    int ILiveMachine.Run(string program, params IReadOnlyList<string> arguments)
    {
        Ran.Add(string.Join(' ', [program, .. arguments]).Replace(_folder.Path, "", StringComparison.Ordinal));
        if (program.EndsWith("dropbearkey", StringComparison.Ordinal))
        {
            File.WriteAllText(arguments[^1], $"key {Guid.NewGuid()}");
        }
        return 0;
    }

    /// <summary>How often the machine was restarted.</summary>
    public int Restarts { get; private set; }

    /// <summary>What was done with the watchdog.</summary>
    public List<string> Watched { get; } = [];

    void ILiveMachine.Restart() => Restarts++;

    IWatchdog ILiveMachine.StartWatchdog() => new SilentWatchdog(this);

    void ILiveMachine.SetHostname(string name) => Name = name;

    void ILiveMachine.Tell(string text) => Told += text + "\n";

    private sealed class Volume(string name, string label, bool isOfOurDisk, Dictionary<string, byte[]> files) : ISeedVolume
    {
        public string Name => name;

        public string Label => label;

        public bool IsOfOurDisk => isOfOurDisk;

        public bool IsFat => true;

        public byte[]? TryRead(string name, int most) => files.GetValueOrDefault(name)?[..Math.Min(most, files[name].Length)];
    }

    private sealed class SilentWatchdog(Desk desk) : IWatchdog
    {
        public void Feed() => desk.Watched.Add("fed");

        public void Stop() => desk.Watched.Add("stopped");

        public void Dispose() => desk.Watched.Add("closed");
    }

    /// <summary>The power is gone: nothing after it happens.</summary>
    internal sealed class PowerCutException : Exception;
}
