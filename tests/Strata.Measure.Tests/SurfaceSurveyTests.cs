using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Measure.Bytes;
using Strata.Measure.Surface;
using Strata.Testing;

namespace Strata.Measure.Tests;

/// <summary>What there is to attack in a tree: each bit by itself, each folder, each name.</summary>
public class SurfaceSurveyTests
{
    [Fact]
    public void Of_Modes_AreEachCountedWhereTheyMatter()
    {
        FileTree tree = new();
        foreach ((string path, int mode) in new[] { ("/usr/bin/both", 0b110_111_111_101), ("/usr/bin/su", 0b100_111_101_101),
            ("/usr/bin/sg", 0b010_111_101_101), ("/usr/bin/t", 0b001_111_101_101),
            ("/etc/w", 0b110_110_110), ("/etc/g", 0b110_110_100), ("/etc/o", 0b000_000_010) })
        {
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = mode, Content = new InlineContent(default) }, new Origin("c", "p",
                "test"));
        }
        tree.Add(GuestPath.Parse("/tmp"), new DirectoryNode { Permissions = 0b001_111_111_111 }, new Origin("c", "q", "test"));
        tree.Add(GuestPath.Parse("/open"), new DirectoryNode { Permissions = 0b111_111_111 }, new Origin("c", "q", "test"));
        tree.Add(GuestPath.Parse("/su"), new DirectoryNode { Permissions = 0b110_111_101_101 }, new Origin("c", null, "test"));
        tree.Add(GuestPath.Parse("/link"), new SymlinkNode { Permissions = Modes.Link, Target = "etc" }, new Origin("c", null, "test"));
        SurfaceNumbers found = Survey(tree);
        Assert.Equal(["/usr/bin/both", "/usr/bin/su"], found.SetUid);
        Assert.Equal(["/usr/bin/both", "/usr/bin/sg"], found.SetGid);
        Assert.Equal(["/etc/o", "/etc/w", "/open", "/tmp (sticky)"], found.WorldWritable);
        Assert.Equal((2, 4), (found.Packages, found.Commands));
        Assert.Empty(found.Services);
    }

    [Theory]
    [InlineData("/usr/bin/dash", "/usr/bin/dash", null)]
    [InlineData("/usr/sbin/busybox", "/usr/sbin/busybox", "/usr/sbin/busybox")]
    [InlineData("/usr/bin/python3.13", null, "/usr/bin/python3.13")]
    [InlineData("/usr/bin/lua-5.4", null, "/usr/bin/lua-5.4")]
    [InlineData("/usr/libexec/perl", null, "/usr/libexec/perl")]
    [InlineData("/usr/games/tclsh9", null, "/usr/games/tclsh9")]
    [InlineData("/usr/lib/bash", null, null)] // no folder of programs
    [InlineData("/usr/bin/x/bash", null, null)]
    [InlineData("/usr/bin/bashful", null, null)]
    [InlineData("/usr/bin/3bash", null, null)]
    public void Of_Names_AreThoseOfShellsAndInterpreters(string path, string? shell, string? interpreter)
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.Program, Content = InlineContent.FromText("#!/x\n") },
            new Origin("c", "p", "test"));
        SurfaceNumbers found = Survey(tree);
        Assert.Equal((shell, interpreter), (found.Shells.SingleOrDefault(), found.Interpreters.SingleOrDefault()));
        Assert.Equal([path], found.Programs);
    }

    [Theory]
    [InlineData("#!/bin/sh\n", 0b111_101_101, true)]
    [InlineData("#!/bin/sh\n", 0b000_000_001, true)]
    [InlineData("#!/bin/sh\n", 0b000_001_000, true)]
    [InlineData("#!/bin/sh\n", 0b110_100_100, false)] // nobody can start it
    [InlineData("#!/a", 0b111_101_101, false)] // too short for anything
    [InlineData("#!/ab", 0b111_101_101, true)]
    [InlineData("# /bin/sh\n", 0b111_101_101, false)]
    public void Of_Script_IsAProgramWhenItCanBeStarted(string text, int mode, bool isProgram)
    {
        FileTree tree = new();
        FileNode node = new() { Permissions = mode, Content = InlineContent.FromText(text) };
        tree.Add(GuestPath.Parse("/usr/bin/a"), node, new Origin("c", "p", "test"));
        tree.Add(GuestPath.Parse("/usr/bin/b"), node, new Origin("c", "p", "test")); // another name of it
        Assert.Equal(isProgram ? ["/usr/bin/a"] : [], Survey(tree).Programs);
    }

    [Fact]
    public void Of_LinkToAShell_SaysWhereItLeads()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/usr/bin/dash"), new FileNode { Permissions = Modes.Program, Content = new InlineContent(default) },
            new Origin("c", "p", "test"));
        tree.Add(GuestPath.Parse("/usr/bin/sh"), new SymlinkNode { Permissions = Modes.Link, Target = "dash" }, new Origin("c", "p",
            "test"));
        tree.Add(GuestPath.Parse("/usr/bin/zsh"), new SymlinkNode { Permissions = Modes.Link, Target = "nowhere" }, new Origin("c", "p",
            "test"));
        Assert.Equal(["/usr/bin/dash", "/usr/bin/sh -> /usr/bin/dash", "/usr/bin/zsh"], Survey(tree).Shells);
    }

    [Fact]
    public void Of_DamagedBinary_IsNamed()
    {
        FileTree tree = new();
        tree.Add(GuestPath.Parse("/usr/bin/bad"), new FileNode { Permissions = Modes.Program,
            Content = InlineContent.FromText("\u007fELF and nothing more") }, new Origin("c", "p", "test"));
        SurfaceNumbers found = Survey(tree);
        Assert.StartsWith("/usr/bin/bad: ", Assert.Single(found.Unreadable), StringComparison.Ordinal);
        Assert.Empty(found.Programs);
        Assert.Empty(found.Binaries);
    }

    [Theory]
    [InlineData(0, 10, true)]
    [InlineData(4, 6, true)]
    [InlineData(10, 0, true)]
    [InlineData(4, 7, false)]
    [InlineData(11, 0, false)]
    [InlineData(-1, 3, false)]
    [InlineData(3, -1, false)]
    public void PartOfStream_Place_MustLieInTheWhole(long start, long length, bool isInside)
    {
        using MemoryStream whole = new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        if (!isInside)
        {
            Assert.Throws<ImageFormatException>(() => new PartOfStream(whole, start, length));
            return;
        }
        using PartOfStream part = new(whole, start, length);
        byte[] bytes = new byte[20];
        Assert.Equal(length, part.ReadAtLeast(bytes, 20, throwOnEndOfStream: false));
        Assert.Equal(Enumerable.Range((int)start, (int)length).Select(i => (byte)i), bytes.Take((int)length));
        Assert.Equal(0, part.Read(bytes));
        part.Seek(2, SeekOrigin.End);
        Assert.Equal((length + 2, 0), (part.Position, part.Read(bytes)));
        part.Seek(-2, SeekOrigin.Current);
        Assert.Equal(length, part.Position);
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Position = -1);
    }

    [Fact]
    public void Of_Services_AreNamedWithTheirCapabilityAndKind()
    {
        SurfaceNumbers found = Survey(new FileTree(),
            "provides: {init-system: busybox}\nservices:\n  z: {command: [/usr/bin/z, -f]}\n  a: {command: [/usr/bin/a], kind: once}\n");
        Assert.Equal([new SurfaceService("a", "once", "base", "/usr/bin/a"), new SurfaceService("z", "daemon", "base", "/usr/bin/z -f")],
            found.Services);
    }

    private static SurfaceNumbers Survey(FileTree tree, string services = "") => SurfaceSurvey.Of(
        Load(services), tree, () => new PackageContentReader(_ => throw new InvalidOperationException("nothing is in a package here")),
            null, SilentProgress.Instance, default);

    private static Blueprint Load(string services)
    {
        using TemporaryFolder folder = new();
        foreach ((string file, string text) in new[]
        {
            ("kernel/small.yaml", "kernel: small\npackages: {amd64: linux-small}\n"), ("capabilities/base.yaml",
                "capability: base\ndescription: made for a test\n" + services),
            ("editions/e/edition.yaml", "edition: e\nversion: \"1\"\nkernel: small\ncapabilities: [base]\n"),
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllText(folder[file], text);
        }
        return new Catalog([folder.Path]).Load("e");
    }
}
