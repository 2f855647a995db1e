using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Boot.Tests.Layers;

/// <summary>A disk that UEFI firmware starts by itself: EFI system partition with a UKI, store, and a partition for changes.</summary>
internal static class FirmwareDisk
{
    /// <summary>Makes it.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="initrd">The initrd of the UKI.</param>
    /// <param name="words">The kernel command line in the UKI, after those of every guest.</param>
    /// <param name="layers">Layers in the store, which is the second partition and is labelled <c>STRATA</c>.</param>
    /// <param name="state">Label of the partition for changes, the third.</param>
    public static async Task<string> MakeAsync(TemporaryFolder folder, string initrd, string words, IEnumerable<TestLayer> layers,
        string state)
    {
        FileTree tree = new();
        LayerBench.Add(tree, "/EFI/BOOT/BOOTX64.EFI", await UkiAsync(initrd, $"{LayeredGuest.Words} {words}"), Modes.Program);
        FatOptions options = new() { Label = "ESP", VolumeId = 0x57A7A002, HiddenSectors = (uint)(DiskPlan.Alignment / 512) };
        FatPlan esp = FatPlan.Create(tree, options);
        string store = await LayerBench.MediumAsync(folder, layers);
        string changes = LayerBench.StateDisk(folder, state);
        DiskPart[] parts =
        [
            new()
            {
                Label = "ESP",
                Type = PartitionType.Esp,
                Id = new Guid("57a7a000-0000-4000-8000-000000000001"),
                ContentBytes = esp.SizeBytes,
                Write = (output, token) => FatWriter.WriteAsync(esp, new LayerBench.InlineReader(), output, token),
            },
            Part("store", store, "57a7a000-0000-4000-8000-000000000002"),
            Part("changes", changes, "57a7a000-0000-4000-8000-000000000003"),
        ];
        string path = folder["firmware.img"];
        await using FileStream disk = File.Create(path);
        DiskConfig config = new() { DiskId = new Guid("57a7a000-0000-4000-8000-000000000000"), Parts = parts };
        await DiskWriter.WriteAsync(DiskPlan.Create(config), disk);
        return path;
    }

    /// <summary>A partition with the content of a file.</summary>
    public static DiskPart Part(string label, string content, string id) => new DiskPart
    {
        Label = label,
        Type = PartitionType.LinuxGeneric,
        Id = new Guid(id),
        ContentBytes = new FileInfo(content).Length,
    }.From(() => File.OpenRead(content));

    /// <summary>A UKI of the bench's kernel.</summary>
    /// <param name="initrd">Its initrd.</param>
    /// <param name="words">All words of the kernel command line.</param>
    /// <param name="version">The version that it says it has.</param>
    public static async Task<byte[]> UkiAsync(string initrd, string words, string version = "1")
    {
        byte[] archive = await File.ReadAllBytesAsync(initrd);
        UkiPlan plan = UkiPlan.Create(new UkiConfig
        {
            Stub = await File.ReadAllBytesAsync(LayerBench.Variable("STRATA_TEST_STUB")),
            Linux = new UkiContent(new FileInfo(LayerBench.Kernel).Length, () => File.OpenRead(LayerBench.Kernel)),
            Initrd = UkiContent.Of(archive),
            CommandLine = words,
            OsRelease = $"ID=bench\nNAME=Bench\nVERSION_ID={version}\n",
        });
        using MemoryStream image = new();
        await UkiWriter.WriteAsync(plan, image);
        return image.ToArray();
    }
}
