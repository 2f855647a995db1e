using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;

namespace Strata.Formats.Tests.Fat;

public class FatPlanTests
{
    [Theory]
    [InlineData(1, 512, FatType.Fat12)]
    [InlineData(3, 512, FatType.Fat12)]
    [InlineData(4, 512, FatType.Fat16)]
    [InlineData(33, 512, FatType.Fat16)]
    [InlineData(511, 512, FatType.Fat16)]
    [InlineData(512, 512, FatType.Fat32)]
    [InlineData(4096, 512, FatType.Fat32)]
    [InlineData(128, 4096, FatType.Fat16)]
    [InlineData(512, 4096, FatType.Fat32)]
    public void Create_Size_ChoosesTheUsualTypeAwayFromItsLimits(int mebibytes, int sectorSize, FatType expected)
    {
        FatBootSector boot = FatPlan.Create(new FileTree(), new FatOptions { Size = ByteSize.FromMiB(mebibytes), SectorSize = sectorSize }).Boot;
        Assert.Equal(expected, boot.Type);
        // FAT §3.5: FAT12 below 4085 clusters, FAT16 below 65525, and 16 away from either
        (long least, long most) = expected switch
        {
            FatType.Fat12 => (1L, 4084L - 16),
            FatType.Fat16 => (4085L + 16, 65524L - 16),
            _ => (65525L + 16, 0x0FFFFFF5L),
        };
        Assert.InRange(boot.ClusterCount, least, most);
        Assert.Equal(ByteSize.FromMiB(mebibytes).Bytes, boot.SizeBytes);
        Assert.Equal(0, boot.FirstDataSector % boot.SectorsPerCluster);
    }

    [Fact]
    public void Create_EverySizeUpTo600MiB_KeepsTheTableLargeEnough()
    {
        for (long size = 1 << 20; size < 600L << 20; size = (size * 21 / 20) + 512)
        {
            FatBootSector boot = FatPlan.Create(new FileTree(), new FatOptions { Size = new ByteSize(size / 512 * 512) }).Boot;
            Assert.True(boot.FatSectors * 512 * 8 >= (boot.ClusterCount + 2) * (int)boot.Type, $"size {size}");
            Assert.True(boot.FirstDataSector + (boot.ClusterCount * boot.SectorsPerCluster) <= boot.TotalSectors, $"size {size}");
        }
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(100_000, null)]
    [InlineData(5_000_000, null)]
    [InlineData(40_000_000, null)]
    [InlineData(5_000_000, FatType.Fat32)]
    public void Create_NoSize_IsTheSmallestThatHolds(int bytes, FatType? type)
    {
        FileTree tree = new FileTree().Add("/DATA.BIN", new byte[bytes]);
        FatPlan plan = FatPlan.Create(tree, new FatOptions { Type = type });
        FatBootSector boot = plan.Boot;
        Assert.True(plan.FreeBytes < boot.ClusterSize || boot.ClusterCount is 1 or 4085 + 16 or 65525 + 16, $"{plan.FreeBytes} free");
        Assert.Equal(boot.TotalSectors, boot.FirstDataSector + (boot.ClusterCount * boot.SectorsPerCluster));
    }

    [Fact]
    public void Create_FreeSpace_IsLeft() =>
        Assert.InRange(FatPlan.Create(new FileTree(), new FatOptions { FreeSpace = ByteSize.FromMiB(20) }).FreeBytes, 20 << 20, 21 << 20);

    [Fact]
    public void Create_VolumeTooSmall_SaysByHowMuchAndTheHintSuffices()
    {
        FileTree tree = new FileTree().Add("/a", new byte[3_000_000]);
        StrataException e = Assert.Throws<StrataException>(() => FatPlan.Create(tree, new FatOptions { Size = ByteSize.FromMiB(2) }));
        Assert.StartsWith("cannot make a FAT volume of 2.00 MiB: its content needs ", e.Message, StringComparison.Ordinal);
        long advised = long.Parse(e.Hint!.Split(' ')[5], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(FatPlan.Create(tree, new FatOptions { Size = new ByteSize(advised), Type = FatType.Fat12 }).FreeBytes >= 0);
    }

    [Fact]
    public void Create_Fat32With4096ByteSectorsIn128MiB_IsRefused()
    {
        StrataException e = Assert.Throws<StrataException>(() => FatPlan.Create(
            new FileTree(), new FatOptions { Size = ByteSize.FromMiB(128), SectorSize = 4096, Type = FatType.Fat32 }));
        Assert.Contains("FAT32 needs 65541 to", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_EverythingWrong_IsSaidAtOnce()
    {
        FileTree tree = new FileTree()
            .Add("/readme", [])
            .Add("/README", [])
            .Add("/a:b", [])
            .Add("/trailing.", [])
            .AddNode("/link", new SymlinkNode { Permissions = Modes.Link, Target = "a" })
            .AddNode("/null", new SpecialNode { Permissions = 0, Kind = SpecialKind.CharacterDevice })
            .AddNode("/big", new FileNode { Permissions = 0, Content = new StoredContent(1L << 32, default) });
        StrataException e = Assert.Throws<StrataException>(() => FatPlan.Create(tree, new FatOptions { SectorSize = 500, Label = "lower" }));
        Assert.Contains("a sector has 512 or 4096 bytes, not 500", e.Message, StringComparison.Ordinal);
        Assert.Contains("label 'lower' is not", e.Message, StringComparison.Ordinal);
        Assert.Contains("/readme and /README differ only by case", e.Message, StringComparison.Ordinal);
        Assert.Contains("/a:b cannot be a FAT name: it has a control character or one of", e.Message, StringComparison.Ordinal);
        Assert.Contains("/trailing. cannot be a FAT name: it ends in a dot or a space", e.Message, StringComparison.Ordinal);
        Assert.Contains("/link is neither a directory nor a file", e.Message, StringComparison.Ordinal);
        Assert.Contains("/null is neither a directory nor a file", e.Message, StringComparison.Ordinal);
        Assert.Contains("/big has 4294967296 bytes, a file has at most 4294967295", e.Message, StringComparison.Ordinal);
    }

    // FAT §6.1 and §3.1: each rule of the options at its edge
    [Theory]
    [InlineData("", null)]
    [InlineData("A", null)]
    [InlineData("ELEVEN CHRS", null)]
    [InlineData("TWELVE CHARS", "label 'TWELVE CHARS' is not")]
    [InlineData(" LEADING", "label ' LEADING' is not")] // a record that starts with a space is no label
    [InlineData("lower", "label 'lower' is not")]
    [InlineData("A.B", "label 'A.B' is not")]
    [InlineData("NO NAME", "label 'NO NAME' is not")] // what stands there when there is none
    public void Problems_Label_IsOfTheCharactersOfTheFormat(string label, string? problem) =>
        Check(new FatOptions { Label = label }, problem);

    [Fact]
    public void Problems_Numbers_HaveTheRangesOfTheFormat()
    {
        const long Sectors = 0xFFFF_FFFF; // a 32-bit field
        Range<int>(c => new() { ClusterSize = c }, [512, 1024, 32768], [256, 1536, 65536], "a cluster has a power of two");
        Range<int>(c => new() { ClusterSize = c, SectorSize = 4096 }, [4096], [512, 2048], "a cluster has a power of two");
        Range<int>(s => new() { SectorSize = s }, [512, 4096], [256, 1024, 2048, 8192], "a sector has 512 or 4096 bytes");
        Range<int>(a => new() { DataAlignment = a }, [1, 2, 32768], [-1, 0, 3, 65536], "clusters are aligned to a power of two");
        Range<int>(r => new() { RootRecords = r }, [1, 512], [0, 513], "a root directory is made with 1 to 512 records");
        Range<byte>(m => new() { Media = m }, [0xF0, 0xF8, 0xFF], [0, 0xEF, 0xF1, 0xF7], "media byte is 0xF0 or 0xF8..0xFF");
        Range<long>(b => new() { Size = new(b) }, [512, Sectors * 512], [-512, 0, 511, (Sectors + 1) * 512], "whole sectors of 512 bytes");
        Range<long>(b => new() { FreeSpace = new(b) }, [0, 1, Sectors * 512], [-1, (Sectors + 1) * 512], "free space of");
        Range<int>(t => new() { Type = (FatType)t }, [12, 16, 32], [0, 13, 64], "there is no FAT");
    }

    private static void Range<T>(Func<T, FatOptions> with, T[] possible, T[] impossible, string problem)
    {
        Assert.All(possible, value => Check(with(value), null));
        Assert.All(impossible, value => Check(with(value), problem));
    }

    private static void Check(FatOptions options, string? problem)
    {
        if (problem is null)
        {
            Assert.Empty(options.Problems());
        }
        else
        {
            Assert.Contains(problem, Assert.Single(options.Problems()), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1979-12-31T23:59:59Z", false)]
    [InlineData("1980-01-01T00:00:00Z", true)]
    [InlineData("2107-12-31T23:59:59Z", true)]
    [InlineData("2108-01-01T00:00:00Z", false)]
    public void Problems_Time_HasTheRangeOfTheFormat(string time, bool possible) => Assert.Equal(
        possible,
        !new FatOptions { Time = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture) }.Problems().Any());
}
