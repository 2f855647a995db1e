using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Iso;
using Strata.Formats.Tests.Fat;
using Strata.Formats.Tests.Gpt;

namespace Strata.Formats.Tests.Iso;

/// <summary>Inputs for the tests of ISO images.</summary>
internal static class Isos
{
    public const string ProgramPath = "/EFI/BOOT/BOOTX64.EFI";

    /// <summary>A FAT volume with one program that begins at a border of a block, and where that is.</summary>
    public static (IsoExtent Volume, long ProgramAt) System(byte[] program)
    {
        FileTree tree = new FileTree().Add(ProgramPath, program);
        FatPlan plan = FatPlan.Create(tree, new FatOptions { Label = "ESP", DataAlignment = 2048, ClusterSize = 2048, RootRecords = 16 });
        IsoExtent extent = new()
        {
            Name = "system", SizeBytes = plan.SizeBytes, Write = (output, token) => FatWriter.WriteAsync(plan, new Inline(), output, token),
        };
        return (extent, plan.OffsetOf(GuestPath.Parse(ProgramPath)));
    }

    /// <summary>All that an image can have: both boots, a file inside another one, long names, an empty file.</summary>
    public static IsoConfig Sample(byte[] program, IReadOnlyList<IsoFile>? more = null)
    {
        (IsoExtent system, long at) = System(program);
        return new IsoConfig
        {
            Label = "SAMPLE_1",
            Application = "A SAMPLE 1",
            DiskId = Disks.Id("iso"),
            Bios = new IsoBiosBoot(GuestPath.Parse("/isolinux/isolinux.bin"), FatTrees.Bytes(5001, 5), FatTrees.Bytes(432, 6)),
            Efi = new IsoEfiBoot(system, Disks.Id("esp")),
            Files =
            [
                new IsoFile(GuestPath.Parse("/boot/vmlinuz"), system, at + 2048, 3001),
                new IsoFile(GuestPath.Parse("/boot/initrd.img"), system, at + 8192, 5000),
                new IsoFile(GuestPath.Parse(ProgramPath), system, at, program.Length),
                File("/a name with spaces and a very, very long tail that no short name can hold.text", FatTrees.Bytes(2048, 7)),
                File("/a name with spaces and a very, very long tail that no other short name can hold.text", FatTrees.Bytes(2049, 8)),
                File("/empty", []),
                .. more ?? [],
            ],
        };
    }

    public static IsoFile File(string path, byte[] bytes) => IsoFile.Whole(GuestPath.Parse(path), IsoExtent.Of(path, bytes));

    public static async Task<byte[]> WriteAsync(IsoConfig config)
    {
        using MemoryStream image = new();
        IsoPlan plan = IsoPlan.Create(config);
        await IsoWriter.WriteAsync(plan, image);
        Assert.Equal(plan.SizeBytes, image.Length);
        return image.ToArray();
    }

    private sealed class Inline : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
