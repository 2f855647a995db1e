using Strata.Core;

namespace Strata.Flash.Writing;

/// <summary>What was written.</summary>
/// <param name="Digest">SHA-256 of the image as it was read and written.</param>
/// <param name="Bytes">Bytes of the image.</param>
/// <param name="Cleared">Bytes of it that are zero and took neither time nor room, in a file.</param>
/// <param name="Writing">Time until everything was on the disk.</param>
/// <param name="ReadingBack">Time of reading all of it again and comparing.</param>
/// <param name="FromDisk">True when the disk itself was asked; false when the kernel may have answered from memory.</param>
public sealed record FlashOutcome(
    Sha256Digest Digest, long Bytes, long Cleared, TimeSpan Writing, TimeSpan ReadingBack, bool FromDisk);
