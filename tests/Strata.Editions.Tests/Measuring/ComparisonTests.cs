using Strata.Core;
using Strata.Editions.Measuring;
using Strata.Measure;
using Strata.Measure.Tests;
using Strata.Testing;

namespace Strata.Editions.Tests.Measuring;

public class ComparisonTests
{
    [Fact]
    public void Find_NobodyAsks_IsTheLastOfTheImageOrNothing()
    {
        using TemporaryFolder folder = new();
        Append(folder, "1", "disk");
        Append(folder, "2", "disk");
        Append(folder, "3", "iso");
        Assert.Equal("2", Find(folder, against: null, "disk")!.Value.Measurement.Version);
        Assert.Null(Find(folder, against: null, "uki"));
        Assert.StartsWith("cannot compare with the last measurement: there is none of a bootable file in",
            Assert.Throws<StrataException>(() => Find(folder, Comparison.Last, "uki")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_File_IsThatMeasurement()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["other.json"], (Samples.Typical() with { Version = "7" }).ToJson());
        List<string> warnings = [];
        Assert.Equal("7", Find(folder, folder["other.json"], "disk", warnings)!.Value.Measurement.Version);
        Assert.Empty(warnings);
        Assert.NotNull(Find(folder, folder["other.json"], "iso", warnings));
        Assert.EndsWith("other.json is about a disk image, this is an ISO image", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Find_NameOfNothing_IsToldApartFromAMeasurementThatIsMissing()
    {
        using TemporaryFolder folder = new();
        UnknownReferenceException e = Assert.Throws<UnknownReferenceException>(() => Find(folder, "lst", "disk"));
        Assert.Equal("cannot compare with 'lst': it is neither a file nor a commit (did you mean 'last'?)", e.Message);
    }

    [SkippableFact]
    public void Find_Commit_IsItsLastMeasurementOrThatOfTheNearestBefore()
    {
        _ = Oracle.FindOptional("git");
        using TemporaryFolder folder = new();
        Git("init", "-q");
        string[] commits = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            Git("-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "--allow-empty", "-m", "m");
            return Git("rev-parse", "HEAD");
        })];
        Append(folder, "1", "disk", commits[0]);
        Append(folder, "3", "iso", commits[0]); // else the history keeps one line of two
        Append(folder, "2", "disk", commits[0]);
        Assert.Equal(("2", $"{commits[0]} ({commits[0][..8]})"), Told(commits[0]));
        List<string> warnings = [];
        Assert.Equal(("2", $"{commits[0][..8]}, before HEAD"), Told("HEAD", warnings));
        Assert.Equal($"HEAD itself was not measured; comparing with {commits[0][..8]}, the nearest commit before it that was",
            Assert.Single(warnings));
        Append(folder, "4", "disk", commits[1]);
        Append(folder, "6", "iso", commits[1]);
        Append(folder, "5", "disk", commits[1]);
        Assert.Equal("5", Told("HEAD").Version);
        Assert.StartsWith(
            "cannot compare with 'HEAD': neither it nor a commit before it is in ",
            Assert.Throws<StrataException>(() => Find(folder, "HEAD", "uki")).Message, StringComparison.Ordinal);

        (string Version, string Name) Told(string against, List<string>? said = null)
        {
            (Measurement measurement, string name) = Find(folder, against, "disk", said)!.Value;
            return (measurement.Version, name);
        }

        string Git(params string[] arguments)
        {
            (int exitCode, string output) = Oracle.Run("git", ["-C", folder.Path, .. arguments]);
            Assert.True(exitCode == 0, output);
            return output.Trim();
        }
    }

    private static (Measurement Measurement, string Name)? Find(
        TemporaryFolder folder, string? against, string image, List<string>? warnings = null) =>
        Comparison.Find(against, image, MeasurementHistory.Read(folder["history.jsonl"]), new Checkout(folder.Path),
            warnings is null ? _ => { } : warnings.Add);

    private static void Append(TemporaryFolder folder, string version, string image, string? commit = null) => MeasurementHistory.Append(
        folder["history.jsonl"], Samples.Typical() with { Version = version, Image = image, Commit = commit });
}
