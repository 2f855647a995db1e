using Strata.Core;

namespace Strata.Formats.Squashfs;

/// <summary>Keeps stored blocks, and of which plain blocks a content consists, so that an unchanged content need not even be read.</summary>
/// <remarks>Called from several threads at once. What it gives back is the cache's promise: the writer checks lengths, not meanings.</remarks>
public interface IBlockCache : IBlockCompressor
{
    /// <summary>The plain blocks of a unit, when they and their stored forms are all known.</summary>
    /// <param name="unit">Digest of everything that decides about the unit's bytes: contents, places in them, block size.</param>
    /// <param name="count">How many blocks it has.</param>
    /// <param name="plain">SHA-256 of each plain block; the default value for a block of zeros, which has no stored form.</param>
    bool TryRecall(Sha256Digest unit, int count, out IReadOnlyList<Sha256Digest> plain);

    /// <summary>Remembers the plain blocks of a unit, whose contents were checked.</summary>
    /// <param name="unit">As for <see cref="TryRecall"/>.</param>
    /// <param name="plain">As <see cref="TryRecall"/> gives them.</param>
    void Remember(Sha256Digest unit, IReadOnlyList<Sha256Digest> plain);

    /// <summary>The stored form of a plain block; false when it is gone or damaged.</summary>
    /// <param name="plain">SHA-256 of the plain bytes.</param>
    /// <param name="plainLength">How many they are.</param>
    /// <param name="room">Block size; the result may lie in it.</param>
    /// <param name="block">The block.</param>
    /// <param name="stored">SHA-256 of its stored bytes, checked.</param>
    bool TryLoad(Sha256Digest plain, int plainLength, Memory<byte> room, out CompressedBlock block, out Sha256Digest stored);
}
