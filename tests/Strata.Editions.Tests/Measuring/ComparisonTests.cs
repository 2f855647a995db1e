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

    private static (Measurement Measurement, string Name)? Find(
        TemporaryFolder folder, string? against, string image, List<string>? warnings = null) =>
        Comparison.Find(against, image, MeasurementHistory.Read(folder["history.jsonl"]), new Checkout(folder.Path),
            warnings is null ? _ => { } : warnings.Add);

    private static void Append(TemporaryFolder folder, string version, string image) =>
        MeasurementHistory.Append(folder["history.jsonl"], Samples.Typical() with { Version = version, Image = image });
}
