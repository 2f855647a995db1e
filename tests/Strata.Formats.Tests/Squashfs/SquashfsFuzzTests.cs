using System.Diagnostics;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

public class SquashfsFuzzTests
{
    private static readonly SquashfsLimits s_limits = new() { MaxContentBytes = 64 << 20, MaxNames = 100_000 };

    [Theory]
    [InlineData("xz", 300)]
    [InlineData("zstd", 600)]
    [InlineData("lz4", 600)]
    [InlineData("gzip", 600)]
    public async Task Read_AnyMutatedImage_EndsInImageFormatExceptionOrSuccess(string codec, int rounds)
    {
        byte[] image = await SmallImageAsync(codec);
        Stopwatch watch = Stopwatch.StartNew();
        int refused = Mutator.Of(image, rounds, seed: rounds).Count(mutated => !ReadsEverything(mutated));
        Assert.InRange(refused, rounds / 2, rounds);
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"{rounds} images took {watch.Elapsed}");
    }

    /// <summary>Metadata stored as it is, so that mutations reach fields instead of breaking the compression.</summary>
    [SkippableFact]
    public async Task Read_MutatedPlainMetadata_EndsInImageFormatExceptionOrSuccess()
    {
        byte[] image = await PlainMetadataImageAsync();
        Assert.True(ReadsEverything(image));
        Random random = new(11);
        int tables = (int)BitConverter.ToInt64(image, 64); // inode_table_start
        int refused = 0;
        for (int i = 0; i < 4000; i++)
        {
            byte[] mutated = [.. image];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                int at = random.Next(5) == 0 ? random.Next(96) : random.Next(tables, image.Length);
                mutated[at] = random.Next(3) switch
                {
                    0 => (byte)random.Next(256),
                    1 => 0xFF,
                    _ => (byte)(mutated[at] ^ (1 << random.Next(8))),
                };
            }
            refused += ReadsEverything(mutated) ? 0 : 1;
        }
        Assert.InRange(refused, 1000, 4000);
    }

    [Fact]
    public async Task Read_AnyTruncatedImage_IsRefused()
    {
        byte[] image = await SmallImageAsync("zstd");
        int used = (int)BitConverter.ToInt64(image, 40); // bytes_used
        for (int length = 0; length < used; length += 1 + (length / 50))
        {
            Assert.False(ReadsEverything(image[..length]), $"{length} of {used} bytes");
        }
        Assert.True(ReadsEverything(image[..used])); // padding is not needed
    }

    private static bool ReadsEverything(byte[] image)
    {
        try
        {
            using SquashfsReader reader = new(new MemoryStream(image, writable: false), s_limits);
            FileTree tree = reader.ReadTree(new Origin(null, null, "fuzz"));
            SquashfsDump.Of(reader);
            foreach (TreeEntry entry in tree.Entries)
            {
                Assert.True(reader.TryFind(entry.Path, out _));
            }
            return true;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    private static async Task<byte[]> SmallImageAsync(string codec)
    {
        using TemporaryFolder folder = new();
        RandomTree random = new(3, 4096, 60);
        await SquashfsWriterTests.WriteAsync(
            random, folder["image"], new SquashfsOptions { Codec = SquashfsWriterTests.CodecOf(codec), BlockSize = 4096 });
        return await File.ReadAllBytesAsync(folder["image"]);
    }

    /// <summary>mksquashfs can leave everything uncompressed; our writer always tries.</summary>
    private static async Task<byte[]> PlainMetadataImageAsync()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["tree/a/b"]);
        for (int i = 0; i < 40; i++)
        {
            await File.WriteAllTextAsync(folder[$"tree/a/f{i}"], new string('x', i * 500));
            File.CreateSymbolicLink(folder[$"tree/a/b/l{i}"], $"../f{i}");
        }
        (int exitCode, string output) = Oracle.Run(
            "mksquashfs", folder["tree"], folder["image"], "-b", "4096", "-noI", "-noId", "-noX", "-noF", "-noD", "-tailends", "-no-progress", "-all-root");
        Assert.True(exitCode == 0, output);
        return await File.ReadAllBytesAsync(folder["image"]);
    }
}
