using Strata.Core;
using Strata.Packages.Sources;
using Strata.Testing;

namespace Strata.Packages.Tests.Sources;

public sealed class AptConfigurationTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Read_OneLineForm_GivesEntries()
    {
        Write("sources.list", """
            # a comment
            deb http://mirror.example/debian bookworm main contrib # the rest
            deb-src http://mirror.example/debian bookworm main
            deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/x.gpg ]  https://other.example/apt  stable  main
            deb http://flat.example/ ./
            deb [arch=amd64 http://broken.example/ x main
            rpm http://broken.example/ x main
            deb http://broken.example/
            """);
        AptConfiguration configuration = AptConfiguration.Read(_root.Path);
        Assert.Equal(
            [
                "http://mirror.example/debian bookworm main,contrib  /etc/apt/sources.list:2",
                "https://other.example/apt stable main /usr/share/keyrings/x.gpg /etc/apt/sources.list:4",
            ],
            Dump(configuration));
        Assert.Equal(
            [
                "/etc/apt/sources.list:6: the options in '[' do not end",
                "/etc/apt/sources.list:7: 'rpm' is neither deb nor deb-src",
                "/etc/apt/sources.list:8: expected an address and a suite",
            ],
            configuration.Problems);
    }

    [Fact]
    public void Read_StanzaForm_GivesEntries()
    {
        Write("sources.list.d/debian.sources", """
            # written by an installer
            Types: deb deb-src
            # between
            URIs: http://a.example/debian
             http://b.example/debian
            Suites: bookworm bookworm-updates
            Components: main
            Signed-By:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             xyz

            Types: deb
            Enabled: no
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main

            Types: deb-src
            URIs: http://sources.example/debian
            Suites: bookworm
            Components: main

            types: deb
            uris: http://c.example/debian-security
            suites: bookworm-security
            components: main
            signed-by: /usr/share/keyrings/debian-archive-keyring.gpg
            """);
        Assert.Equal(
            [
                "http://a.example/debian bookworm main  /etc/apt/sources.list.d/debian.sources:2",
                "http://a.example/debian bookworm-updates main  /etc/apt/sources.list.d/debian.sources:2",
                "http://b.example/debian bookworm main  /etc/apt/sources.list.d/debian.sources:2",
                "http://b.example/debian bookworm-updates main  /etc/apt/sources.list.d/debian.sources:2",
                "http://c.example/debian-security bookworm-security main /usr/share/keyrings/debian-archive-keyring.gpg /etc/apt/sources.list.d/debian.sources:24",
            ],
            Dump(AptConfiguration.Read(_root.Path)));
    }

    [Fact]
    public void Read_SeveralFiles_AreTakenInOrderAndOthersLeft()
    {
        Write("sources.list", "deb http://0.example/debian a main");
        Write("sources.list.d/b.list", "deb http://2.example/debian a main");
        Write("sources.list.d/a.sources", "Types: deb\nURIs: http://1.example/debian\nSuites: a\nComponents: main");
        Write("sources.list.d/c.list.save", "deb http://3.example/debian a main");
        Write("sources.list.d/d~.list", "deb http://4.example/debian a main");
        Write("sources.list.d/e.sources", "no stanza");
        AptConfiguration configuration = AptConfiguration.Read(_root.Path);
        Assert.Equal(["http://0.example/debian", "http://1.example/debian", "http://2.example/debian"], configuration.Entries.Select(e => e.Uri));
        Assert.Equal(["/etc/apt/sources.list.d/e.sources: line 1: expected 'Field: value'"], configuration.Problems);
    }

    [Theory]
    [InlineData("deb[signed-by=/k.gpg] http://m.example/debian a main", "http://m.example/debian a main /k.gpg")]
    [InlineData("deb [signed-by=/k.gpg]http://m.example/debian a main", "http://m.example/debian a main /k.gpg")]
    [InlineData("deb\t[ Signed-By=/k.gpg\tarch=amd64 ]\thttp://m.example/debian\ta\tmain", "http://m.example/debian a main /k.gpg")]
    [InlineData("deb [x-signed-by=/k.gpg] http://m.example/debian a main", "http://m.example/debian a main ")]
    [InlineData("deb http://m.example/debian a main non-free", "http://m.example/debian a main,non-free ")]
    [InlineData("deb http://m.example/debian a", null)]
    [InlineData("debhttp://m.example/debian a main", null)]
    public void Read_OptionsOfALine_AreThoseInItsBrackets(string line, string? expected)
    {
        Write("sources.list", line);
        string[] entries = [.. Dump(AptConfiguration.Read(_root.Path)).Select(e => e[..e.LastIndexOf(" /etc", StringComparison.Ordinal)])];
        Assert.Equal(expected is null ? [] : [expected], entries);
    }

    // sources.list(5): letters, digits, hyphen, underscore and period, and one of two endings
    [Theory]
    [InlineData("debian-security.list", true)]
    [InlineData("my_own.list", true)]
    [InlineData("a.b.list", true)]
    [InlineData("10Z.list", true)]
    [InlineData(".list", true)]
    [InlineData("a.LIST", false)]
    [InlineData("a.list.dpkg-old", false)]
    [InlineData("a+b.list", false)]
    [InlineData("a b.list", false)]
    [InlineData("\u00e4.list", false)]
    [InlineData("list", false)]
    public void Read_NameOfAPart_IsOfTheCharactersThatAptReads(string name, bool isRead)
    {
        Write($"sources.list.d/{name}", "deb http://m.example/debian a main");
        AptConfiguration configuration = AptConfiguration.Read(_root.Path);
        Assert.Equal(isRead ? 1 : 0, configuration.Entries.Count);
        Assert.Empty(configuration.Problems);
    }

    // apt.conf(5), "yes or no": and a stanza that is missing a list names nothing
    [Theory]
    [InlineData("Enabled: no", false)]
    [InlineData("Enabled: FALSE", false)]
    [InlineData("Enabled: without", false)]
    [InlineData("Enabled: off", false)]
    [InlineData("Enabled: Disable", false)]
    [InlineData("Enabled: 0", false)]
    [InlineData("Enabled: yes", true)]
    [InlineData("Enabled: 1", true)]
    [InlineData("Enabled: nothing", true)]
    [InlineData("X-Other: no", true)]
    public void Read_StanzaThatIsOff_IsPassedOver(string field, bool isRead)
    {
        Write("sources.list.d/a.sources", $"Types: deb-src deb\nURIs: http://m.example/debian\nSuites: a\nComponents: main\n{field}\n");
        Assert.Equal(isRead ? 1 : 0, AptConfiguration.Read(_root.Path).Entries.Count);
    }

    [Theory]
    [InlineData("deb http://m.example/debian bookworm main\ndeb http://s.example/debian-security bookworm-security main")]
    [InlineData("deb http://s.example/debian-security buster/updates main\ndeb http://m.example/debian sid main")]
    [InlineData("deb https://tools.example/apt tools-bookworm main\ndeb https://js.example/node nodistro main\n"
        + "deb https://vendor.example/stable/debian bookworm main\n"
        + "deb http://m.example/debian trixie main\ndeb http://m.example/debian trixie-updates main\ndeb http://s.example/debian-security trixie-security main")]
    [InlineData("deb https://chat.example/linux/deb stable main\ndeb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://m.example/debian stable main\n"
        + "deb http://s.example/debian-security stable-security contrib main")]
    [InlineData("deb mirror+file:/etc/apt/mirrors/debian.list bookworm main\ndeb http://m.example/debian bookworm main\ndeb http://s.example/debian-security bookworm-security main")]
    public void Find_HostOfAnyRelease_GivesItsMirrors(string lines)
    {
        Write("sources.list", lines);
        ArchiveMirrors mirrors = ArchiveMirrors.Find(AptConfiguration.Read(_root.Path));
        Assert.Equal("http://m.example/debian", Assert.Single(mirrors.Main).AbsoluteUri);
        Assert.Equal("http://s.example/debian-security", Assert.Single(mirrors.Security).AbsoluteUri);
    }

    [Theory]
    [InlineData("", "cannot find a Debian archive: the apt configuration of this host names none")]
    [InlineData("deb http://archive.example/ubuntu noble main", "cannot find a Debian archive: the apt configuration of this host names none")]
    [InlineData("deb http://docker.example/linux/debian bookworm stable", "cannot find a Debian archive")]
    [InlineData("deb mirror+file:/etc/apt/mirrors/debian.list bookworm main", "'mirror+file:/etc/apt/mirrors/debian.list' of /etc/apt/sources.list:1 is not of a kind that Strata reads")]
    [InlineData("deb cdrom:[Debian]/ bookworm main", "is not of a kind that Strata reads")]
    [InlineData("deb http://m.example/debian bookworm main", "cannot find Debian's security archive")]
    public void Find_NothingUsable_SaysWhatToSet(string lines, string problem)
    {
        Write("sources.list", lines);
        StrataException e = Assert.Throws<StrataException>(() => ArchiveMirrors.Find(AptConfiguration.Read(_root.Path)));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("STRATA_MIRROR", e.Hint, StringComparison.Ordinal);
        Assert.Contains("STRATA_SECURITY_MIRROR", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Settings_GoFirst()
    {
        Write("sources.list", "deb http://m.example/debian bookworm main\ndeb http://s.example/debian-security bookworm-security main");
        AptConfiguration configuration = AptConfiguration.Read(_root.Path);
        ArchiveMirrors mirrors = ArchiveMirrors.Find(configuration, "https://set.example/x/", " ");
        Assert.Equal("https://set.example/x/", Assert.Single(mirrors.Main).AbsoluteUri);
        Assert.Equal("http://s.example/debian-security", Assert.Single(mirrors.Security).AbsoluteUri);
        Assert.Throws<StrataException>(() => ArchiveMirrors.Find(configuration, "mirror.example"));
    }

    [Theory]
    [InlineData(
        "deb http://a.example/debian trixie main\ndeb http://b.example/debian trixie main\ndeb http://s.example/debian-security trixie-security main",
        "http://a.example/debian http://b.example/debian")]
    [InlineData("deb http://proxy.example/apt-proxy trixie main\ndeb http://proxy.example/apt-security trixie-security main",
        "http://proxy.example/apt-proxy")]
    [InlineData(
        "deb https://vendor.example/stable/debian bookworm main\ndeb http://m.example/debian trixie main\ndeb http://m.example/debian trixie-updates main\n"
        + "deb http://s.example/debian-security trixie-security main", "http://m.example/debian")]
    [InlineData(
        "deb http://m.example/debian/ trixie main\ndeb http://m.example/debian trixie main\ndeb http://n.example/debian trixie main\n"
        // a slash makes no other mirror
        + "deb http://s.example/debian-security trixie-security main", "http://m.example/debian/ http://n.example/debian")]
    [InlineData(
        "deb http://m.example/debian trixie contrib\ndeb http://n.example/debian trixie main contrib\n"
        + "deb http://s.example/debian-security trixie-security main",
        "http://n.example/debian")]
    [InlineData(
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://n.example/x trixie main\n"
        + "deb http://m.example/debian trixie main\n"
        + "deb http://s.example/debian-security trixie-security main", "http://n.example/x")]
    public void Find_SeveralMirrors_AreAllThatLookAlike(string lines, string expected)
    {
        Write("sources.list", lines);
        Assert.Equal(expected, string.Join(' ', ArchiveMirrors.Find(AptConfiguration.Read(_root.Path)).Main.Select(u => u.AbsoluteUri)));
    }

    [Fact]
    public void Find_SettingWithSeveralMirrors_KeepsTheirOrder()
    {
        Write("sources.list", "deb http://s.example/debian-security bookworm-security main");
        AptConfiguration configuration = AptConfiguration.Read(_root.Path);
        ArchiveMirrors mirrors = ArchiveMirrors.Find(
            configuration, " http://b.example/debian\nhttp://a.example/debian", null, "https://snap.example");
        Assert.Equal(["http://b.example/debian", "http://a.example/debian"], mirrors.Main.Select(u => u.AbsoluteUri));
        ArchiveSuite security = mirrors.SuitesOf("trixie", ["main"])[2];
        Assert.Equal(
            [
                "https://snap.example/archive/debian-security/20260913T075541Z/pool/x.deb",
                "https://snap.example/archive/debian-security/20260912T075541Z/pool/x.deb",
            ],
            security.Snapshot!.AddressesOf(new DateTimeOffset(2026, 9, 12, 7, 55, 41, TimeSpan.Zero), "pool/x.deb")
                .Select(u => u.AbsoluteUri));
        StrataException e = Assert.Throws<StrataException>(() => ArchiveMirrors.Find(configuration, "http://a.example/debian b.example"));
        Assert.Contains("'b.example' is no address", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<StrataException>(
            () => ArchiveMirrors.Find(configuration, string.Join(' ', Enumerable.Repeat("http://a.example", 9))));
        Assert.Contains("names 9 mirrors, at most 8", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SuitesOf_Codename_GivesThreeSuites()
    {
        ArchiveMirrors mirrors = new([new Uri("http://m.example/debian/")], [new Uri("http://s.example/debian-security")]);
        Assert.Equal(
            [
                "http://m.example/debian/dists/trixie/InRelease",
                "http://m.example/debian/dists/trixie-updates/InRelease",
                "http://s.example/debian-security/dists/trixie-security/InRelease",
            ],
            mirrors.SuitesOf("trixie", ["main"]).Select(s => s.AddressOf(s.Roots[0], "InRelease").AbsoluteUri));
        PackageArchive other = new() { Name = "other", Roots = [new Uri("http://o.example/")], Suites = ["noble", "noble-updates"],
            Components = ["main"], Packages = ["*"] };
        Assert.Equal(["other/noble", "other/noble-updates"], mirrors.SuitesOf("none", ["main"], [other]).Select(s => s.ToString()));
        Assert.Equal(5, mirrors.SuitesOf("trixie", ["main"], [other]).Count);
        Assert.Equal(["sid"], mirrors.SuitesOf("sid", ["main"]).Select(s => s.Name));
        Assert.Throws<ArgumentException>(() => mirrors.SuitesOf("../x", ["main"]));
        Assert.Throws<ArgumentException>(() => mirrors.SuitesOf("trixie", []));
    }

    private static IEnumerable<string> Dump(AptConfiguration configuration) =>
        configuration.Entries.Select(e => $"{e.Uri} {e.Suite} {string.Join(',', e.Components)} {(e.SignedBy.StartsWith("---", StringComparison.Ordinal) ? "" : e.SignedBy)} {e.Place}");

    private void Write(string name, string content)
    {
        string path = _root["etc/apt/" + name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
