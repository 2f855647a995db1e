using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Testing;

namespace Strata.Formats.Tests.Fat;

public class FatWriterTests
{
    private static FileTree Esp() => new FileTree()
        .Add("/efi/boot/bootx64.efi", [.. Enumerable.Repeat((byte)'x', 70_000)])
        .Add("/EFI.TXT", "upper\n"u8.ToArray())
        .Add("/loader/entries/strata-1.2.3.conf", "title Strata\n"u8.ToArray())
        .Add("/loader/empty", []);

    private static readonly FatOptions s_options = new()
    {
        Label = "STRATA ESP",
        VolumeId = 0x1234ABCD,
        Time = new DateTimeOffset(2024, 2, 29, 13, 37, 43, TimeSpan.Zero),
    };

    [Fact]
    public async Task WriteAsync_Esp_DumpIsAsExpected()
    {
        using MemoryStream image = await FatTrees.WriteAsync(Esp(), s_options with { Size = ByteSize.FromMiB(8) });
        Assert.Equal("""
            FAT16 label 'STRATA ESP' id 1234ABCD media f8
            16384 sectors of 512 after 0, 2 reserved, 2 x 32 table, 32 root
            8143 clusters of 1024, 8068 free
            /EFI.TXT EFI.TXT file 6 2024-02-29T13:37:42Z cluster 6 e83189db
            /efi EFI dir 2024-02-29T13:37:42Z cluster 2
            /efi/boot BOOT dir 2024-02-29T13:37:42Z cluster 3
            /efi/boot/bootx64.efi BOOTX64.EFI file 70000 2024-02-29T13:37:42Z cluster 7 bca09f4a
            /loader LOADER dir 2024-02-29T13:37:42Z cluster 4
            /loader/empty EMPTY file 0 2024-02-29T13:37:42Z cluster 0 e3b0c442
            /loader/entries ENTRIES dir 2024-02-29T13:37:42Z cluster 5
            /loader/entries/strata-1.2.3.conf STRATA~1.CON file 13 2024-02-29T13:37:42Z cluster 76 8d7d32a9

            """, FatDump.Of(FatReader.Open(image)));
    }

    public static TheoryData<FatType, int, int?, int> Volumes()
    {
        TheoryData<FatType, int, int?, int> data = [];
        foreach (FatType type in Enum.GetValues<FatType>())
        {
            for (int seed = 1; seed <= 4; seed++)
            {
                data.Add(type, 512, null, seed);
            }
        }
        data.Add(FatType.Fat12, 512, 3, 5);
        data.Add(FatType.Fat16, 512, 64, 6);
        data.Add(FatType.Fat32, 512, 300, 7);
        data.Add(FatType.Fat16, 4096, 64, 8);
        return data;
    }

    [SkippableTheory]
    [MemberData(nameof(Volumes))]
    public async Task WriteAsync_RandomTree_FsckAndMtoolsAgree(FatType type, int sectorSize, int? mebibytes, int seed)
    {
        FileTree tree = FatTrees.Random(seed, type == FatType.Fat12 ? 60 : 250, 70_000);
        FatOptions options = s_options with
        {
            Type = type,
            SectorSize = sectorSize,
            Size = mebibytes is int size ? ByteSize.FromMiB(size) : null,
        };
        using TemporaryFolder folder = new();
        string image = folder["fat.img"];
        await FatTrees.WriteFileAsync(tree, options, image);

        (int exitCode, string output) = Oracle.Run("fsck.fat", "-n", "-v", image);
        Assert.True(exitCode == 0, output);
        Assert.Contains($"FAT{(int)type}", await TypeByMtoolsAsync(image), StringComparison.Ordinal);

        Directory.CreateDirectory(folder["out"]);
        (exitCode, output) = Oracle.Run("mcopy", "-s", "-Q", "-n", "-i", image, "::*", folder["out"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(FatTrees.Lines(tree), FatTrees.Lines(folder["out"]));

        await using FileStream stream = File.OpenRead(image);
        Assert.Equal(FatTrees.Lines(tree), FatTrees.Lines(FatReader.Open(stream)));
    }

    [SkippableFact]
    public async Task WriteAsync_ForeignNames_MtoolsReadsThem()
    {
        FileTree tree = new FileTree().Add("/Grüße.txt", [1]).Add("/日本語のファイル名.bin", [2]);
        using TemporaryFolder folder = new();
        await FatTrees.WriteFileAsync(tree, s_options, folder["fat.img"]);
        Directory.CreateDirectory(folder["out"]);
        Oracle.Find("mcopy");
        (int exitCode, string output) = Oracle.Run("env", "LC_ALL=C.UTF-8", "mcopy", "-s", "-Q", "-n", "-i", folder["fat.img"], "::*", folder["out"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(FatTrees.Lines(tree), FatTrees.Lines(folder["out"]));
    }

    [Fact]
    public async Task WriteAsync_NameBeyondTheBasicPlane_ComesBack()
    {
        using MemoryStream image = await FatTrees.WriteAsync(new FileTree().Add("/🙂 smile", [3]), s_options); // mtools knows no surrogates
        Assert.Equal("/🙂 smile", Assert.Single(FatReader.Open(image).Entries).Path.ToString());
    }

    [SkippableFact]
    public async Task WriteAsync_LabelAndSerial_MtoolsShowsThem()
    {
        using TemporaryFolder folder = new();
        await FatTrees.WriteFileAsync(Esp(), s_options, folder["fat.img"]);
        (_, string output) = Oracle.Run("mdir", "-/", "-i", folder["fat.img"], "::");
        Assert.Contains("STRATA ESP", output, StringComparison.Ordinal);
        Assert.Contains("1234-ABCD", output, StringComparison.Ordinal);
        Assert.Contains("bootx64.efi", output, StringComparison.Ordinal);
        Assert.Contains("2024-02-29  13:37", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_Twice_GivesTheSameBytes()
    {
        using MemoryStream first = await FatTrees.WriteAsync(FatTrees.Random(9, 100, 9000), s_options);
        using MemoryStream second = await FatTrees.WriteAsync(FatTrees.Random(9, 100, 9000), s_options);
        Assert.Equal(Sha256Digest.Of(first.ToArray()), Sha256Digest.Of(second.ToArray()));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task WriteAsync_ContentOfAnotherLength_IsAnError(int difference)
    {
        FileTree tree = new FileTree().AddNode("/a", new FileNode { Permissions = 0, Content = new StoredContent(10, default) });
        using Wrong reader = new(10 + difference);
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => FatWriter.WriteAsync(FatPlan.Create(tree, s_options), reader, new MemoryStream()));
        Assert.StartsWith("cannot write /a: its content ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_FullVolume_HasNoFreeCluster()
    {
        FileTree tree = new FileTree().Add("/a", FatTrees.Bytes(2_000_000));
        FatPlan plan = FatPlan.Create(tree, s_options with { Type = FatType.Fat12 });
        Assert.Equal(0, plan.FreeBytes);
        using MemoryStream image = await FatTrees.WriteAsync(tree, s_options with { Size = new ByteSize(plan.SizeBytes), ClusterSize = plan.Boot.ClusterSize });
        Assert.Equal(0, FatReader.Open(image).FreeClusters);
    }

    private static async Task<string> TypeByMtoolsAsync(string image)
    {
        // minfo shows the type that mtools derives from the cluster count, and the text of the boot sector.
        (_, string output) = await Task.Run(() => Oracle.Run("minfo", "-i", image, "::"));
        return output;
    }

    private sealed class Wrong(int length) : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(new byte[length]);

        public void Dispose()
        {
        }
    }
}
