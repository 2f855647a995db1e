using Strata.Core;
using Strata.Formats.Iso;
using Strata.Formats.Tests.Fat;
using Strata.Formats.Tests.Gpt;

namespace Strata.Formats.Tests.Iso;

public class IsoPlanTests
{
    private static readonly byte[] s_program = FatTrees.Bytes(20_000, 1);

    [Theory]
    [InlineData("/x", 4_294_967_296, "has 4294967296 bytes")]
    [InlineData("/1/2/3/4/5/6/7/8/9", 5, "levels deep")]
    [InlineData("/boot", 5, "a file and a directory")]
    [InlineData("/empty", 5, "there twice")]
    public void Create_ImpossibleFile_IsNamedWithItsRule(string path, long size, string problem)
    {
        IsoExtent extent = IsoExtent.Of("x", new byte[5]) with { SizeBytes = size };
        IsoConfig config = Isos.Sample(s_program, [IsoFile.Whole(GuestPath.Parse(path), extent)]);
        StrataException e = Assert.Throws<StrataException>(() => IsoPlan.Create(config));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_LongName_IsRefused()
    {
        IsoConfig config = Isos.Sample(s_program, [Isos.File("/" + new string('x', 141), [1])]);
        Assert.Contains("more than 140 bytes", Assert.Throws<StrataException>(() => IsoPlan.Create(config)).Message, StringComparison.Ordinal);
        IsoPlan.Create(Isos.Sample(s_program, [Isos.File("/" + new string('x', 140), [1])]));
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2048, 100_000_000)]
    [InlineData(-2048, 10)]
    public void Create_RangeOutsideOrAskew_IsRefused(long offset, long length)
    {
        IsoConfig config = Isos.Sample(s_program);
        config = config with { Files = [.. config.Files, new IsoFile(GuestPath.Parse("/askew"), config.Efi!.System, offset, length)] };
        Assert.Contains("/askew is", Assert.Throws<StrataException>(() => IsoPlan.Create(config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WrongValues_AreAllNamedAtOnce()
    {
        IsoConfig config = Isos.Sample(s_program) with { Label = "small letters", Application = "ä", DiskId = Guid.Empty };
        config = config with { Bios = config.Bios! with { Loader = new byte[5], DiskLoader = new byte[433] } };
        string message = Assert.Throws<StrataException>(() => IsoPlan.Create(config)).Message;
        foreach (string part in new[] { "label 'small letters'", "application 'ä'", "identity", "the loader has 5 bytes", "for disks has 433 bytes" })
        {
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Create_TooManyDirectories_IsRefused()
    {
        IsoExtent empty = IsoExtent.Of("empty", default);
        IsoConfig config = new()
        {
            Label = "MANY",
            DiskId = Disks.Id("many"),
            Files = [.. Enumerable.Range(0, 65_535).Select(i => IsoFile.Whole(GuestPath.Parse($"/{i}/f"), empty))],
        };
        Assert.Contains("65536 directories", Assert.Throws<StrataException>(() => IsoPlan.Create(config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_FilesOfOneExtent_TakeItsRoomOnce()
    {
        IsoConfig config = Isos.Sample(s_program);
        IsoConfig without = config with { Files = [.. config.Files.Where(f => f.Extent != config.Efi!.System)] };
        long directories = IsoPlan.Create(config).SizeBytes - IsoPlan.Create(without).SizeBytes;
        Assert.Equal(3 * 2048, directories); // /boot, /EFI and /EFI/BOOT
    }
}

public class IsoNamesTests
{
    [Fact]
    public void Short_Names_AreDistinctAndOfAllowedCharacters()
    {
        string[] names = IsoNames.Short(
        [
            ("initrd.img", false), ("vmlinuz", false), (".hidden", false), ("a.b.c", false), ("ä b", true), ("ö b", true),
            (new string('x', 64) + "1", false), (new string('x', 64) + "2", false), ("folder.d", true),
        ]);
        Assert.Equal(
        [
            "INITRD.IMG;1", "VMLINUZ.;1", ".HIDDEN;1", "A_B.C;1", "__B", "__B_1",
            new string('X', 30) + ".;1", new string('X', 28) + "_1.;1", "FOLDER_D",
        ], names);
    }

    [Theory]
    [InlineData("A.;1", "A_.;1")]
    [InlineData("A.A;1", "A.B;1")]
    [InlineData("A.Z;1", "AA.A;1")]
    public void Compare_OrdersAsIfPadded(string less, string more)
    {
        Assert.True(IsoNames.Compare(less, more) < 0);
        Assert.True(IsoNames.Compare(more, less) > 0);
    }
}
