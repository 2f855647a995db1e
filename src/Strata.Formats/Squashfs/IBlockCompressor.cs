using Strata.Core;

namespace Strata.Formats.Squashfs;

/// <summary>A block as it lies in the image.</summary>
/// <param name="Stored">The stored bytes: fewer than the plain ones when compressed, the plain ones otherwise. Not changed until disposal.</param>
/// <param name="IsCompressed">False when the block is stored as it is because it does not get smaller.</param>
/// <param name="Owner">Owns the memory of <paramref name="Stored"/>; null when nobody has to. A cache copies what it keeps.</param>
public readonly record struct CompressedBlock(ReadOnlyMemory<byte> Stored, bool IsCompressed, IDisposable? Owner = null) : IDisposable
{
    /// <summary>Gives the memory back. Called by the writer when the bytes are written.</summary>
    public void Dispose() => Owner?.Dispose();
}

/// <summary>Turns plain blocks into stored ones. Where a cache of compressed blocks goes.</summary>
/// <remarks>
/// Called from several threads at once. The result may depend on nothing but the plain bytes and fixed parameters
/// (<see cref="Codecs.SquashfsCodec.CacheKey"/>), or images stop being reproducible.
/// </remarks>
public interface IBlockCompressor
{
    /// <summary>Compresses a block, or finds the result of an earlier time.</summary>
    /// <param name="plain">1 byte … block size; valid until the task ends.</param>
    /// <param name="digest">SHA-256 of <paramref name="plain"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<CompressedBlock> CompressAsync(ReadOnlyMemory<byte> plain, Sha256Digest digest, CancellationToken cancellationToken);
}
