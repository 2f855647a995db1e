using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Squashfs;

/// <summary>What an image is made of.</summary>
/// <param name="Tree">Names and inodes.</param>
/// <param name="Contents">Opens the files; used from one thread, in the tree's content order grouped by package.</param>
/// <param name="Xattrs">
/// Extended attributes of a path by full name, <c>security.capability</c>; null or an empty list for none. Of several names of one node the
/// first in path order is asked.
/// </param>
public sealed record SquashfsSource(
    FileTree Tree,
    IContentReader Contents,
    Func<GuestPath, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)>?>? Xattrs = null);

/// <summary>One data or fragment block of an image: a line of the block index.</summary>
/// <param name="Plain">SHA-256 of the plain bytes.</param>
/// <param name="Stored">SHA-256 of the stored bytes; equal to <paramref name="Plain"/> for a block stored as it is.</param>
/// <param name="Offset">First stored byte, from the start of the image.</param>
/// <param name="StoredLength">Stored bytes, 1 … block size.</param>
/// <param name="PlainLength">Plain bytes, 1 … block size.</param>
public readonly record struct SquashfsBlock(Sha256Digest Plain, Sha256Digest Stored, long Offset, int StoredLength, int PlainLength);

/// <summary>A table of an image: its metadata blocks, and the list of these where it has one.</summary>
/// <param name="Name">What it is, in words: <c>inode table</c>.</param>
/// <param name="Offset">First byte, from the start of the image.</param>
/// <param name="Length">Stored bytes.</param>
public readonly record struct SquashfsTable(string Name, long Offset, long Length);

/// <summary>A written image.</summary>
/// <param name="Superblock">Its first 96 bytes.</param>
/// <param name="Length">Bytes with padding, a multiple of <see cref="SquashfsFormat.ImageAlignment"/>.</param>
/// <param name="Blocks">The block index: every data and fragment block in the order of the disk; blocks of zeros are not stored.</param>
public sealed record SquashfsImage(SquashfsSuperblock Superblock, long Length, IReadOnlyList<SquashfsBlock> Blocks);
