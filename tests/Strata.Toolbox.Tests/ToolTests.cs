using System.Diagnostics;
using Strata.Core;
using Strata.Testing;

namespace Strata.Toolbox.Tests;

public class ToolTests
{
    [Fact]
    public void LoadAll_Mistakes_AreAllTold()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["tools.yaml"], "run:\n  packages: [qemu]\n  cutt: [x]\nbuild: [a]\n");
        StrataException e = Assert.Throws<StrataException>(() => ToolSet.LoadAll(folder["tools.yaml"]));
        Assert.Contains("3 mistakes", e.Message, StringComparison.Ordinal);
        Assert.Contains("tools.yaml:2:3: 'description' is missing", e.Message, StringComparison.Ordinal);
        Assert.Contains("tools.yaml:3:3: unknown key 'cutt' (did you mean 'cut'?)", e.Message, StringComparison.Ordinal);
        Assert.Contains("tools.yaml:4:8: set 'build' is a list; expected a mapping", e.Message, StringComparison.Ordinal);
        Assert.Throws<StrataException>(() => ToolSet.LoadAll(folder["absent.yaml"]));
    }

    [Fact]
    public void LoadAll_OfTheCheckout_HasTheSetsTheProgramNames() =>
        Assert.Superset(new HashSet<string> { "build", "run", "judges", "guest" }, ToolSet.LoadAll(Path.Combine(Repository.Root, "toolbox/tools.yaml")).Select(s => s.Name).ToHashSet());

    [Fact]
    public void Command_ProgramThatIsNotThere_IsAnError()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("cannot start usr/bin/x", Assert.Throws<StrataException>(() => new ToolTree(folder.Path).Command("usr/bin/x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToEnd_ProgramThatDoesNotEnd_IsKilledAtTheDeadline()
    {
        Stopwatch watch = Stopwatch.StartNew();
        StrataException e = Assert.Throws<StrataException>(() => ToolRun.ToEnd(new ProcessStartInfo("/bin/sh", ["-c", "sleep 60"]), TimeSpan.FromMilliseconds(300)));
        Assert.Contains("did not end within", e.Message, StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void ToEnd_BothOutputsAndTheExitCode_AreReturned() =>
        Assert.Equal(new ToolResult(3, "out\n", "err\n"), ToolRun.ToEnd(new ProcessStartInfo("/bin/sh", ["-c", "echo out; echo err >&2; exit 3"]), TimeSpan.FromSeconds(30)));

    // the loader of this tree is a script that prints what it was given: so the wrapper's quoting is what /bin/sh makes of it
    [Fact]
    public void Wrappers_FolderWithABlankAndAQuote_PassEveryArgumentAsItIs()
    {
        using TemporaryFolder folder = new();
        string root = folder["it's a \"tree\" $HOME"];
        Put(root, "usr/lib64/ld-linux-x86-64.so.2", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"u8.ToArray());
        Put(root, "usr/bin/tool", TinyElf.Program().ToBytes());
        ToolTree tree = new(root);
        Assert.Equal(1, ToolWrappers.Write(tree, folder["wrap pers"]));
        (int exitCode, string output, _) = ToolRun.ToEnd(new ProcessStartInfo(folder["wrap pers/tool"], ["a b", "c'd", "$e", ""]), TimeSpan.FromSeconds(30));
        Assert.Equal(0, exitCode);
        string[] lines = output.Split('\n');
        Assert.Equal("--library-path", lines[0]);
        Assert.StartsWith(root + "/usr/lib/x86_64-linux-gnu:", lines[1], StringComparison.Ordinal);
        Assert.Equal([root + "/usr/bin/tool", "a b", "c'd", "$e", "", ""], lines[2..]);
    }

    [Fact]
    public void Command_NameNearAProgram_IsSuggested()
    {
        using TemporaryFolder folder = new();
        Put(folder.Path, "usr/sbin/sgdisk", TinyElf.Program().ToBytes());
        StrataException e = Assert.Throws<StrataException>(() => new ToolTree(folder.Path).CommandAsInstalled("sgdsk"));
        Assert.Contains("cannot start sgdsk", e.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'sgdisk'?", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sgdisk", "usr/sbin/sgdisk")]
    [InlineData("both", "usr/bin/both")]
    [InlineData("usr/sbin/both", "usr/sbin/both")]
    public void CommandAsInstalled_NameOrPath_IsFound(string asked, string program)
    {
        using TemporaryFolder folder = new();
        foreach (string there in (string[])["usr/sbin/sgdisk", "usr/bin/both", "usr/sbin/both"])
        {
            Put(folder.Path, there, TinyElf.Program().ToBytes());
        }
        Assert.Equal([folder[program], "-x"], new ToolTree(folder.Path).CommandAsInstalled(asked, "-x").ArgumentList.Skip(2));
    }

    // QEMU finds its files beside /proc/self/exe, and that is the tree's loader: it would take the host's
    [Fact]
    public void Wrappers_Qemu_FindsModulesAndFirmwareOfTheTree()
    {
        using TemporaryFolder folder = new();
        Put(folder.Path, "tree/usr/lib64/ld-linux-x86-64.so.2", "#!/bin/sh\nprintf '%s\\n' \"$QEMU_MODULE_DIR\" \"$@\"\n"u8.ToArray());
        Put(folder.Path, "tree/usr/bin/qemu-system-x86_64", TinyElf.Program().ToBytes());
        ToolWrappers.Write(new ToolTree(folder["tree"]), folder["wrappers"]);
        ProcessStartInfo start = new(folder["wrappers/qemu-system-x86_64"], ["-m", "64"]);
        start.Environment["QEMU_MODULE_DIR"] = "/usr/lib/of-the-host";
        string[] lines = ToolRun.ToEnd(start, TimeSpan.FromSeconds(30)).Output.Split('\n');
        Assert.Equal(folder["tree/usr/lib/x86_64-linux-gnu/qemu"], lines[0]);
        string[] wanted =
        [
            "-L", folder["tree/usr/share/qemu"], "-L", folder["tree/usr/share/seabios"], "-L", folder["tree/usr/lib/ipxe/qemu"], "-m", "64",
        ];
        Assert.Equal(wanted, lines[4..^1]);
    }

    [Fact]
    public void Wrappers_WhatIsNoProgramOfTheTree_GetsNone()
    {
        using TemporaryFolder folder = new();
        byte[] elf = TinyElf.Program().ToBytes();
        Put(folder.Path, "tree/usr/lib64/ld-linux-x86-64.so.2", elf);
        Put(folder.Path, "tree/usr/bin/tool", elf);
        Put(folder.Path, "tree/usr/sbin/tool", elf);
        Put(folder.Path, "tree/usr/bin/script", "#!/bin/sh\n"u8.ToArray());
        Put(folder.Path, "tree/usr/bin/bad name", elf);
        Put(folder.Path, "host/program", elf);
        File.CreateSymbolicLink(folder["tree/usr/bin/alias"], "tool");
        File.CreateSymbolicLink(folder["tree/usr/bin/hosts"], folder["host/program"]);
        File.CreateSymbolicLink(folder["tree/usr/bin/loop"], "loop");
        File.CreateSymbolicLink(folder["tree/usr/bin/nowhere"], "absent");
        Assert.Equal(2, ToolWrappers.Write(new ToolTree(folder["tree"]), folder["wrappers"]));
        Assert.Equal(["alias", "tool"], Directory.GetFiles(folder["wrappers"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("/usr/bin/tool'", File.ReadAllText(folder["wrappers/tool"]), StringComparison.Ordinal);
    }

    private static void Put(string root, string relative, byte[] content)
    {
        string path = Path.Combine(root, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
