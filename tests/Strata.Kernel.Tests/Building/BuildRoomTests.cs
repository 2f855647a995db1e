using System.Diagnostics;
using Strata.Core;
using Strata.Kernel.Building;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Kernel.Tests.Building;

/// <summary>The room of a build, in both kinds, with the real tools.</summary>
public class BuildRoomTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task Command_SeesToolsAndItsFoldersAndNothingElse(RoomKind kind)
    {
        using Place place = new(kind);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/ls", "/", "/source");
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.Contains("given", said);
        Assert.DoesNotContain("home", said);
        Assert.DoesNotContain("root", said);
        (exit, said) = await place.RunAsync("/usr/bin/env");
        Assert.Equal(0, exit);
        Assert.Equal(["LC_ALL=C", "PATH=/tools:/usr/bin:/usr/sbin", "TZ=UTC", "WORD=a b"], said.Order(StringComparer.Ordinal));
        (exit, said) = await place.RunAsync("awk", "BEGIN { print 6 * 7 }");
        Assert.True(exit == 0 && said[^1] == "42", string.Join('\n', said));
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task Command_WhatItWrites_IsInTheFolderAfterwards(RoomKind kind)
    {
        using Place place = new(kind);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/cp", "/source/given", "/build/made");
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.Equal("content", File.ReadAllText(place.Build("made")));
        Assert.False(Directory.Exists(place.Scratch));
    }

    [SkippableFact]
    public async Task Command_ToolsAndSource_CannotBeChangedInANamespace()
    {
        using Place place = new(RoomKind.Namespaces);
        foreach (string path in new[] { "/usr/bin/new", "/source/new" })
        {
            (int exit, List<string> said) = await place.RunAsync("/usr/bin/touch", path);
            Assert.NotEqual(0, exit);
            Assert.Contains("Read-only file system", string.Join('\n', said), StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task RunAsync_TimeIsOver_EverythingIsKilled(RoomKind kind)
    {
        using Place place = new(kind);
        string word = place.Build("").Replace("/", "", StringComparison.Ordinal); // found again among all processes
        StrataException e = await Assert.ThrowsAsync<StrataException>(() =>
            place.RunAsync(TimeSpan.FromSeconds(2), "/usr/bin/bash", "-c", "sleep 300 & sleep 301; : $0", word));
        Assert.Contains("did not end within", e.Message, StringComparison.Ordinal);
        SpinWait.SpinUntil(() => !IsRunning(word), TimeSpan.FromSeconds(10));
        Assert.False(IsRunning(word));
    }

    [SkippableFact]
    public async Task RunAsync_Cancelled_IsCancelled()
    {
        using Place place = new(RoomKind.Namespaces);
        using CancellationTokenSource stop = new(TimeSpan.FromSeconds(1));
        ProcessStartInfo start = place.Room.Command(new Dictionary<string, string>(), "/build", "/usr/bin/sleep", "300");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RoomRun.RunAsync(start, _ => { }, s_deadline, TimeProvider.System, stop.Token));
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task Command_Inside_HasNoCapabilityGainsNoneAndIsBounded(RoomKind kind)
    {
        using Place place = new(kind);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/setpriv", "--dump");
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.Contains("no_new_privs: 1", said);
        Assert.Contains("Inheritable capabilities: [none]", said);
        Assert.Contains("Capability bounding set: [none]", said);
        (exit, said) = await place.RunAsync("/usr/bin/prlimit", "--noheadings", "--raw", "--output=RESOURCE,HARD");
        Assert.True(exit == 0, string.Join('\n', said));
        Dictionary<string, string> bounds = said.Select(l => l.Split(' ')).ToDictionary(w => w[0], w => w[1], StringComparer.Ordinal);
        Assert.Equal("0", bounds["CORE"]);
        Assert.All(["AS", "CPU", "FSIZE", "NOFILE", "NPROC"],
            name => Assert.True(long.Parse(bounds[name], System.Globalization.CultureInfo.InvariantCulture) > 0));
    }

    [SkippableFact]
    public async Task Command_InANamespace_HasNoEffectiveCapabilityNoNetworkAndNoNamespaceToGainOneIn()
    {
        using Place place = new(RoomKind.Namespaces);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/grep", "^Cap", "/proc/self/status");
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.Equal(5, said.Count);
        Assert.All(said, l => Assert.EndsWith("0000000000000000", l, StringComparison.Ordinal));
        (exit, said) = await place.RunAsync("/usr/bin/grep", "--count", ":", "/proc/net/dev");
        Assert.Equal("1", said[^1]); // the loopback of its own
        (exit, _) = await place.RunAsync("/usr/bin/unshare", "--user", "--map-root-user", "/usr/bin/true");
        Assert.NotEqual(0, exit);
    }

    [SkippableFact]
    public async Task Command_RemountingTheTools_IsRefused()
    {
        using Place place = new(RoomKind.Namespaces);
        (int exit, List<string> said) = await place.RunAsync("/usr/bin/mount", "--options", "remount,bind,rw", "/usr");
        Assert.True(exit != 0, "the tools of the store can be made writable");
        (exit, said) = await place.RunAsync("/usr/bin/touch", "/usr/POISON");
        Assert.NotEqual(0, exit);
        Assert.False(File.Exists(Path.Combine(Environment.GetEnvironmentVariable("STRATA_TEST_KERNEL_TOOLS")!, "usr/POISON")),
            string.Join('\n', said));
    }

    [SkippableFact]
    public async Task Command_SettingsOfTheHost_CannotBeChanged()
    {
        using Place place = new(RoomKind.Namespaces);
        // what stands there already is written, so that a room that lets it through does no harm; for root no capability is needed: the
        // file is 0644 and root's
        string pattern = File.ReadAllText("/proc/sys/kernel/core_pattern");
        File.WriteAllText(place.Build("pattern"), pattern);
        (int exit, List<string> said) = await place.RunAsync(
            "/usr/bin/bash", "-c", "cat /build/pattern > /proc/sys/kernel/core_pattern || exit 3");
        Assert.True(exit == 3, string.Join('\n', said));
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task Command_EnvironmentOfTheHost_IsNotSeen(RoomKind kind)
    {
        const string Token = "STRATA_TEST_TOKEN_OF_THE_HOST";
        Environment.SetEnvironmentVariable(Token, "secret");
        try
        {
            using Place place = new(kind);
            (_, List<string> said) = await place.RunAsync(
                "/usr/bin/bash", "-c", "cat /proc/*/environ /proc/self/environ | tr '\\0' '\\n'; env");
            Assert.Contains("WORD=a b", said);
            Assert.DoesNotContain(said, l => l.Contains(Token, StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Token, null);
        }
    }

    [SkippableFact]
    public async Task Command_ToolsAndSourceInAChangedRoot_CannotBeChangedEither()
    {
        using Place place = new(RoomKind.ChangedRoot);
        foreach (string path in (string[])["/usr/bin/new", "/usr/bin/true", "/source/new", "/source/given", "/dev/new", "/etc/new",
            "/tools/new", "/new"])
        {
            (int exit, List<string> said) = await place.RunAsync("/usr/bin/touch", path);
            Assert.True(exit != 0, $"{path} can be written");
            Assert.Contains("Permission denied", string.Join('\n', said), StringComparison.Ordinal);
        }
        (int made, List<string> told) = await place.RunAsync("/usr/bin/mkdir", "/build/sub", "/tmp/sub");
        Assert.True(made == 0, string.Join('\n', told));
    }

    [SkippableFact]
    public async Task Dispose_ChangedRoot_TakesTheFolderBackFromNobodyAndGivesItAgain()
    {
        using Place place = new(RoomKind.ChangedRoot);
        Assert.Equal(0, (await place.RunAsync("/usr/bin/mkdir", "--parents", "/build/made/deep")).Exit);
        place.Room.Dispose();
        Assert.Equal(0, (await place.AgainAsync("/usr/bin/touch", "/build/made/deep/second")).Exit);
        (int owners, string said) = Oracle.Run("find", place.Build(""), "!", "-user", "0");
        Assert.Equal((0, ""), (owners, said.Trim()));
        Assert.True(File.Exists(place.Build("made/deep/second")));
    }

    [SkippableFact]
    public async Task Dispose_ChangedRoot_EndsWhatABuildLeftRunning()
    {
        using Place place = new(RoomKind.ChangedRoot);
        string word = place.Build("").Replace("/", "", StringComparison.Ordinal);
        (int exit, List<string> said) = await place.RunAsync(
            "/usr/bin/bash", "-c", "setsid bash -c 'sleep 301; : $0' $0 </dev/null >/dev/null 2>&1 &", word);
        Assert.True(exit == 0, string.Join('\n', said));
        Assert.True(IsRunning(word));
        place.Room.Dispose();
        Assert.False(IsRunning(word));
    }

    [SkippableTheory]
    [InlineData(RoomKind.Namespaces)]
    [InlineData(RoomKind.ChangedRoot)]
    public async Task RunAsync_LineWithoutEndAndControlCharacters_ReachNobodyAsTheyAre(RoomKind kind)
    {
        using Place place = new(kind);
        (int exit, List<string> said) = await place.RunAsync(
            "/usr/bin/bash", "-c", "printf '\\033[2J\\tx\\r\\n'; head -c 100000 /dev/zero | tr '\\0' a; printf '\\nlast'");
        Assert.Equal(0, exit);
        Assert.Equal("?[2J\tx", said[0]);
        Assert.Equal("last", said[^1]);
        Assert.Equal(100_000, said[1..^1].Sum(l => l.Length));
        Assert.All(said, l => Assert.InRange(l.Length, 0, 16_384));
    }

    [Fact]
    public void Limits_OfAHostThatIsNarrower_Stay()
    {
        Assert.Equal(
            ["/usr/bin/prlimit", "--core=0", "--fsize=8589934592", "--cpu=7200", "--nproc=16384"],
            RoomLimits.Arguments(
            [
                "Limit                     Soft Limit           Hard Limit           Units     ",
                "Max cpu time              unlimited            unlimited            seconds   ",
                "Max address space         1073741824           1073741824           bytes     ",
                "Max open files            1024                 4096                 files     ",
            ]));
    }

    private static bool IsRunning(string word) => Directory.EnumerateDirectories("/proc").Any(folder =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "cmdline")).Contains(word, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // no process, or one that has just ended
        }
    });

    /// <summary>A source with one file, an empty build folder, and a room for them on the file system of the tools.</summary>
    private sealed class Place : IDisposable
    {
        private readonly string _folder;
        private readonly ToolTree _tree;
        private readonly RoomKind _kind;

        public Place(RoomKind kind)
        {
            string? tools = Environment.GetEnvironmentVariable("STRATA_TEST_KERNEL_TOOLS");
            Skip.If(tools is null, "STRATA_TEST_KERNEL_TOOLS is not set; './test' sets it");
            (_tree, _kind) = (new ToolTree(tools!), kind);
            if (kind == RoomKind.ChangedRoot)
            {
                Skip.IfNot(Environment.IsPrivilegedProcess, "only root can change the root");
            }
            else
            {
                string? problem = BuildRoom.NamespaceProblem(_tree);
                Skip.If(problem is not null, $"no namespaces here: {problem}");
            }
            // beside the tree: hard links do not reach other file systems
            _folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(tools)!, "..", "..", "tmp", $"room-test-{Guid.NewGuid():N}")).FullName;
            Directory.CreateDirectory(Path.Combine(_folder, "source"));
            Directory.CreateDirectory(Path.Combine(_folder, "build"));
            File.WriteAllText(Path.Combine(_folder, "source", "given"), "content");
            Room = Open();
        }

        public BuildRoom Room { get; private set; }

        public string Scratch => Path.Combine(_folder, "scratch");

        public string Build(string name) => Path.Combine(_folder, "build", name);

        /// <summary>As <see cref="RunAsync(string, string[])"/>, in a new room for the same folders, which is gone afterwards.</summary>
        public async Task<(int Exit, List<string> Said)> AgainAsync(string program, params string[] arguments)
        {
            Room = Open();
            (int exit, List<string> said) = await RunAsync(program, arguments);
            Room.Dispose();
            return (exit, said);
        }

        public Task<(int Exit, List<string> Said)> RunAsync(string program, params string[] arguments) => RunAsync(s_deadline, program, arguments);

        public async Task<(int Exit, List<string> Said)> RunAsync(TimeSpan deadline, string program, params string[] arguments)
        {
            List<string> said = [];
            ProcessStartInfo start = Room.Command(new Dictionary<string, string> { ["WORD"] = "a b" }, "/build", program, arguments);
            int exit = await RoomRun.RunAsync(start, said.Add, deadline, TimeProvider.System, CancellationToken.None);
            if (program == "/usr/bin/cp")
            {
                Room.Dispose(); // what was written is home again
            }
            return (exit, said);
        }

        public void Dispose()
        {
            Room.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        private BuildRoom Open() => BuildRoom.Open(
            _tree,
            [new RoomFolder(Path.Combine(_folder, "source"), "/source", IsWritable: false),
                new RoomFolder(Path.Combine(_folder, "build"), "/build", IsWritable: true)],
            Scratch,
            _kind);
    }
}
