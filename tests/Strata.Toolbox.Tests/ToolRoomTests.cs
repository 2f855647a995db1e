using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Confinement;
using Strata.Testing;

namespace Strata.Toolbox.Tests;

/// <summary>What a tool in its room may not do, tried by a shell and other programs in the place of a tool with a hole.</summary>
public sealed class ToolRoomTests : IDisposable
{
    private const string Loader = "usr/lib64/ld-linux-x86-64.so.2";

    private static readonly TimeSpan s_ample = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _host = new();

    public void Dispose() => _host.Dispose();

    [SkippableFact]
    public void InRoom_FilesOfTheHost_AreNotSeen()
    {
        string secret = Put("secret", "words of the builder");
        string given = Put("given", "words of a stranger");
        ToolTree tree = Programs();
        Assert.Equal("words of the builder", Run(tree.Command("usr/bin/cat", secret)).Output); // so what follows is the room's doing
        ToolResult read = Run(tree.InRoom(new ToolView([given], []), "usr/bin/cat", given, secret, "/etc/passwd", "/etc/shadow"));
        Assert.Equal("words of a stranger", read.Output);
        Assert.Equal(3, read.Errors.Split("No such file or directory").Length - 1);
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.True(Directory.Exists(home));
        ToolResult listed = Run(tree.InRoom(ToolView.None, "usr/bin/ls", "-A", "--", home, "/", "/proc", "/run", "/sys"));
        // of HOME there is at most the way to the tools, when the store is there
        string below = tree.Root.StartsWith(home + "/", StringComparison.Ordinal) ? tree.Root[(home.Length + 1)..].Split('/')[0] : "";
        string[] expected = ["dev", "run", "tmp", below, tree.Root.Split('/')[1], _host.Path.Split('/')[1]];
        Assert.All(listed.Output.Split('\n').Where(l => !l.EndsWith(':')), l => Assert.Contains(l, (string[])[.. expected, ""]));
    }

    [SkippableFact]
    public void InRoom_WritingAnywhereButInItsFolder_IsRefused()
    {
        string work = Directory.CreateDirectory(_host["work"]).FullName;
        string given = Directory.CreateDirectory(_host["given"]).FullName;
        ToolTree tree = Programs();
        ToolView view = new([given], [work]);
        ToolResult own = Run(tree.InRoom(view, "usr/bin/touch", work + "/made", "/tmp/made"));
        Assert.True(own.ExitCode == 0, own.Errors);
        Assert.True(File.Exists(work + "/made"));
        foreach (string path in (string[])[given + "/new", tree.PathOf("usr/new"), "/new", "/dev/new", "/dev/shm/new"])
        {
            ToolResult result = Run(tree.InRoom(view, "usr/bin/touch", path));
            Assert.True(result.ExitCode != 0, $"{path} can be written");
            Assert.Contains("Read-only file system", result.Errors, StringComparison.Ordinal);
            Assert.False(File.Exists(path));
        }
        Run(tree.InRoom(view, "usr/bin/touch", _host["new"])); // its /tmp is in memory
        Assert.False(File.Exists(_host["new"]));
    }

    [SkippableFact]
    public void InRoom_Network_IsNotReached()
    {
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        string connect = string.Create(CultureInfo.InvariantCulture,
            $"exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)service.LocalEndpoint).Port}");
        ToolTree tree = Programs();
        Assert.Equal(0, Run(tree.Command("usr/bin/bash", "-c", connect)).ExitCode); // so the service is there
        Assert.NotEqual(0, Run(tree.InRoom(ToolView.None, "usr/bin/bash", "-c", connect)).ExitCode);
    }

    [SkippableFact]
    public void InRoom_Namespace_CannotBeMadeToGainCapabilitiesIn()
    {
        ToolTree tree = Programs();
        ToolResult result = Run(tree.InRoom(ToolView.None, "usr/bin/unshare", "--user", tree.PathOf(Loader), "--version"));
        Assert.True(result.ExitCode != 0, result.Output);
        Assert.Contains("unshare failed", result.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void InRoom_EnvironmentOfTheHost_IsNotSeen()
    {
        ToolTree tree = Programs();
        Assert.NotNull(Environment.GetEnvironmentVariable("PATH"));
        Assert.Equal(["LC_ALL=C", "PWD=/"], Run(tree.InRoom(ToolView.None, "usr/bin/env")).Output.Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public void Pipe_FilterInItsRoom_HasNoCapabilityGainsNoneAndIsBounded()
    {
        const string Filter = "/usr/bin/gzip\0-9\0--no-name\0--stdout\0";
        ToolTree tree = Filters();
        using MemoryStream packed = new();
        // the thread that makes the pipe is gone before it is used, and bubblewrap ends with the thread that started it
        ToolPipe? made = null;
        Thread maker = new(() => made = new ToolPipe(tree.InRoom(ToolView.None, "usr/bin/gzip", "-9", "--no-name", "--stdout"), packed));
        maker.Start();
        maker.Join();
        using ToolPipe pipe = made!;
        Process? filter = null;
        SpinWait.SpinUntil(() => (filter = Descendants().FirstOrDefault(p => CommandOf(p).EndsWith(Filter, StringComparison.Ordinal)
            && !CommandOf(p).Contains(Bubblewrap.Program, StringComparison.Ordinal))) is not null, s_ample);
        Assert.NotNull(filter);
        string of = string.Create(CultureInfo.InvariantCulture, $"/proc/{filter.Id}/");
        string[] status = File.ReadAllLines(of + "status");
        Assert.Equal(5, status.Count(l => l.StartsWith("Cap", StringComparison.Ordinal)));
        Assert.All(status.Where(l => l.StartsWith("Cap", StringComparison.Ordinal)), l =>
            Assert.EndsWith("\t0000000000000000", l, StringComparison.Ordinal));
        Assert.Contains("NoNewPrivs:\t1", status);
        Assert.Equal(["lo"], File.ReadAllLines(of + "net/dev").Skip(2).Select(l => l.Split(':')[0].Trim()));
        string[] limits = File.ReadAllLines(of + "limits");
        Assert.Equal("0", HardLimit(limits, "Max core file size"));
        Assert.All(["Max cpu time", "Max file size", "Max open files", "Max address space"],
            name => Assert.True(long.TryParse(HardLimit(limits, name), out _), $"{name} has no bound"));
        pipe.Write("words"u8);
        pipe.Finish();
        packed.Position = 0;
        using StreamReader reader = new(new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Decompress),
            Encoding.UTF8);
        Assert.Equal("words", reader.ReadToEnd());
    }

    [SkippableFact]
    public async Task RunAsync_TimeIsOver_EverythingInTheRoomIsGone()
    {
        ToolTree tree = Programs();
        string word = Path.GetFileName(_host.Path);
        ToolStart start = tree.InRoom(ToolView.None, "usr/bin/bash", "-c",
            $"while :; do read -t 1 </dev/zero; done & wait; : {word}");
        Assert.Null(await ToolRun.RunAsync(start, TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None));
        Assert.True(SpinWait.SpinUntil(() => !Process.GetProcesses().Any(p =>
            CommandOf(p).Contains(word, StringComparison.Ordinal)), s_ample));
    }

    [SkippableFact]
    public void ToEnd_ToolInItsRoomFails_ItsExitCodeAndItsNameAreTold()
    {
        ToolTree tree = Programs();
        Assert.Equal(new ToolResult(3, "out\n", "err\n"), Run(tree.InRoom(ToolView.None, "usr/bin/bash", "-c",
            "echo out; echo err >&2; exit 3")));
        StrataException late = Assert.Throws<StrataException>(
            () => ToolRun.ToEnd(tree.InRoom(ToolView.None, "usr/bin/sleep", "300"), TimeSpan.FromMilliseconds(300)));
        Assert.StartsWith("cannot wait for sleep any longer", late.Message, StringComparison.Ordinal);
    }

    // a lock of a stranger that leaves bubblewrap out must not bring its tools out of their room
    [SkippableFact]
    public void InRoom_TreeWithoutBubblewrap_IsRefused()
    {
        ToolTree bare = TreeWith(Filters(), ("gzip", "gzip"));
        StrataException e = Assert.Throws<StrataException>(() => bare.InRoom(ToolView.None, "usr/bin/gzip", "--version"));
        Assert.Contains("cannot start usr/bin/bwrap", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void InRoom_HostWithoutNamespaces_StartsTheToolAloneAndTellsItOnce()
    {
        // in the place of a bubblewrap that is refused stands a program that ends with an error
        Told told = new();
        ToolTree tree = TreeWith(Filters(), ("gzip", "gzip"), ("bwrap", "gzip"));
        Assert.NotNull(tree.RoomProblem());
        tree = new ToolTree(tree.Root, told);
        for (int i = 0; i < 2; i++)
        {
            ToolStart start = tree.InRoom(new ToolView([Filters().Root], []), "usr/bin/gzip", "--version"); // where the links lead
            Assert.Equal(tree.PathOf(Loader), start.Command.FileName);
            Assert.Equal(tree.PathOf("usr/bin/gzip"), start.Command.ArgumentList[2]);
            Assert.Equal("QEMU_MODULE_DIR", Assert.Single(start.Command.Environment.Keys));
            Assert.StartsWith("gzip ", Run(start).Output, StringComparison.Ordinal);
        }
        Assert.Contains("no room of their own", Assert.Single(told.Warnings), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void InRoom_HostWithoutNamespaces_FilesOfTheHostAndTheNetworkAreNotReached()
    {
        Skip.IfNot(Landlock.ForbidsTcp, "this kernel's Landlock knows no TCP");
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        string secret = Put("secret", "words of the builder");
        string given = Directory.CreateDirectory(_host["given"]).FullName;
        string script = string.Create(CultureInfo.InvariantCulture, $"""
            try() (eval "$2" && echo "$1") 2>/dev/null
            try reads-the-secret ': <{secret}'
            try reads-accounts ': </etc/passwd'
            try reads-processes ': </proc/1/cmdline'
            try writes '>{_host["made"]}'
            try starts /bin/true
            try connects 'exec 3<>/dev/tcp/127.0.0.1/{((IPEndPoint)service.LocalEndpoint).Port}'
            try works 'echo x >{given}/own && read -r line <{given}/own'
            """);
        // alone everything works, so what follows is the confinement's doing
        Assert.Equal("reads-the-secret reads-accounts reads-processes writes starts connects works",
            Run(Programs().Command("usr/bin/bash", "-c", script)).Output.Trim().Replace('\n', ' '));
        File.Delete(_host["made"]);
        ToolView view = new([Programs().Root], [given]);
        Assert.Equal("works\n", Run(Roomless("bash").InRoom(view, "usr/bin/bash", "-c", script)).Output);
        Assert.False(File.Exists(_host["made"]));
    }

    [SkippableFact]
    public async Task InRoom_HostWithoutNamespaces_ToolStillHasNoCapabilityAndGainsNone()
    {
        ToolStart sleeping = Roomless("sleep").InRoom(new ToolView([Programs().Root], []), "usr/bin/sleep", "300");
        using CancellationTokenSource stop = new();
        Task<ToolResult?> running = ToolRun.RunAsync(sleeping, s_ample, TimeProvider.System, stop.Token);
        Process? tool = null;
        SpinWait.SpinUntil(() => (tool = Descendants().FirstOrDefault(p => CommandOf(p).Contains(_host.Path, StringComparison.Ordinal)
            && CommandOf(p).EndsWith("sleep\0300\0", StringComparison.Ordinal))) is not null, s_ample);
        string[] status = TextOf(tool!, "status").Split('\n');
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], c => Assert.Contains(c + ":\t0000000000000000", status));
        Assert.Contains("NoNewPrivs:\t1", status);
    }

    /// <summary>A tree of a program, in which no room can be made.</summary>
    private ToolTree Roomless(string program)
    {
        ToolTree tree = TreeWith(Programs(), (program, program), ("bwrap", "false"));
        Assert.NotNull(tree.RoomProblem());
        return tree;
    }

    private ToolTree TreeWith(ToolTree real, params (string Name, string Program)[] programs)
    {
        string root = _host["tree"];
        Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
        foreach (string libraries in (string[])["usr/lib", "usr/lib64"])
        {
            Directory.CreateSymbolicLink(Path.Combine(root, libraries), real.PathOf(libraries));
        }
        foreach ((string name, string program) in programs)
        {
            File.CreateSymbolicLink(Path.Combine(root, "usr/bin", name), real.PathOf("usr/bin/" + program));
        }
        return new ToolTree(root);
    }

    private string Put(string name, string text)
    {
        File.WriteAllText(_host[name], text);
        return _host[name];
    }

    private static ToolResult Run(ToolStart start) => ToolRun.ToEnd(start, s_ample);

    private static string HardLimit(string[] limits, string name) =>
        limits.Single(l => l.StartsWith(name, StringComparison.Ordinal))[name.Length..].Split(' ',
            StringSplitOptions.RemoveEmptyEntries)[1];

    private static IEnumerable<Process> Descendants()
    {
        HashSet<int> family = [Environment.ProcessId];
        ILookup<int, Process> children = Process.GetProcesses().ToLookup(ParentOf);
        for (Queue<int> open = new(family); open.TryDequeue(out int id);)
        {
            foreach (Process child in children[id].Where(c => family.Add(c.Id)))
            {
                open.Enqueue(child.Id);
                yield return child;
            }
        }
    }

    private static int ParentOf(Process process) =>
        TextOf(process, "stat") is { Length: > 0 } stat ? int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1],
            CultureInfo.InvariantCulture) : 0;

    private static string CommandOf(Process process) => TextOf(process, "cmdline");

    private static string TextOf(Process process, string file)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has just ended
        }
    }

    /// <summary>The tools of images.</summary>
    private static ToolTree Filters() => TreeOf("STRATA_TEST_BUILD_TOOLS");

    /// <summary>A tree with a shell and other programs that can try things.</summary>
    private static ToolTree Programs() => TreeOf("STRATA_TEST_KERNEL_TOOLS");

    private static ToolTree TreeOf(string variable)
    {
        string? root = Environment.GetEnvironmentVariable(variable);
        Skip.If(string.IsNullOrEmpty(root), $"{variable} is not set; './test' sets it");
        ToolTree tree = new(root);
        Skip.If(tree.RoomProblem() is not null, "no namespaces here");
        return tree;
    }

    private sealed class Told : IProgressReporter
    {
        public List<string> Warnings { get; } = [];

        public IProgressTask Begin(string label, long? total = null, ProgressUnit unit = ProgressUnit.Items) =>
            SilentProgress.Instance.Begin(label, total, unit);

        public void Note(string message) => Assert.Fail(message);

        public void Warn(string message) => Warnings.Add(message);
    }
}
