using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Releases;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Testing;

namespace Strata.Packages.Tests.Solving;

/// <summary>apt as the judge of which archive comes first, and of where the packages of a flat one are.</summary>
public class ArchivePreferencesTests
{
    private const string Backports = "NotAutomatic: yes\nButAutomaticUpgrades: yes\n";

    [SkippableTheory]
    [InlineData(null, "", "1", "2")]
    [InlineData(null, "", "2", "1")]
    [InlineData(null, "", "1", "1")]
    [InlineData(499, "", "1", "2")]
    [InlineData(500, "", "1", "2")]
    [InlineData(501, "", "2", "1")]
    [InlineData(1000, "", "2", "1")]
    [InlineData(1, "", "1", "2")]
    [InlineData(null, "NotAutomatic: yes\n", "1", "2")]
    [InlineData(null, Backports, "1", "2")]
    [InlineData(500, Backports, "1", "2")]
    [InlineData(99, Backports, "1", "2")]
    [InlineData(null, Backports, null, "2")] // only the other archive has it
    [InlineData(null, "NotAutomatic: yes\n", null, "2")]
    [InlineData(1, "", null, "2")]
    public void VersionsOf_TwoArchives_FirstIsTheCandidateOfApt(int? priority, string fields, string? ofFirst, string ofSecond)
    {
        Oracle.FindOptional("apt-cache");
        string first = ofFirst is null ? "" : TestIndex.Text($"tool {ofFirst}");
        string second = TestIndex.Text($"tool {ofSecond}");
        string pin = priority is null ? "" : $"Package: *\nPin: release l=second\nPin-Priority: {priority}\n";
        using AptPrivateRoot apt = new(pin, ("first", "", first), ("second", fields, second));
        PackagePool pool = Pool(
            (Archive("first", null, ["*"]), "", first), (Archive("second", priority, ["*"]), fields, second));
        Assert.Equal(apt.CandidateOf("tool"), pool.VersionsOf("tool")[0].Version.ToString());
    }

    /// <summary>What is not allowed is what apt has with a priority below zero.</summary>
    [SkippableTheory]
    [InlineData("tool")]
    [InlineData("tools")]
    [InlineData("a-tool")]
    [InlineData("lib")]
    public void VersionsOf_AllowedByPattern_AreThoseThatAptTakes(string name)
    {
        Oracle.FindOptional("apt-cache");
        string index = TestIndex.Text("tool 1\ntools 1\na-tool 1\nlib 1");
        const string Pins = "Package: *\nPin: release l=second\nPin-Priority: -1\n\n"
            + "Package: tool* lib\nPin: release l=second\nPin-Priority: 500\n";
        using AptPrivateRoot apt = new(Pins, ("second", "", index));
        PackagePool pool = Pool((Archive("second", null, ["tool*", "lib"]), "", index));
        Assert.Equal(apt.CandidateOf(name), pool.VersionsOf(name) is [var entry, ..] ? entry.Version.ToString() : null);
    }

    [SkippableFact]
    public void Filename_OfAFlatArchive_IsBelowTheAddressAsAptHasIt()
    {
        Oracle.FindOptional("apt-get");
        string index = TestIndex.Text("tool 1").Replace("pool/main/t/", "./second/", StringComparison.Ordinal);
        using AptPrivateRoot apt = new("", ("second", "", index));
        PackageArchive archive = Archive("second", null, ["*"]);
        PackageEntry tool = Pool((archive, "", index)).VersionsOf("tool")[0];
        Assert.EndsWith(
            "/archives/second/tool_1_amd64.deb", ArchivePath.Below(archive.Roots[0], tool.Filename).AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal($"file:{apt.Archives}/{tool.Filename}", apt.AddressOf("tool").Replace("/./", "/", StringComparison.Ordinal));
    }

    private static PackageArchive Archive(string name, int? priority, string[] packages) => new()
    {
        Name = name, Roots = [new Uri("http://x.example/archives")], Suites = [$"{name}/"], Priority = priority, Packages = packages,
    };

    private static PackagePool Pool(params IReadOnlyList<(PackageArchive Archive, string Fields, string Packages)> archives)
    {
        List<PackageIndex> indexes = [];
        List<VerifiedRelease> releases = [];
        foreach ((PackageArchive archive, string fields, string packages) in archives)
        {
            ArchiveSuite suite = new(archive, archive.Suites[0]);
            using MemoryStream text = new(System.Text.Encoding.UTF8.GetBytes(packages));
            indexes.Add(PackageIndexReader.Read(text, new IndexOrigin(suite.Name, suite.Components[0], "amd64", Archive: archive.Name)));
            byte[] release = System.Text.Encoding.UTF8.GetBytes($"Date: Sat, 12 Sep 2026 07:55:41 UTC\n{fields}SHA256:\n");
            releases.Add(new VerifiedRelease(suite, ReleaseFile.Read(release, "Release"), Sha256Digest.Of(release), []));
        }
        return new PackagePool("amd64", indexes, preferences: new ArchivePreferences(releases));
    }
}
