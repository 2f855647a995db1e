using System.Buffers;
using System.Collections.Concurrent;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs;

/// <summary>Compresses every block anew. The bottom of any cache.</summary>
public sealed class CodecBlockCompressor : IBlockCompressor, IDisposable
{
    private readonly SquashfsCodec _codec;
    private readonly int _blockSize;
    private readonly ConcurrentBag<IBlockEncoder> _idle = [];

    /// <summary>Makes a compressor.</summary>
    /// <param name="codec">Compression and level.</param>
    /// <param name="blockSize">Block size of the image in bytes.</param>
    /// <exception cref="StrataException">The codec's library is not on this machine.</exception>
    public CodecBlockCompressor(SquashfsCodec codec, int blockSize)
    {
        ArgumentNullException.ThrowIfNull(codec);
        _codec = codec;
        _blockSize = blockSize;
        _idle.Add(codec.CreateEncoder(blockSize)); // a missing library shows here, not in some thread later
    }

    /// <inheritdoc/>
    public ValueTask<CompressedBlock> CompressAsync(ReadOnlyMemory<byte> plain, Sha256Digest digest, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(plain.Length);
        cancellationToken.ThrowIfCancellationRequested();
        if (!_idle.TryTake(out IBlockEncoder? encoder))
        {
            encoder = _codec.CreateEncoder(_blockSize);
        }
        IMemoryOwner<byte>? room = MemoryPool<byte>.Shared.Rent(plain.Length);
        try
        {
            int length = encoder.Encode(plain.Span, room.Memory.Span);
            if (length == 0)
            {
                return ValueTask.FromResult(new CompressedBlock(plain, IsCompressed: false));
            }
            CompressedBlock block = new(room.Memory[..length], IsCompressed: true, room);
            room = null; // the writer's now
            return ValueTask.FromResult(block);
        }
        finally
        {
            room?.Dispose();
            _idle.Add(encoder);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out IBlockEncoder? encoder))
        {
            encoder.Dispose();
        }
    }
}
