using Strata.Composition.Effects;
using Strata.Composition.Scripts;
using Strata.Composition.Units;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Tests.Units;

/// <summary>Which file of a unit counts, what enables it, and what belongs to it (systemd.unit(5)).</summary>
public class UnitPlacesTests
{
    private const string Etc = "/etc/systemd/system/";
    private const string Local = "/usr/local/lib/systemd/system/";
    private const string Lib = "/usr/lib/systemd/system/";

    private static readonly Origin s_made = new(null, null, "a test");

    [Theory]
    [InlineData("WantedBy=m.target n.target", "a.service", "m.target.wants/a.service n.target.wants/a.service", "")]
    [InlineData("RequiredBy=m.target\nUpheldBy=u.target", "a.service", "m.target.requires/a.service u.target.upholds/a.service", "")]
    [InlineData("Alias=b.service\nAlso=c.socket\td.service", "a.service", "b.service", "c.socket d.service")]
    [InlineData("DefaultInstance=1\nWantedBy=m.target", "a.service", "m.target.wants/a.service", "")]
    [InlineData("DefaultInstance=1\nWantedBy=m.target", "a@.service", "m.target.wants/a@1.service", "")]
    [InlineData("DefaultInstance=1\nDefaultInstance=2\nWantedBy=m.target", "a@.service", "m.target.wants/a@2.service", "")]
    [InlineData("DefaultInstance=1\nWantedBy=m.target", "a@7.service", "m.target.wants/a@7.service", "")]
    [InlineData("WantedBy=m.target", "a@.service", "m.target.wants/a@.service", "")]
    [InlineData("wantedby=m.target\nOther=x", "a.service", "", "")]
    [InlineData("WantedBy=m.target\n[Unit]\nWantedBy=n.target", "a.service", "m.target.wants/a.service", "")]
    [InlineData("WantedBy=m.target", "none.service", "", "")]
    [InlineData("WantedBy=m.target", "a.b@7.service", "", "")]
    public void Enable_InstallSection_MakesItsLinks(string install, string unit, string links, string also)
    {
        FileTree tree = Tree((Lib + "a.service", "[Install]\n" + install), (Lib + "a@.service", "[Install]\n" + install));
        Assert.Equal(also, string.Join(' ', Links(tree).Enable(unit, isOfUsers: false)));
        string file = unit.Contains('@', StringComparison.Ordinal) ? "a@.service" : "a.service";
        Assert.Equal(
            links.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(l => $"{Etc}{l} -> {Lib}{file}").Order(StringComparer.Ordinal),
            Workbench.Names(tree).Where(n => n.Contains(" -> ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Alias=a%i.service")]
    [InlineData("WantedBy=../../x")]
    public void Enable_PlaceThatCannotBe_IsRefused(string install)
    {
        FileTree tree = Tree((Lib + "a.service", "[Install]\n" + install));
        Assert.StartsWith(
            $"cannot enable {Lib}a.service: its [Install] section asks for ",
            Assert.Throws<StrataException>(() => Links(tree).Enable("a.service", isOfUsers: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Enable_WhatIsThere_Stays()
    {
        FileTree tree = Tree((Lib + "a.service", "[Install]\nWantedBy=m.target"), (Etc + "m.target.wants/a.service", "-> ../mine"));
        Links(tree).Enable("a.service", isOfUsers: false);
        Assert.Contains(Etc + "m.target.wants/a.service -> ../mine", Workbench.Names(tree));
    }

    [Theory]
    [InlineData("both.service", false, Etc + "both.service")]
    [InlineData("lib.service", false, Lib + "lib.service")]
    [InlineData("link.service", false, Lib + "link.service")]
    [InlineData("masked.service", false, null)]
    [InlineData("user.service", false, null)]
    [InlineData("user.service", true, "/usr/lib/systemd/user/user.service")]
    [InlineData("lib.service", true, null)]
    [InlineData("a@1.service", false, Etc + "a@1.service")]
    [InlineData("a@2.service", false, Lib + "a@.service")]
    [InlineData("@2.service", false, null)]
    [InlineData("a@b", false, null)]
    public void TryFind_Unit_IsTheFirstThatHasAFile(string unit, bool isOfUsers, string? found)
    {
        FileTree tree = Tree(
            (Etc + "both.service", "x"), (Lib + "both.service", "x"), (Lib + "lib.service", "x"), (Lib + "link.service", "-> lib.service"),
            (Etc + "masked.service", "-> /dev/null"), ("/usr/lib/systemd/user/user.service", "x"), (Lib + "a@.service", "x"),
            (Etc + "a@1.service", "x"), (Lib + "@.service", "x"));
        Assert.Equal(found is not null, Links(tree).TryFind(unit, isOfUsers, out GuestPath path, out TreeEntry entry));
        Assert.Equal(found ?? default(GuestPath).ToString(), path.ToString());
        Assert.Equal(found is not null, entry.Node is FileNode);
    }

    [Fact]
    public void Names_Units_AreThoseOfTheSystem() => Assert.Equal(
        "a.service b.service",
        string.Join(' ', Links(Tree((Lib + "a.service", "x"), (Etc + "b.service", "-> x"), (Etc + "m.target.wants/c.service", "-> x"),
            ("/usr/lib/systemd/user/d.service", "x"))).Names().Order(StringComparer.Ordinal)));

    [Theory]
    [InlineData(Lib + "m.target.wants/a.service", true)]
    [InlineData(Etc + "m.target.wants/a.service", false)]
    [InlineData(Lib + "m.target.requires/a.service", false)]
    [InlineData(Lib + "m.target.wants/b.service", false)]
    public void WishOfPackage_Link_IsOneOfThePackages(string link, bool isOne) =>
        Assert.Equal(isOne, Links(Tree((link, "-> ../a.service"))).WishOfPackage("a.service") is not null);

    // each row: files ('own:' before those of no package) and what is found, 'named' when the edition itself speaks of it
    [Theory]
    [InlineData("LIBa.service=A", "")]
    [InlineData("LIBa.service=A ETCm.target.wants/a.service=->x", "a.service A")]
    [InlineData("LIBa.service=A LOCm.target.requires/a.service=->x", "a.service A")]
    [InlineData("LIBa.service=A LIBm.target.upholds/a.service=->x", "a.service A")]
    [InlineData("LIBa.service=A ETCm.target.other/a.service=->x", "")]
    [InlineData("LIBa.service=A ETCs.target.wants/a.socket=->x", "a.service A")]
    [InlineData("LIBa.service=A ETCs.target.wants/a.timer=->x", "")]
    [InlineData("own:LIBa.service=A", "a.service A named")]
    [InlineData("own:LIBa.service=->b.service LIBb.service=B", "")]
    [InlineData("own:LIBa.socket=A LIBa.service=B", "")]
    [InlineData("LIBa.service=A own:ETCa.service.d/1.conf=B", "a.service A B named")]
    [InlineData("LIBa.service=A LIBa.service.d/1.conf=B", "")]
    [InlineData("LIBa.service=A LIBa.service.d/1.conf=B ETCm.target.wants/a.service=->x", "a.service A B")]
    [InlineData("LIBa.service=A own:ETCservice.d/1.conf=B ETCm.target.wants/a.service=->x", "a.service A B")]
    [InlineData("LIBa.service=A own:ETCa.service.d/1.txt=B", "a.service A")]
    [InlineData("LIBa.service=A ETCa.service=B ETCm.target.wants/a.service=->x", "a.service B")]
    [InlineData("LIBa.service=A LOCa.service=B ETCm.target.wants/a.service=->x", "a.service B")]
    [InlineData("LIBa.service=A ETCa.service=->/dev/null ETCm.target.wants/a.service=->x", "")]
    [InlineData("LIBa@.service=A ETCm.target.wants/a@1.service=->x", "a@1.service A")]
    [InlineData("LIBa@.service=A LIBa@1.service=B ETCm.target.wants/a@1.service=->x", "a@1.service B")]
    [InlineData(
        "LIBa@.service=A LIBa@.service.d/2.conf=T LIBa@1.service.d/1.conf=I LIBservice.d/3.conf=S ETCm.target.wants/a@1.service=->x",
        "a@1.service A I T S")]
    [InlineData("LIBa.service=A LIBa.service.d/1.conf=B ETCa.service.d/1.conf=C ETCm.target.wants/a.service=->x", "a.service A C")]
    [InlineData("LIBb.service=B LIBa.service=A ETCm.target.wants/b.service=->x ETCm.target.wants/a.service=->x", "a.service A|b.service B")]
    public void Of_Tree_HasTheServicesThatStart(string files, string found)
    {
        FileTree tree = new();
        foreach (string file in files.Split(' '))
        {
            string[] parts = file.Replace("own:", "", StringComparison.Ordinal).Split('=', 2);
            string path = parts[0].Replace("LIB", Lib, StringComparison.Ordinal).Replace("ETC", Etc, StringComparison.Ordinal)
                .Replace("LOC", Local, StringComparison.Ordinal);
            Put(tree, path,
                parts[1].StartsWith("->", StringComparison.Ordinal) ? "-> " + parts[1][2..] : $"[Service]\nExecStart={parts[1]}\n",
                new Origin("c", file.StartsWith("own:", StringComparison.Ordinal) ? null : "p", "a test"));
        }
        Assert.Equal(found, string.Join('|', ServiceUnits.Of(tree, Read).Select(u =>
            $"{u.Name} {string.Join(' ', u.Settings.Select(s => s.Value))}{(u.IsNamed ? " named" : "")}".Replace(
                "  ", " ", StringComparison.Ordinal))));
    }

    // systemd.preset(5): files by name, those of /etc in the place of others, the first line that fits
    [Theory]
    [InlineData("", true)]
    [InlineData("LIB90.preset=disable a.service", false)]
    [InlineData("LIB90.preset=disable\ta.service\tx", false)]
    [InlineData("LIB90.preset=# disable a.service", true)]
    [InlineData("LIB90.preset=disable", true)]
    [InlineData("LIB90.preset=disable A.service", true)]
    [InlineData("LIB90.preset=disable *", false)]
    [InlineData("LIB90.preset=disable ?.service", false)]
    [InlineData("LIB90.preset=enable a.service|disable *", true)]
    [InlineData("LIB90.preset=disable *|enable a.service", false)]
    [InlineData("LIB10.preset=enable a.service LIB90.preset=disable *", true)]
    [InlineData("LIB10.preset=disable a.service LIB90.preset=enable *", false)]
    [InlineData("LIB90.preset=disable * ETC90.preset=enable *", true)]
    [InlineData("LIB10.preset=disable * ETC90.preset=enable *", false)]
    [InlineData("LIB90.txt=disable *", true)]
    [InlineData("USR90.preset=disable *", true)]
    public async Task Presets_Lines_DecideWhatStarts(string files, bool isEnabled)
    {
        using Workbench bench = new();
        string words = files.Replace("able ", "able~", StringComparison.Ordinal).Replace("# ", "#~", StringComparison.Ordinal);
        string own = string.Concat(words.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split('=', 2)).Select(f =>
                $"\n  {f[0].Replace("LIB", "/usr/lib/systemd/system-preset/", StringComparison.Ordinal)
                    .Replace("ETC", "/etc/systemd/system-preset/", StringComparison.Ordinal)
                    .Replace("USR", "/usr/lib/systemd/user-preset/", StringComparison.Ordinal)}: {{content: \"{f[1].Replace('~', ' ')
                    .Replace("|", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)}\"}}"));
        bench.Capability("init", "provides: {init-system: systemd}\nfiles:\n  /usr/lib/systemd/systemd: {content: x}\n"
            + $"  {Lib}a.service: {{content: \"[Install]\\nWantedBy=m.target\\n\"}}" + own);
        FileTree tree = await bench.ApplyAsync(new UnitsEffect(), "init", "", new FollowedScripts { Units = [("a.service", false)] });
        Assert.Equal(isEnabled, Workbench.Names(tree).Contains($"{Etc}m.target.wants/a.service -> {Lib}a.service"));
    }

    private static UnitLinks Links(FileTree tree) => new(tree, Read, s_made);

    private static FileTree Tree(params (string Path, string Text)[] files)
    {
        FileTree tree = new();
        Array.ForEach(files, f => Put(tree, f.Path, f.Text, s_made));
        return tree;
    }

    private static void Put(FileTree tree, string path, string text, Origin origin)
    {
        GuestPath at = GuestPath.Parse(path);
        for (GuestPath folder = at.Parent; !tree.Contains(folder); folder = folder.Parent)
        {
            tree.Add(folder, new DirectoryNode { Permissions = Modes.Folder }, origin);
        }
        tree.Add(at, text.StartsWith("-> ", StringComparison.Ordinal) ? new SymlinkNode { Permissions = Modes.Link, Target = text[3..] }
            : new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(text) }, origin);
    }

    private static string Read(FileContent content) => System.Text.Encoding.UTF8.GetString(((InlineContent)content).Bytes.Span);
}
