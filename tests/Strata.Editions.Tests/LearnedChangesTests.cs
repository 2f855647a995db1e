using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Editions.Installing;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Testing;

namespace Strata.Editions.Tests;

/// <summary>What dpkg's scripts left, in words that a capability takes.</summary>
public class LearnedChangesTests
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\n";
    private const string Group = "root:x:0:\nadm:x:4:\n";

    [Fact]
    public void Describe_ScriptsThatMakeThings_AreWordsOfACapability()
    {
        FileTree without = Tree(("/etc/passwd", Passwd), ("/etc/group", Group), ("/etc/there", "as before\n"));
        FileTree With()
        {
            FileTree tree = Tree(
                ("/etc/passwd", Passwd + "_tool:x:100:101:Tool:/var/lib/tool:/usr/sbin/nologin\n"),
                ("/etc/group", "root:x:0:\nadm:x:4:_tool\n_tool:x:101:\n"), ("/etc/there", "as before\n"),
                ("/etc/tool.conf", "one\n\n  \"two\" \\ # three\n"), ("/etc/tool.words", "a\tb\n"), ("/etc/empty", ""),
                ("/var/lib/dpkg/status", "x"), ("/etc/rc2.d/S01tool", "x"), ("/usr/bin/tool", "program"));
            tree.Replace(GuestPath.Parse("/usr/bin/tool"),
                new FileNode { Permissions = 0x9ED, Content = InlineContent.FromText("program") }, new Origin(null, null, "x")); // 04755
            tree.Add(GuestPath.Parse("/var/lib/tool"), new DirectoryNode { Permissions = 0x1E8, Uid = 100, Gid = 101 },
                new Origin(null, null, "x")); // 0750
            tree.Add(GuestPath.Parse("/etc/link"), new SymlinkNode { Permissions = Modes.Link, Target = "there or not" },
                new Origin(null, null, "x"));
            return tree;
        }
        string words = Describe(Package(), without, With(), With());
        Assert.Equal(
            """
            packages:
              tool:
                except:
                  - /usr/share/tool/gone
                modes:
                  /usr/bin/tool: "4755"
            groups:
              _tool: {id: 101}
              adm: {id: 4, members: [_tool]}
            users:
              _tool: {id: 100, group: _tool, home: /var/lib/tool, shell: /usr/sbin/nologin}
            directories:
              /var/lib/tool: {mode: "0750", owner: _tool, group: _tool}
            files:
              /etc/empty: {mode: "0644", content: ""}
              /etc/tool.conf:
                mode: "0644"
                content: |
                  one

                    "two" \ # three
              /etc/tool.words: {mode: "0644", content: "a\tb\n"}
            links:
              /etc/link: "there or not"

            """, words);
        AssertIsACapability(words);
    }

    [Fact]
    public void Describe_WhatTwoInstallationsDisagreeAbout_IsToldAndNotProposed()
    {
        FileTree without = Tree(("/etc/passwd", Passwd), ("/etc/group", Group));
        FileTree first = Tree(("/etc/passwd", Passwd), ("/etc/group", Group), ("/etc/key", "1"), ("/etc/once", "x"),
            ("/usr/bin/tool", "program"), ("/usr/share/tool/gone", "data"));
        FileTree second = Tree(("/etc/passwd", Passwd), ("/etc/group", Group), ("/etc/key", "2"), ("/usr/bin/tool", "program"),
            ("/usr/share/tool/gone", "data"));
        Assert.Equal(
            "# /etc/key is not the same in two installations, so no image should have it\n"
            + "# /etc/once is not the same in two installations, so no image should have it\n",
            Describe(Package(), without, first, second));
    }

    [Fact]
    public void Describe_WhatHasNoWord_IsTold()
    {
        FileTree without = Tree();
        without.Add(GuestPath.Parse("/var/lib"), new DirectoryNode { Permissions = Modes.Folder }, new Origin(null, null, "x"));
        FileTree with = Tree(("/usr/bin/tool", "program"), ("/usr/share/tool/gone", "data"), ("/var/lib/bytes", "\0\u0001"),
            ("/var/lib/long", new string('x', 5000)));
        with.Add(GuestPath.Parse("/var/lib/pipe"), new SpecialNode { Permissions = Modes.File, Kind = SpecialKind.Fifo },
            new Origin(null, null, "x"));
        with.Replace(GuestPath.Parse("/usr/bin/tool"),
            new FileNode { Permissions = Modes.Program, Gid = 4, Content = InlineContent.FromText("program") },
            new Origin(null, null, "x"));
        Assert.Equal(
            "# /usr/bin/tool of the package belongs to 0:4\n"
            + "# /var/lib/bytes is a file of 2 B (mode 0644): bring it as a 'source:', or have a 'builds:' make it\n"
            + "# /var/lib/long is a file of 4.88 KiB (mode 0644): bring it as a 'source:', or have a 'builds:' make it\n"
            + "# /var/lib/pipe is a device or a pipe, which is made when a system starts\n", Describe(Package(), without, with, with));
    }

    [Fact]
    public void Describe_PackageAsItWasUnpacked_LeftNothing()
    {
        FileTree with = Tree(("/usr/bin/tool", "program"), ("/usr/share/tool/gone", "data"));
        Assert.Equal("# the scripts of tool 1.0 left nothing that an image has\n", Describe(Package(), Tree(), with, with));
    }

    private static string Describe(ListedPackage package, FileTree without, FileTree first, FileTree second) => LearnedChanges.Describe(
        package, Files(without), Files(first), Files(second));

    private static InstalledFiles Files(FileTree tree) => new(tree, new HashSet<GuestPath>());

    private static FileTree Tree(params (string Path, string Text)[] files)
    {
        FileTree tree = new();
        foreach ((string path, string text) in files)
        {
            int mode = path.StartsWith("/usr/bin/", StringComparison.Ordinal) ? Modes.Program : Modes.File;
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = mode, Content = InlineContent.FromText(text) },
                new Origin(null, null, "x"));
        }
        return tree;
    }

    private static ListedPackage Package()
    {
        using MemoryStream deb = new(new DebBuilder("tool").File("/usr/bin/tool", "program", Modes.Program)
            .File("/usr/share/tool/gone", "data").Build());
        return new ListedPackage(
            "tool", "1.0", Sha256Digest.Of("tool"u8), PackageListing.FromPackage(deb), new Dictionary<string, string>());
    }

    private static void AssertIsACapability(string words)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["capabilities"]);
        Directory.CreateDirectory(folder["editions/e"]);
        File.WriteAllText(folder["capabilities/c.yaml"], "capability: c\ndescription: learnt\n" + words);
        File.WriteAllText(folder["editions/e/edition.yaml"], "edition: e\nversion: \"1\"\nkernel: none\ncapabilities: [c]\n");
        Capability learnt = new Catalog([folder.Path]).Load("e").Capabilities.Single(c => c.Name == "c");
        OwnFile file = learnt.Files.Single(f => f.Path.ToString() == "/etc/tool.conf");
        Assert.Equal("one\n\n  \"two\" \\ # three\n", Encoding.UTF8.GetString(file.Bytes.Span));
    }
}
