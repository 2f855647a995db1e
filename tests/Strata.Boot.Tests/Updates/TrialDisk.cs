using System.Text;
using Strata.Blueprints;
using Strata.Boot.Tests.Layers;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;
using Strata.Updates.Releases;
using Strata.Updates.State;
using Strata.Updates.Storage;
using Strata.Updates.Trials;

namespace Strata.Boot.Tests.Updates;

/// <summary>What is wrong with a release of the bench.</summary>
/// <param name="Script">What it does before it looks whether it is well.</param>
internal sealed record Flaw(string Script = "")
{
    /// <summary>Words of its kernel command line.</summary>
    public string Words { get; init; } = "";

    /// <summary>Changes the image of its own layer, as it lies in the store.</summary>
    public Action<byte[]>? Layer { get; init; }

    /// <summary>Changes its initrd.</summary>
    public Func<byte[], byte[]>? Initrd { get; init; }

    /// <summary>Changes its kernel image.</summary>
    public Action<byte[]>? Image { get; init; }
}

/// <summary>A machine with systemd-boot, on which release 1 has proven good and others are on trial.</summary>
internal sealed class TrialDisk : IDisposable
{
    private const string Words = "console=ttyS0 quiet no_timer_check";
    private const string Script = """
        mkdir -p /run/strata/services/web
        echo ready > /run/strata/services/web/state
        echo "guest: release RELEASE"
        FLAW
        strata-agent trial
        echo "guest: trial ended with $?"
        strata-agent history > /run/history; while read -r line; do echo "guest: $line"; done < /run/history
        THEN

        """;

    private static readonly StatePlan s_plan = new() { Edition = "bench", Folders = [new(StatePlan.OwnFolder, 0, 0, 0x1C0)] };

    private static byte[]? s_agent;

    private readonly TemporaryFolder _folder = new();
    private readonly List<TestLayer> _stored = [];
    private TestLayer[] _common = [];

    /// <summary>The disk.</summary>
    public string Path => _folder["trial.img"];

    public void Dispose() => _folder.Dispose();

    /// <summary>Makes a disk with release 1, and release 2 on trial.</summary>
    /// <param name="flaw">What is wrong with release 2; null for nothing.</param>
    /// <param name="then">What release 2 does after it was looked at.</param>
    /// <param name="tries">Tries that it has left.</param>
    public static async Task<TrialDisk> MakeAsync(Flaw? flaw = null, string then = "", int tries = SystemdBoot.Tries)
    {
        TrialDisk disk = new();
        try
        {
            await disk.MakeAsync([(1, new Flaw(), ""), (2, flaw ?? new Flaw(), then)], tries);
            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Starts it by its firmware and lets it restart, until it switches itself off.</summary>
    /// <returns>All that it wrote.</returns>
    public async Task<string> RunAsync(int minutes)
    {
        await using Machine machine = await StartAsync();
        MachineEnd end = await machine.WaitForEndAsync(TimeSpan.FromMinutes(minutes));
        string text = machine.Log.TextFrom(0).ReplaceLineEndings("\n");
        Assert.True(end.Kind == MachineEndKind.PoweredOff, $"{end.Description}\n{text}");
        return text;
    }

    /// <summary>Starts it, and cuts its power when it has written something.</summary>
    public async Task RunUntilAsync(string text, int minutes)
    {
        await using Machine machine = await StartAsync();
        await machine.WaitForLineAsync(LinePattern.Text(text), TimeSpan.FromMinutes(minutes));
        await machine.CutPowerAsync();
    }

    private Task<Machine> StartAsync() => Machine.StartAsync(
        new ToolTree(LayerBench.Qemu),
        new MachineConfig
        {
            Boot = new BootMedium.Disk(Path, Keep: true),
            MemoryMiB = 256,
            AllowReboot = true,
            GoesOnAfterPanic = true,
            ExtraArguments = ["-device", "i6300esb", "-action", "watchdog=reset"],
        },
        AcceleratorKind.Tcg);

    /// <summary>What the releases said after a word, in the order in which they were started.</summary>
    public static IReadOnlyList<string> Said(string text, string word)
    {
        string start = $"guest: {word} ";
        return [.. text.Split('\n').Where(l => l.StartsWith(start, StringComparison.Ordinal)).Select(l => l[start.Length..].Trim())];
    }

    /// <summary>Names of the kernel images, as another reader of FAT finds them.</summary>
    public IReadOnlyList<string> Images()
    {
        (int exitCode, string output) = Oracle.Run("mdir", "-b", "-i", Path + "@@1M", "::/EFI/Linux");
        Assert.True(exitCode == 0, output);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(l => l.Trim()[(l.LastIndexOf('/') + 1)..]).Order(StringComparer.Ordinal)];
    }

    private async Task MakeAsync((int Number, Flaw Flaw, string Then)[] releases, int tries)
    {
        _common = [await LayerBench.BaseAsync(), await AgentAsync()];
        _stored.AddRange(_common);
        string esp = Directory.CreateDirectory(_folder["esp"]).FullName;
        Directory.CreateDirectory(System.IO.Path.Combine(esp, BootEntries.Folder));
        SystemdBoot boot = new(new FolderStorage(esp), "bench", "1", new StartFacts());
        foreach ((int number, Flaw flaw, string then) in releases)
        {
            string path = _folder[$"{number}.uki"];
            await File.WriteAllBytesAsync(path, await ImageAsync(number, flaw, then));
            using FolderStorageFile content = new(path);
            boot.Try($"{number}", content.File);
            string name = $"bench_{number}";
            string isNow = number == 1 ? BootEntry.Proven(name) : BootEntry.OnTrial(name, tries);
            File.Move(In(BootEntry.OnTrial(name, SystemdBoot.Tries)), In(isNow));
        }
        await WriteAsync(esp);

        string In(string file) => System.IO.Path.Combine(esp, BootEntries.Folder, file);
    }

    private async Task<byte[]> ImageAsync(int number, Flaw flaw, string then)
    {
        using TemporaryFolder folder = new();
        string script = Script.Replace("RELEASE", $"{number}", StringComparison.Ordinal)
            .Replace("FLAW", flaw.Script, StringComparison.Ordinal).Replace("THEN", then, StringComparison.Ordinal);
        TestLayer own = await LayerBench.ScriptAsync(script);
        byte[] stored = [.. own.Image];
        flaw.Layer?.Invoke(stored);
        _stored.Add(own.WithImage(stored));
        Release release = LayerBench.ReleaseOf([.. _common, own]) with { Version = $"{number}" };
        string initrd = await LayerBench.InitrdOfReleaseAsync(folder, release, s_plan);
        if (flaw.Initrd is not null)
        {
            await File.WriteAllBytesAsync(initrd, flaw.Initrd(await File.ReadAllBytesAsync(initrd)));
        }
        byte[] image = await FirmwareDisk.UkiAsync(initrd, $"{Words} {flaw.Words}".TrimEnd(), $"{number}");
        flaw.Image?.Invoke(image);
        return image;
    }

    private static async Task<TestLayer> AgentAsync()
    {
        s_agent ??= await LayerBench.BuildAsync(DeviceProgram.Agent);
        FileTree tree = new();
        HealthCheck check = new("well", 5, ["/bin/sh", "-c", "[ ! -e /run/ill ]"]);
        HealthPlan plan = new() { SettleSeconds = 10, WithinSeconds = 30, Checks = [check] };
        LayerBench.Add(tree, "/sbin/strata-agent", s_agent, Modes.Program);
        LayerBench.Add(tree, "/usr/lib/strata/trial/is-here", Encoding.ASCII.GetBytes("here\n"), Modes.File);
        LayerBench.Add(tree, HealthPlan.Path, plan.Write(), Modes.File);
        return await LayerBench.MakeAsync("agent", tree, isBase: true);
    }

    private async Task WriteAsync(string esp)
    {
        FileTree tree = new();
        string tools = LayerBench.Variable("STRATA_TEST_BUILD_TOOLS");
        string program = System.IO.Path.Combine(tools, "usr/lib/systemd/boot/efi/systemd-bootx64.efi");
        LayerBench.Add(tree, "/EFI/BOOT/BOOTX64.EFI", await File.ReadAllBytesAsync(program), Modes.Program);
        LayerBench.Add(tree, "/loader/loader.conf", Encoding.ASCII.GetBytes("timeout 0\neditor no\n"), Modes.File);
        foreach (string file in Directory.GetFiles(System.IO.Path.Combine(esp, BootEntries.Folder)).Order(StringComparer.Ordinal))
        {
            string path = $"/{BootEntries.Folder}/{System.IO.Path.GetFileName(file)}";
            LayerBench.Add(tree, path, await File.ReadAllBytesAsync(file), Modes.Program);
        }
        FatPlan plan = FatPlan.Create(
            tree, new FatOptions
            {
                Label = "ESP", VolumeId = 0x57A7A002, HiddenSectors = (uint)(DiskPlan.Alignment / 512), FreeSpace = new ByteSize(24 << 20),
            });
        DiskPart[] parts =
        [
            new()
            {
                Label = "ESP",
                Type = PartitionType.Esp,
                Id = new Guid("57a7a000-0000-4000-8000-000000000001"),
                ContentBytes = plan.SizeBytes,
                Write = (output, token) => FatWriter.WriteAsync(plan, new LayerBench.InlineReader(), output, token),
            },
            FirmwareDisk.Part("STRATA", await LayerBench.MediumAsync(_folder, _stored), "57a7a000-0000-4000-8000-000000000002"),
            FirmwareDisk.Part(StatePlan.Label, LayerBench.StateDisk(_folder, StatePlan.Label), "57a7a000-0000-4000-8000-000000000003"),
        ];
        await using FileStream disk = File.Create(Path);
        Formats.Gpt.DiskConfig config = new() { DiskId = new Guid("57a7a000-0000-4000-8000-000000000000"), Parts = parts };
        await DiskWriter.WriteAsync(DiskPlan.Create(config), disk);
    }

    private sealed class FolderStorageFile(string path) : IDisposable
    {
        public IStoredFile File { get; } =
            new FolderStorage(System.IO.Path.GetDirectoryName(path)!).TryOpen(System.IO.Path.GetFileName(path))!;

        public void Dispose() => File.Dispose();
    }
}
