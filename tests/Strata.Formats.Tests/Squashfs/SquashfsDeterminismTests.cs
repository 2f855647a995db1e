using System.Collections.Concurrent;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

public class SquashfsDeterminismTests
{
    [Fact]
    public async Task Write_AnyThreadCountAndMemory_GivesTheSameBytes()
    {
        RandomTree random = new(21, 16384);
        using TemporaryFolder folder = new();
        SquashfsOptions options = new() { BlockSize = 16384, Threads = 1 };
        await SquashfsWriterTests.WriteAsync(random, folder["1"], options);
        await SquashfsWriterTests.WriteAsync(random, folder["7"], options with { Threads = 7 });
        await SquashfsWriterTests.WriteAsync(random, folder["8"], options with { Threads = 8, MemoryBudget = new ByteSize(1) });

        byte[] expected = await File.ReadAllBytesAsync(folder["1"]);
        Assert.Equal(expected, await File.ReadAllBytesAsync(folder["7"]));
        Assert.Equal(expected, await File.ReadAllBytesAsync(folder["8"]));
    }

    [Fact]
    public async Task Write_ATreeBuiltInAnotherOrder_GivesTheSameBytes()
    {
        RandomTree random = new(22, 16384);
        FileTree reversed = new();
        foreach (TreeEntry entry in random.Tree.Entries.Where(e => e.Node is DirectoryNode))
        {
            reversed.Add(entry.Path, entry.Node, entry.Origin);
        }
        foreach (TreeEntry entry in random.Tree.Entries.Reverse().Where(e => e.Node is not DirectoryNode))
        {
            reversed.Add(entry.Path, entry.Node, entry.Origin);
        }
        using MemoryStream one = await SquashfsReaderTests.WriteAsync(random.Tree, new SquashfsOptions());
        using MemoryStream other = await SquashfsReaderTests.WriteAsync(reversed, new SquashfsOptions());

        Assert.Equal(one.ToArray(), other.ToArray());
    }

    [Fact]
    public async Task Write_AtAnOffset_GivesTheSameBytes()
    {
        FileTree tree = new RandomTree(23, 4096, 80).Tree;
        using MemoryStream alone = await SquashfsReaderTests.WriteAsync(tree, new SquashfsOptions { BlockSize = 4096 });
        using Contents contents = new();
        using MemoryStream behind = new();
        behind.Write(new byte[1000]);

        SquashfsImage image = await SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), behind, new SquashfsOptions { BlockSize = 4096 });

        Assert.Equal(1000 + image.Length, behind.Position);
        Assert.Equal(alone.ToArray(), behind.ToArray()[1000..]);
    }

    [Fact]
    public async Task Write_Blocks_IndexDescribesEveryStoredByteOfTheData()
    {
        RandomTree random = new(24, 8192);
        using TemporaryFolder folder = new();
        SquashfsImage image = await SquashfsWriterTests.WriteAsync(random, folder["image"], new SquashfsOptions { BlockSize = 8192 });
        byte[] bytes = await File.ReadAllBytesAsync(folder["image"]);

        Assert.Equal(bytes.Length, image.Length);
        Assert.Equal(0, bytes.Length % 4096);
        long next = 96; // zstd level 15 needs no options behind the superblock
        foreach (SquashfsBlock block in image.Blocks)
        {
            Assert.Equal(next, block.Offset);
            Assert.Equal(block.Stored, Sha256Digest.Of(bytes.AsSpan((int)block.Offset, block.StoredLength)));
            Assert.InRange(block.StoredLength, 1, block.PlainLength);
            Assert.Equal(block.StoredLength == block.PlainLength, block.Stored == block.Plain);
            next += block.StoredLength;
        }
        Assert.Equal((long)image.Superblock.InodeTable, next);
    }

    [Fact]
    public async Task Write_WithACache_CompressesOnlyWhatChanged()
    {
        SquashfsOptions options = new() { BlockSize = 4096, Threads = 3 };
        using Cache cache = new(options);
        FileTree tree = PackagesTree("one");
        using Contents contents = new();
        using MemoryStream first = new();
        SquashfsImage firstImage = await SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), first, options, cache);
        int cold = cache.Misses;
        Assert.Equal(firstImage.Blocks.Select(b => b.Plain).Distinct().Count(), cold);

        using MemoryStream second = new();
        await SquashfsWriter.WriteAsync(new SquashfsSource(tree, contents), second, options, cache);
        Assert.Equal(cold, cache.Misses);
        Assert.Equal(first.ToArray(), second.ToArray());

        using MemoryStream third = new();
        SquashfsImage thirdImage = await SquashfsWriter.WriteAsync(new SquashfsSource(PackagesTree("two"), contents), third, options, cache);
        Assert.Equal(cold + 1, cache.Misses); // the fragment of the package whose file changed
        Assert.Single(thirdImage.Blocks.Select(b => b.Stored).Except(firstImage.Blocks.Select(b => b.Stored)));
    }

    [Fact]
    public async Task Write_DamagedCache_IsRefused()
    {
        SquashfsOptions options = new() { BlockSize = 4096 };
        using Contents contents = new();
        using MemoryStream output = new();

        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => SquashfsWriter.WriteAsync(new SquashfsSource(PackagesTree("one"), contents), output, options, new DamagedCache()));

        Assert.Contains("not possible", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_Cancelled_EndsSoonAndLeavesNoImage()
    {
        using CancellationTokenSource stop = new();
        using Contents contents = new();
        using MemoryStream output = new();
        Task writing = SquashfsWriter.WriteAsync(
            new SquashfsSource(PackagesTree("one"), contents), output, new SquashfsOptions { BlockSize = 4096 }, new CancelsAtOnce(stop), cancellationToken: stop.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Equal(new byte[96], output.ToArray()[..96]);
    }

    private static FileTree PackagesTree(string text)
    {
        FileTree tree = new();
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = new byte[random.Next(1, 9000)];
            random.NextBytes(bytes);
            bytes.AsSpan(bytes.Length / 2).Clear();
            string package = "p" + (i % 10);
            tree.Add(GuestPath.Parse($"/usr/share/{package}/{i}"), new FileNode { Permissions = Modes.File, Content = new InlineContent(bytes) }, new Origin(null, package, "test"));
        }
        tree.Add(GuestPath.Parse("/usr/share/p4/z"), new FileNode { Permissions = Modes.File, Content = InlineContent.FromText(text) }, new Origin(null, "p4", "test"));
        return tree;
    }

    private sealed class Cache(SquashfsOptions options) : IBlockCompressor, IDisposable
    {
        private readonly CodecBlockCompressor _codec = new(options.Codec, options.BlockSize);
        private readonly ConcurrentDictionary<Sha256Digest, CompressedBlock> _blocks = [];
        private int _misses;

        public int Misses => _misses;

        public async ValueTask<CompressedBlock> CompressAsync(ReadOnlyMemory<byte> plain, Sha256Digest digest, CancellationToken cancellationToken)
        {
            if (!_blocks.TryGetValue(digest, out CompressedBlock block))
            {
                Interlocked.Increment(ref _misses);
                using CompressedBlock compressed = await _codec.CompressAsync(plain, digest, cancellationToken);
                block = compressed with { Stored = compressed.Stored.ToArray(), Owner = null };
                _blocks[digest] = block;
            }
            return block;
        }

        public void Dispose() => _codec.Dispose();
    }

    private sealed class DamagedCache : IBlockCompressor
    {
        public ValueTask<CompressedBlock> CompressAsync(ReadOnlyMemory<byte> plain, Sha256Digest digest, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new CompressedBlock(new byte[plain.Length + 1], IsCompressed: true));
    }

    private sealed class CancelsAtOnce(CancellationTokenSource stop) : IBlockCompressor
    {
        public async ValueTask<CompressedBlock> CompressAsync(ReadOnlyMemory<byte> plain, Sha256Digest digest, CancellationToken cancellationToken)
        {
            await stop.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return new CompressedBlock(plain, IsCompressed: false);
        }
    }
}
