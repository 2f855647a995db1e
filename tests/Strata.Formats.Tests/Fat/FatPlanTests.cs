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
    public void Problems_Sizes_HaveTheRangesOfTheFormat()
    {
        foreach ((int? cluster, int sector, bool possible) in ((int?, int, bool)[])
            [(null, 512, true), (256, 512, false), (512, 512, true), (1536, 512, false), (32768, 512, true), (65536, 512, false), (2048, 4096, false), (4096, 4096, true)])
        {
            Check(new FatOptions { ClusterSize = cluster, SectorSize = sector }, possible ? null : "a cluster has a power of two");
        }
        foreach ((int alignment, bool possible) in ((int, bool)[])[(-1, false), (0, false), (1, true), (3, false), (32768, true), (65536, false)])
        {
            Check(new FatOptions { DataAlignment = alignment }, possible ? null : "clusters are aligned to a power of two");
        }
        foreach ((int records, bool possible) in ((int, bool)[])[(0, false), (1, true), (512, true), (513, false)])
        {
            Check(new FatOptions { RootRecords = records }, possible ? null : "a root directory is made with 1 to 512 records");
        }
        foreach ((byte media, bool possible) in ((byte, bool)[])[(0xEF, false), (0xF0, true), (0xF1, false), (0xF7, false), (0xF8, true), (0xFF, true)])
        {
            Check(new FatOptions { Media = media }, possible ? null : "media byte is 0xF0 or 0xF8..0xFF");
        }
        foreach ((long size, bool possible) in ((long, bool)[])[(-512, false), (0, false), (511, false), (512, true), (0xFFFF_FFFFL * 512, true), (0x1_0000_0000L * 512, false)])
        {
            Check(new FatOptions { Size = new ByteSize(size) }, possible ? null : "whole sectors of 512 bytes");
        }
        foreach ((long free, bool possible) in ((long, bool)[])[(-1, false), (0, true), (0xFFFF_FFFFL * 512, true), (0x1_0000_0000L * 512, false)])
        {
            Check(new FatOptions { FreeSpace = new ByteSize(free) }, possible ? null : "free space of");
        }
        foreach ((int type, bool possible) in ((int, bool)[])[(12, true), (16, true), (32, true), (13, false)])
        {
            Check(new FatOptions { Type = (FatType)type }, possible ? null : "there is no FAT");
        }
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
