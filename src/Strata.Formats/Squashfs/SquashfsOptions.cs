using System.Numerics;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs;

/// <summary>Which bytes of files are packed together into fragment blocks.</summary>
public enum FragmentPacking
{
    /// <summary>None: every block holds bytes of one content only. Largest image, smallest updates.</summary>
    None,

    /// <summary>Files smaller than a block.</summary>
    SmallFiles,

    /// <summary>Files smaller than a block and what is left of larger ones behind their last full block.</summary>
    TailEnds,
}

/// <summary>Which files may share a fragment block.</summary>
public enum FragmentGrouping
{
    /// <summary>Files of one package (<see cref="Core.Trees.Origin.Package"/>): a change in one dirties no fragment of another.</summary>
    Package,

    /// <summary>All files: slightly smaller images.</summary>
    Image,
}

/// <summary>How an image is written.</summary>
public sealed record SquashfsOptions
{
    /// <summary>Compression of everything.</summary>
    public SquashfsCodec Codec { get; init; } = SquashfsCodec.Zstd();

    /// <summary>Plain size of a block in bytes: a power of two, 4 KiB … 1 MiB.</summary>
    public int BlockSize { get; init; } = 128 * 1024;

    /// <summary>The one time stamp, in seconds since 1970-01-01 UTC, of every inode and of the image.</summary>
    public uint Timestamp { get; init; }

    /// <summary>What goes into fragments.</summary>
    public FragmentPacking Fragments { get; init; } = FragmentPacking.TailEnds;

    /// <summary>Who shares fragments.</summary>
    public FragmentGrouping Grouping { get; init; } = FragmentGrouping.Package;

    /// <summary>Writes the table that NFS exports need.</summary>
    public bool IsExportable { get; init; } = true;

    /// <summary>Blocks compressed at once; fewer when <see cref="MemoryBudget"/> asks for it. Has no influence on the bytes.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory for buffers and compressors; one block at a time is worked on even when that is more. Has no influence on the bytes.</summary>
    public ByteSize MemoryBudget { get; init; } = ByteSize.FromMiB(192);

    /// <summary>Threads that fit into the budget, at least 1.</summary>
    internal int AffordableThreads
    {
        get
        {
            const int BuffersPerThread = 5; // two plain blocks and their results in flight, one being compressed into
            long each = Codec.EncoderMemory(BlockSize) + ((long)BuffersPerThread * BlockSize);
            return (int)Math.Clamp(MemoryBudget.Bytes / each, 1, Threads);
        }
    }

    /// <summary>Everything that is wrong with these options.</summary>
    public IEnumerable<string> Problems()
    {
        if (!BitOperations.IsPow2(BlockSize) || BlockSize is < SquashfsFormat.MinBlockSize or > SquashfsFormat.MaxBlockSize)
        {
            yield return $"squashfs block size is {BlockSize}, allowed are powers of two from {SquashfsFormat.MinBlockSize} to {SquashfsFormat.MaxBlockSize}";
        }
        if (Threads is < 1 or > 1024)
        {
            yield return $"squashfs thread count is {Threads}, allowed 1..1024";
        }
    }
}
