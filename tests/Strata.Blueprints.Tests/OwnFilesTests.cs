using Strata.Composition.Tests;
using Strata.Core;

namespace Strata.Blueprints.Tests;

/// <summary>Folders as the source of files.</summary>
public class OwnFilesTests
{
    [Fact]
    public void Load_Folder_IsTakenWithItsModesAndLinks()
    {
        using Workbench bench = Folder();
        Capability c = Load(bench, "{source: app, owner: app}");
        Assert.Equal(
            ["/srv/app/bin/run 755", "/srv/app/cache/old.pyc 644", "/srv/app/main.py 644", "/srv/app/static/page.html 644"],
            c.Files.Select(Line));
        Assert.Equal(["/srv/app/bin/main -> ../main.py", "/srv/app/latest -> static"], c.Links.Select(l => $"{l.Path} -> {l.Target}"));
        Assert.Equal(["/srv/app", "/srv/app/bin", "/srv/app/cache", "/srv/app/static"], c.Directories.Select(d => d.Path.ToString()));
        Assert.All(c.Directories, d => Assert.Equal("app", d.Owner!.User!.Text));
    }

    [Theory]
    [InlineData("{source: app/, include: [static/, \"**.py\"]}", "/srv/app/main.py /srv/app/static/page.html")]
    [InlineData("{source: app, exclude: [\"**.pyc\", bin]}", "/srv/app/main.py /srv/app/static/page.html")]
    [InlineData("{source: app/static, include: [\"*.html\"]}", "/srv/app/page.html")]
    [InlineData("{source: app, include: [\"**\"], exclude: [static/, bin/, cache/]}", "/srv/app/main.py")]
    public void Load_Patterns_Choose(string file, string expected)
    {
        using Workbench bench = Folder();
        Capability c = Load(bench, file);
        Assert.Equal(expected.Split(' '), c.Files.Select(f => f.Path.ToString()));
        Assert.Empty(c.Directories);
    }

    [Theory]
    [InlineData("{source: app, mode: \"0600\"}", ":4:33: 'mode' for a whole folder")]
    [InlineData("{source: app, include: [stat/]}", ":4:37: 'stat/' below 'include' is nothing in the folder 'app'")]
    [InlineData("{source: app, include: [../x]}", ":4:37: '../x' is no pattern of paths below the folder")]
    [InlineData("{source: app, exclude: [\"**\"]}", ":4:22: the folder 'app' has no file that would be taken")]
    [InlineData("{content: x, include: [a]}", ":4:36: 'a' chooses among the files of a folder, and the source is a text")]
    [InlineData("{source: app/main.py, exclude: [a]}", "the source is a file")]
    [InlineData("{source: ../../kernel}", "it lies outside of the folder")]
    [InlineData("{source: app, owner: No!}", ":4:34: 'No!' is no account; expected its name, or a number from 0 to 65534")]
    [InlineData("{source: app, group: 65535}", ":4:34: '65535' is no account")]
    public void Load_Mistake_IsToldWithItsPlace(string file, string problem)
    {
        using Workbench bench = Folder();
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, file));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/passwd", "leads out of the folder")]
    [InlineData("../../secret", "leads out of the folder")]
    [InlineData("main.py/../../../secret", "leads out of the folder")]
    public void Load_LinkOutOfTheFolder_IsRefused(string target, string problem)
    {
        using Workbench bench = Folder();
        File.CreateSymbolicLink(Path.Combine(bench.Folder, "capabilities/app/bin/out"), target);
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, "{source: app}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("'app/bin/out'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FolderThatIsALink_IsRefused()
    {
        using Workbench bench = Folder();
        File.CreateSymbolicLink(Path.Combine(bench.Folder, "capabilities/other"), "/etc");
        StrataException e = Assert.Throws<StrataException>(() => Load(bench, "{source: other}"));
        Assert.Contains("it is or passes a link", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Digest_IsOfNamesModesLinksAndContentsAndNotOfTimes()
    {
        using Workbench bench = Folder();
        string app = Path.Combine(bench.Folder, "capabilities/app");
        HashSet<Sha256Digest> seen = [Digest()];
        File.SetLastWriteTimeUtc(Path.Combine(app, "main.py"), new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc));
        Assert.Contains(Digest(), seen);
        Changes(() => File.WriteAllText(Path.Combine(app, "main.py"), "other"));
        Changes(() => File.Move(Path.Combine(app, "main.py"), Path.Combine(app, "again.py")));
        Changes(() => File.SetUnixFileMode(Path.Combine(app, "again.py"), UnixFileMode.UserRead | UnixFileMode.UserExecute));
        Changes(() => File.CreateSymbolicLink(Path.Combine(app, "new"), "again.py"));

        Sha256Digest Digest()
        {
            _ = Load(bench, "{source: app}");
            return bench.Catalog.Load("e").Digest;
        }

        void Changes(Action change)
        {
            change();
            Assert.True(seen.Add(Digest()));
        }
    }

    private static string Line(OwnFile file) => $"{file.Path} {Convert.ToString(file.Mode, 8)}";

    private static Capability Load(Workbench bench, string file) =>
        bench.Capability("c", $"files:\n  /srv/app: {file}\nusers: {{app: {{id: 200}}}}").Load("c").Capabilities.Single(c => c.Name == "c");

    private static Workbench Folder()
    {
        Workbench bench = new();
        bench.Write("capabilities/app/main.py", "print()\n");
        bench.Write("capabilities/app/static/page.html", "<p>");
        bench.Write("capabilities/app/cache/old.pyc", "x");
        File.SetUnixFileMode(
            bench.Write("capabilities/app/bin/run", "#!/bin/sh\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.Combine(bench.Folder, "capabilities/app/empty"));
        File.CreateSymbolicLink(Path.Combine(bench.Folder, "capabilities/app/latest"), "static");
        File.CreateSymbolicLink(Path.Combine(bench.Folder, "capabilities/app/bin/main"), "../main.py");
        return bench;
    }
}
