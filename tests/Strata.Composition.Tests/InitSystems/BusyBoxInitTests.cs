using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.InitSystems;

public sealed class BusyBoxInitTests : IDisposable
{
    private readonly Workbench _bench = new();

    public BusyBoxInitTests() => _bench.Capability(
        "init", "provides: {init-system: busybox}\nfiles: {/usr/sbin/init: {content: x, mode: \"0755\"}}");

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Apply_Services_BecomeLinesInOrder()
    {
        FileTree tree = await ApplyAsync("""
            s: {kind: setup, command: [/boot, -v]}
              o: {kind: once, command: [/once]}
              d: {command: [/daemon]}
              t: {kind: console, command: [/bin/sh], terminal: ttyS0}
              x: {kind: shutdown, command: [/down]}
            """);
        Assert.Equal(
            "::shutdown:/usr/lib/strata/init/stop-services\n::sysinit:/boot -v\n::once:/once\n::respawn:/usr/lib/strata/c/services/d\n"
            + "ttyS0::respawn:-/bin/sh\n::shutdown:/down\n::ctrlaltdel:/usr/sbin/reboot\n",
            _bench.Text(tree, "/etc/inittab"));
        Assert.Contains("/init -> usr/sbin/init", Workbench.Names(tree));
    }

    [Fact]
    public async Task Apply_ComposedSystem_StartsWhatIsThere()
    {
        FileTree tree = await ApplyAsync(
            "s: {kind: setup, command: [/boot]}\n  d: {command: [/daemon, -F]}\n  t: {kind: console, command: [/bin/sh], terminal: tty1}",
            "layout: layers");
        Assert.Equal("""
            ::shutdown:/usr/lib/strata/init/stop-services
            ::sysinit:/usr/lib/strata/init/if-there once /boot
            ::respawn:/usr/lib/strata/init/if-there always /usr/lib/strata/c/services/d
            tty1::respawn:-/bin/sh
            ::ctrlaltdel:/usr/sbin/reboot

            """, _bench.Text(tree, "/etc/inittab"));
        Assert.Equal("init", OriginOf(tree, "/usr/lib/strata/init/if-there").Capability); // the same in every system
        Assert.Null(OriginOf(tree, "/etc/inittab").Capability);
    }

    /// <summary>What init started is the program itself: init learns how it ended, and starts it again where it always runs.</summary>
    [Theory]
    [InlineData("once", "there", "7", 7)]
    [InlineData("always", "there", "7", 7)]
    [InlineData("once", "there", "0", 0)]
    [InlineData("always", "there", "0", 0)]
    [InlineData("once", "gone", "7", 0)]
    [InlineData("always", "gone", "7", 9)] // waits, lest init start it again and again
    [InlineData("once", "plain", "7", 0)] // no program
    public async Task IfThere_Program_TakesThePlaceOfTheScript(string mode, string program, string status, int expected)
    {
        FileTree tree = await ApplyAsync("s: {kind: setup, command: [/boot]}", "layout: layers");
        using Testing.TemporaryFolder folder = new();
        File.WriteAllText(folder["if-there"], _bench.Text(tree, "/usr/lib/strata/init/if-there"));
        File.WriteAllText(folder["plain"], "");
        (string, string)[] programs = [("there", "echo \"$$ $# $2\"\nexit $1\n"), ("sleep", "echo \"slept $1\"\nexit 9\n")];
        foreach ((string name, string text) in programs)
        {
            File.WriteAllText(folder[name], "#!/bin/sh\n" + text);
            File.SetUnixFileMode(folder[name], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        (int exitCode, string output) = Testing.Oracle.Run(
            "sh", "-c", "PATH=$0:$PATH; echo $$; exec sh \"$@\"", folder.Path, folder["if-there"], mode, folder[program], status, "a b");
        Assert.Equal(expected, exitCode);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] said = program == "there" ? [lines[0] + " 2 a b"] : expected == 9 ? ["slept 2147483647"] : []; // of the same number
        Assert.Equal([lines[0], .. said], lines);
    }

    // BusyBox, libbb/parse_config.c: the last of four fields takes the rest of the line
    [Theory]
    [InlineData("192.168.1.1:22")]
    [InlineData("a::b:")]
    public async Task Apply_ArgumentWithColons_StaysInTheLine(string argument)
    {
        FileTree tree = await ApplyAsync($"d: {{kind: once, command: [/daemon, -p, \"{argument}\"]}}");
        Assert.StartsWith($"::once:/daemon -p {argument}\n", _bench.Text(tree, "/etc/inittab"), StringComparison.Ordinal);
    }

    // BusyBox, init/init.c: these make init start a shell, or end the line
    [Theory]
    [InlineData("a;b", "'a;b'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("a b", "'a b'")]
    [InlineData("x\\ny", "'x\ny'")]
    [InlineData("*", "'*'")]
    [InlineData("#", "'#'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("", "''")]
    public async Task Apply_ArgumentThatInitWouldChange_LiesInAScript(string argument, string quoted)
    {
        FileTree tree = await ApplyAsync($"d: {{kind: once, command: [/daemon, \"{argument}\"]}}");
        Assert.StartsWith("::once:/usr/lib/strata/c/services/d\n", _bench.Text(tree, "/etc/inittab"), StringComparison.Ordinal);
        Assert.Equal($"#!/bin/sh\nexec '/daemon' {quoted}\n", _bench.Text(tree, "/usr/lib/strata/c/services/d"));
        Assert.True(tree.TryGet(GuestPath.Parse("/usr/lib/strata/c/services/d"), out TreeEntry script) && script.Node.Permissions == Modes.Program);
        Assert.Equal("c", script.Origin.Capability);
    }

    [Fact]
    public async Task Apply_ScriptOfAService_GivesTheProgramItsArguments()
    {
        const string Argument = "a b  $HOME `id` it's \\\"q\\\" #c\\nnext";
        FileTree tree = await ApplyAsync($"d: {{kind: once, command: [/bin/sh, -c, \"printf %s \\\"$0\\\"\", \"{Argument}\"]}}");
        (int exitCode, string output) = Testing.Oracle.Run("sh", "-c", _bench.Text(tree, "/usr/lib/strata/c/services/d"));
        Assert.Equal((0, "a b  $HOME `id` it's \"q\" #c\nnext"), (exitCode, output));
    }

    [Fact]
    public async Task Apply_TwoServicesWithOneCommand_AreTwoCommandsToInit()
    {
        FileTree tree = await ApplyAsync("first: {kind: setup, command: [/once]}\n  last: {kind: shutdown, command: [/once]}");
        Assert.StartsWith("::sysinit:/once\n::shutdown:/usr/lib/strata/c/services/last\n", _bench.Text(tree, "/etc/inittab"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_OneCommandOnTwoTerminals_StaysInBothLines()
    {
        FileTree tree = await ApplyAsync(
            "a: {kind: console, terminal: tty1, command: [/bin/sh]}\n  b: {kind: console, terminal: ttyS0, command: [/bin/sh]}");
        Assert.StartsWith("tty1::respawn:-/bin/sh\nttyS0::respawn:-/bin/sh\n", _bench.Text(tree, "/etc/inittab"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t: {kind: console, terminal: tty1, command: [/bin/sh, -c, \"a b\"]}", "cannot start service 't' of capability 'c' (")]
    [InlineData(
        "d: {command: [/deamon]}", "c.yaml:5:3: service 'd' of capability 'c': /deamon is not in the image (did you mean '/daemon'?)")]
    [InlineData("d: {command: [/plain]}", "c.yaml:5:3: service 'd' of capability 'c': /plain is no file that may be executed")]
    public async Task Apply_ServiceThatCannotStart_IsAnErrorThatNamesIt(string service, string problem)
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ApplyAsync(service));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Hint);
    }

    [Fact]
    public async Task Apply_InitThatIsNotThere_IsAnError()
    {
        _bench.Capability("init", "provides: {init-system: busybox}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ApplyAsync("d: {command: [/daemon]}"));
        Assert.Contains("the init that capability 'init' provides: /usr/sbin/init is not in the image", e.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_TableOfACapabilityItself_IsNotLostInSilence()
    {
        _bench.Capability("own", "files: {/etc/inittab: {content: x}}");
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => _bench.ApplyAsync(new ServicesEffect(), "init, own"));
        Assert.Contains("cannot keep /etc/inittab of capability 'own': effect 'services' writes it", e.Message, StringComparison.Ordinal);
    }

    private static Origin OriginOf(FileTree tree, string path) =>
        tree.TryGet(GuestPath.Parse(path), out TreeEntry entry) ? entry.Origin : throw new KeyNotFoundException(path);

    private Task<FileTree> ApplyAsync(string services, string rest = "")
    {
        string programs = string.Join(
            ", ", new[] { "/boot", "/once", "/daemon", "/bin/sh", "/down" }.Select(p => p + ": {content: x, mode: \"0755\"}"));
        _bench.Capability("c", $"files: {{{programs}, /plain: {{content: x}}}}\nservices:\n  {services}");
        return _bench.ApplyAsync(new ServicesEffect(), "init, c", rest);
    }
}
