using Strata.Core;
using Strata.Formats.Gpt;

namespace Strata.Formats.Tests.Gpt;

public class DiskPlanTests
{
    [Fact]
    public void Create_Sample_PlacesPartsOnMebibytes()
    {
        DiskPlan plan = DiskPlan.Create(Disks.Sample());
        Assert.Equal([1 << 20, 4 << 20, 9 << 20, 10 << 20], plan.Parts.Select(p => p.OffsetBytes));
        Assert.Equal([3 << 20, 5 << 20, 1 << 20, 8 << 20], plan.Parts.Select(p => p.SizeBytes));
        Assert.Equal(19 << 20, plan.SizeBytes);
    }

    [Fact]
    public void Create_EverythingWrong_IsSaidAtOnce()
    {
        DiskPart sound = Disks.Empty("sound", PartitionType.Var, 1 << 20);
        StrataException e = Assert.Throws<StrataException>(() => DiskPlan.Create(new DiskConfig
        {
            DiskId = Guid.Empty,
            BootCode = new byte[441],
            Parts =
            [
                sound,
                sound with { Label = new string('x', 37) },
                Disks.Empty("crooked", PartitionType.Var, 1000) with { StartBytes = 4096 },
                Disks.Part("tight", PartitionType.Var, new byte[2000]) with { SizeBytes = 512 },
                Disks.Empty("hollow", PartitionType.Var, 512) with { ContentBytes = 5 },
            ],
        }));
        Assert.Contains("the disk has no identity", e.Message, StringComparison.Ordinal);
        Assert.Contains("at most 440 bytes, not 441", e.Message, StringComparison.Ordinal);
        Assert.Contains("a label of 37 UTF-16 units", e.Message, StringComparison.Ordinal);
        Assert.Contains("have the same identity", e.Message, StringComparison.Ordinal);
        Assert.Contains("a size of 1000 bytes, not whole sectors of 512", e.Message, StringComparison.Ordinal);
        Assert.Contains("starts at byte 4096, not at a multiple of 1048576", e.Message, StringComparison.Ordinal);
        Assert.Contains("has 512 bytes, its content needs 1488 more", e.Message, StringComparison.Ordinal);
        Assert.Contains("has 5 bytes of content and nothing that writes them", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_PlacesThatCollide_AreSaidAtOnce()
    {
        StrataException e = Assert.Throws<StrataException>(() => DiskPlan.Create(new DiskConfig
        {
            DiskId = Disks.Id("disk"),
            Size = ByteSize.FromMiB(8),
            Parts =
            [
                Disks.Empty("table", PartitionType.Var, 1 << 20) with { StartBytes = 0 },
                Disks.Empty("one", PartitionType.Var, 3 << 20) with { StartBytes = 2 << 20 },
                Disks.Empty("two", PartitionType.Var, 4 << 20) with { StartBytes = 4 << 20 },
            ],
        }));
        Assert.Contains("'table' starts at byte 0, within the partition table", e.Message, StringComparison.Ordinal);
        Assert.Contains("'one' and 'two' overlap from byte 4194304 on", e.Message, StringComparison.Ordinal);
        Assert.Contains("'two' ends 16896 bytes behind the last usable one", e.Message, StringComparison.Ordinal); // 33 sectors
    }
}
