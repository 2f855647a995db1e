using Strata.Core;
using Strata.Formats.Fat;

namespace Strata.Formats.Tests.Fat;

public class FatReaderTests
{
    private static async Task<byte[]> SampleAsync(FatType type)
    {
        using MemoryStream image = await FatTrees.WriteAsync(
            FatTrees.Random(3, 30, 3000), new FatOptions { Type = type, Label = "SAMPLE", ClusterSize = 512 });
        return image.ToArray();
    }

    [Theory]
    [InlineData(FatType.Fat12, 4000)]
    [InlineData(FatType.Fat16, 2000)]
    [InlineData(FatType.Fat32, 100)]
    public async Task Open_MutatedVolume_OnlyFormatExceptionsLeave(FatType type, int rounds)
    {
        byte[] sound = await SampleAsync(type);
        FatBootSector boot = FatBootSector.Read(sound);
        // What the reader looks at: boot area, both tables and directories, which come first among the clusters.
        int fatStart = boot.ReservedSectors * 512;
        int dataStart = (int)boot.FirstDataSector * 512;
        Random random = new(1);
        byte[] bytes = [.. sound];
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            List<int> places = [];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                int place = random.Next(4) switch
                {
                    0 => random.Next(90),
                    1 => fatStart + random.Next(200),
                    2 => dataStart - (boot.RootSectors * 512) + random.Next(3000),
                    _ => random.Next(dataStart + 8000),
                };
                places.Add(place);
                bytes[place] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
            }
            if (random.Next(2) == 0)
            {
                bytes.AsSpan(fatStart, (int)boot.FatSectors * 512).CopyTo(bytes.AsSpan(fatStart + ((int)boot.FatSectors * 512)));
            }
            try
            {
                FatDump.Of(FatReader.Open(new MemoryStream(bytes, writable: false)));
            }
            catch (ImageFormatException)
            {
                refused++;
            }
            foreach (int place in places)
            {
                bytes[place] = sound[place];
            }
            sound.AsSpan(fatStart, 2 * (int)boot.FatSectors * 512).CopyTo(bytes.AsSpan(fatStart));
        }
        Assert.InRange(refused, rounds / 4, rounds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(100_000)]
    public async Task Open_Truncated_IsRefused(int length)
    {
        byte[] sound = await SampleAsync(FatType.Fat12);
        Assert.Throws<ImageFormatException>(() => FatReader.Open(new MemoryStream(sound[..Math.Min(length, sound.Length - 1)])));
    }

    [Fact]
    public async Task Open_CrossLinkedFiles_IsRefused()
    {
        using MemoryStream image = await FatTrees.WriteAsync(
            new Core.Trees.FileTree().Add("/A", [1]).Add("/B", [2]), new FatOptions { Type = FatType.Fat12 });
        byte[] bytes = image.ToArray();
        FatBootSector boot = FatBootSector.Read(bytes);
        int root = (int)(boot.ReservedSectors + (2 * boot.FatSectors)) * 512;
        bytes[root + 32 + 26] = 2; // B now starts where A does
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => FatReader.Open(new MemoryStream(bytes)));
        Assert.Contains("belongs to two chains", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_LostCluster_IsRefused()
    {
        using MemoryStream image = await FatTrees.WriteAsync(
            new Core.Trees.FileTree().Add("/A", [1]).Add("/B", [2]), new FatOptions { Type = FatType.Fat12 });
        byte[] bytes = image.ToArray();
        FatBootSector boot = FatBootSector.Read(bytes);
        bytes[((int)(boot.ReservedSectors + (2 * boot.FatSectors)) * 512) + 32] = 0xE5; // B is deleted, its cluster is not
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => FatReader.Open(new MemoryStream(bytes)));
        Assert.Contains("taken but belongs to no file", e.Message, StringComparison.Ordinal);
    }
}
