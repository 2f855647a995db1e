using System.Buffers;
using System.Text;
using Strata.Core;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Store.Blocks;

namespace Strata.Layers;

/// <summary>Takes stored blocks from the store's block cache, and compresses and keeps what is not there.</summary>
/// <remarks>Keys are digests: of codec, parameters and plain digest for a block; of the unit for a list of blocks (docs/formats/blocks.md).</remarks>
internal sealed class CachedBlockCompressor : IBlockCache, IDisposable
{
    // raise it when the encoders of Strata.Formats start to make other bytes with the same library and parameters
    private const string BlockKind = "strata-block 1";
    private const string ListKind = "strata-blocks-of-unit 1";

    private readonly BlockCache _cache;
    private readonly CodecBlockCompressor _codec;
    private readonly byte[] _blockPrefix;
    private readonly byte[] _listPrefix;
    private long _compressed;
    private long _found;

    /// <summary>Makes a compressor for images of one codec and block size.</summary>
    /// <param name="cache">Outlives it.</param>
    /// <param name="codec">Compression and level.</param>
    /// <param name="blockSize">Block size in bytes.</param>
    /// <exception cref="StrataException">The codec's library is not on this machine.</exception>
    public CachedBlockCompressor(BlockCache cache, SquashfsCodec codec, int blockSize)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(codec);
        _cache = cache;
        _codec = new CodecBlockCompressor(codec, blockSize);
        _blockPrefix = Encoding.UTF8.GetBytes($"{BlockKind} {codec.CacheKey(blockSize)}\n");
        _listPrefix = Encoding.UTF8.GetBytes($"{ListKind}\n");
    }

    /// <summary>Blocks that had to be compressed.</summary>
    public long CompressedBlocks => Interlocked.Read(ref _compressed);

    /// <summary>Blocks that were there.</summary>
    public long FoundBlocks => Interlocked.Read(ref _found);

    /// <inheritdoc/>
    public async ValueTask<CompressedBlock> CompressAsync(ReadOnlyMemory<byte> plain, Sha256Digest digest, CancellationToken cancellationToken)
    {
        Sha256Digest key = KeyOf(_blockPrefix, digest);
        IMemoryOwner<byte> room = MemoryPool<byte>.Shared.Rent(plain.Length);
        if (_cache.TryRead(key, room.Memory.Span[..plain.Length], out CachedBlock found, out _) && found.PlainLength == plain.Length)
        {
            Interlocked.Increment(ref _found);
            if (found.StoredLength < plain.Length)
            {
                return new CompressedBlock(room.Memory[..found.StoredLength], IsCompressed: true, room);
            }
            room.Dispose();
            return new CompressedBlock(plain, IsCompressed: false);
        }
        room.Dispose();
        CompressedBlock block = await _codec.CompressAsync(plain, digest, cancellationToken);
        Interlocked.Increment(ref _compressed);
        _cache.Add(key, block.Stored.Span, plain.Length);
        return block;
    }

    /// <inheritdoc/>
    public bool TryRecall(Sha256Digest unit, int count, out IReadOnlyList<Sha256Digest> plain)
    {
        plain = [];
        int length = count > BlockCache.MaxLength / Sha256Digest.Size ? 0 : count * Sha256Digest.Size;
        byte[] list = new byte[length];
        if (length == 0 || !_cache.TryRead(KeyOf(_listPrefix, unit), list, out CachedBlock found, out _) || found.StoredLength != length)
        {
            return false;
        }
        Sha256Digest[] digests = new Sha256Digest[count];
        for (int i = 0; i < count; i++)
        {
            digests[i] = new Sha256Digest(list.AsSpan(i * Sha256Digest.Size, Sha256Digest.Size));
            if (digests[i] != default && !_cache.TryFind(KeyOf(_blockPrefix, digests[i]), out _))
            {
                return false;
            }
        }
        plain = digests;
        return true;
    }

    /// <inheritdoc/>
    public void Remember(Sha256Digest unit, IReadOnlyList<Sha256Digest> plain)
    {
        ArgumentNullException.ThrowIfNull(plain);
        if (plain.Count > BlockCache.MaxLength / Sha256Digest.Size)
        {
            return; // a file of more than 16 GiB in blocks of 128 KiB is read again
        }
        byte[] list = new byte[plain.Count * Sha256Digest.Size];
        for (int i = 0; i < plain.Count; i++)
        {
            plain[i].Bytes.CopyTo(list.AsSpan(i * Sha256Digest.Size));
        }
        _cache.Add(KeyOf(_listPrefix, unit), list, list.Length);
    }

    /// <inheritdoc/>
    public bool TryLoad(Sha256Digest plain, int plainLength, Memory<byte> room, out CompressedBlock block, out Sha256Digest stored)
    {
        if (_cache.TryRead(KeyOf(_blockPrefix, plain), room.Span, out CachedBlock found, out stored) && found.PlainLength == plainLength)
        {
            Interlocked.Increment(ref _found);
            block = new CompressedBlock(room[..found.StoredLength], IsCompressed: found.StoredLength < plainLength);
            return true;
        }
        block = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => _codec.Dispose();

    private static Sha256Digest KeyOf(byte[] prefix, Sha256Digest digest)
    {
        Span<byte> bytes = stackalloc byte[prefix.Length + Sha256Digest.Size];
        prefix.CopyTo(bytes);
        digest.Bytes.CopyTo(bytes[prefix.Length..]);
        return Sha256Digest.Of(bytes);
    }
}
