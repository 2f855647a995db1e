using Strata.Core;
using Strata.Formats.Gpt;
using Strata.Testing;

namespace Strata.Formats.Tests.Gpt;

public class DiskWriterTests
{
    [SkippableFact]
    public async Task WriteAsync_Sample_SgdiskFindsNoProblems()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["disk"], await Disks.WriteAsync(Disks.Sample()));
        (int exitCode, string output) = Oracle.Run("sgdisk", "-v", folder["disk"]);
        Assert.Equal(0, exitCode);
        Assert.Contains("No problems found", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Caution", output, StringComparison.Ordinal);
        (_, output) = Oracle.Run("sgdisk", "-i", "2", folder["disk"]);
        Assert.Contains("4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709 (Linux x86-64 root (/))", output, StringComparison.Ordinal);
        Assert.Contains("Attribute flags: 1000000000000000", output, StringComparison.Ordinal);
        Assert.Contains("Partition name: 'strata_1.0'", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_Sample_SfdiskShowsWhatWasPlanned()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["disk"], await Disks.WriteAsync(Disks.Sample()));
        (int exitCode, string output) = Oracle.Run("sfdisk", "--verify", folder["disk"]);
        Assert.True(exitCode == 0 && output.Contains("No errors detected", StringComparison.Ordinal), output);
        (_, output) = Oracle.Run("sfdisk", "--dump", folder["disk"]);
        Assert.Contains($"label-id: {Disks.Id("disk")}".ToUpperInvariant(), output.ToUpperInvariant(), StringComparison.Ordinal);
        Assert.Contains("first-lba: 34", output, StringComparison.Ordinal);
        Assert.Contains("last-lba: 38878", output, StringComparison.Ordinal); // 19 MiB are 38912 sectors; 33 at the end are taken
        Assert.Contains($"start=        2048, size=        6144, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid={Disks.Id("ESP").ToString().ToUpperInvariant()}, name=\"ESP\"", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_Sectors4096_SfdiskAgrees()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["disk"], await Disks.WriteAsync(Disks.Sample(4096)));
        (int exitCode, string output) = Oracle.Run("sfdisk", "--sector-size", "4096", "--verify", folder["disk"]);
        Skip.If(output.Contains("unrecognized option", StringComparison.Ordinal), "this sfdisk knows no other sectors than 512 bytes");
        Assert.True(exitCode == 0 && output.Contains("No errors detected", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task WriteAsync_Sample_ContentIsInItsPlaceAndReadsBack(int sectorSize)
    {
        DiskConfig config = Disks.Sample(sectorSize);
        byte[] disk = await Disks.WriteAsync(config);
        DiskPlan plan = DiskPlan.Create(config);
        Assert.Equal(plan.SizeBytes, disk.Length);
        Assert.Equal(Disks.Bytes(5_000_001, 2), disk[(4 << 20)..((4 << 20) + 5_000_001)]);
        GptDisk read = GptDisk.Read(new MemoryStream(disk), sectorSize);
        Assert.Equal(plan.Parts.Select(p => p.Entry), read.Entries.OfType<GptEntry>());
    }

    [Fact]
    public async Task WriteAsync_ToFile_GivesTheSameBytesWithHoles()
    {
        DiskConfig config = Disks.Sample() with
        {
            Parts = [Disks.Part("data", PartitionType.Var, new byte[50 << 20]), Disks.Part("more", PartitionType.Home, Disks.Bytes(10_000, 1))],
        };
        using TemporaryFolder folder = new();
        await using (FileStream file = File.Create(folder["disk"]))
        {
            await DiskWriter.WriteAsync(DiskPlan.Create(config), file);
        }
        Assert.Equal(Sha256Digest.Of(await Disks.WriteAsync(config)), Sha256Digest.Of(await File.ReadAllBytesAsync(folder["disk"])));
        (_, string blocks) = Oracle.Run("stat", "-c", "%b", folder["disk"]);
        Assert.True(int.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) * 512 < 1 << 20, $"{blocks} blocks of 512 bytes are allocated");
    }

    [Fact]
    public async Task WriteAsync_OverAnOlderFile_LeavesNothingOfIt()
    {
        DiskConfig config = Disks.Sample() with { Parts = [Disks.Empty("data", PartitionType.Var, 1 << 20)] };
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["disk"], Disks.Bytes((int)DiskPlan.Create(config).SizeBytes, 5));
        await using (FileStream file = File.OpenWrite(folder["disk"]))
        {
            await DiskWriter.WriteAsync(DiskPlan.Create(config), file);
        }
        Assert.Equal(await Disks.WriteAsync(config), await File.ReadAllBytesAsync(folder["disk"]));
    }

    [Theory]
    [InlineData(999, "ended after 999 of 1000 bytes")]
    [InlineData(1001, "longer than the 1000 bytes")]
    public async Task WriteAsync_ContentOfAnotherLength_IsAnError(int length, string expected)
    {
        DiskPart part = Disks.Part("liar", PartitionType.Var, new byte[1000]).From(() => new MemoryStream(new byte[length]));
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => Disks.WriteAsync(Disks.Sample() with { Parts = [part] }));
        Assert.StartsWith("cannot write partition 'liar': ", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
