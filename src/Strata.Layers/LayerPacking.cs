using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Compression;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Layers;

/// <summary>How the layers of an edition are compressed.</summary>
/// <param name="Codec">Compression and level.</param>
/// <param name="BlockSize">Block size in bytes.</param>
public sealed record LayerPacking(SquashfsCodec Codec, int BlockSize)
{
    /// <summary>
    /// <c>xz</c>: the smallest, 1 MiB blocks, with the branch filter of the architecture. <c>zstd</c>: read several times as fast, 128 KiB blocks so that
    /// a small read decompresses little; level 17, because the two above it take up to twice the time for four thousandths of the size
    /// (docs/decisions/0105-a-cold-build-does-less.md). <c>fast</c>: for the edit-and-boot loop.
    /// </summary>
    /// <param name="name">One of <see cref="Edition.PackingNames"/>.</param>
    /// <param name="architecture">Processor of the edition.</param>
    /// <param name="libraries">What compresses: libraries of the lock, because a layer has the same bytes on any machine.</param>
    /// <exception cref="ArgumentException">The name is none of <see cref="Edition.PackingNames"/>.</exception>
    public static LayerPacking Named(string name, GuestArchitecture architecture, CompressionLibraries libraries)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return name switch
        {
            "xz" => new LayerPacking(SquashfsCodec.Xz(x86Filter: architecture.HasX86Branches) with { Libraries = libraries }, 1 << 20),
            "zstd" => new LayerPacking(SquashfsCodec.Zstd(17) with { Libraries = libraries }, 128 << 10),
            "fast" => new LayerPacking(SquashfsCodec.Zstd(3) with { Libraries = libraries }, 128 << 10),
            _ => throw new ArgumentException($"no packing is called '{name}'", nameof(name)),
        };
    }

    /// <summary>As the writer wants it.</summary>
    internal SquashfsOptions ToOptions(int? threads = null) => new()
    {
        Codec = Codec,
        BlockSize = BlockSize,
        Fragments = FragmentPacking.TailEnds,
        Grouping = FragmentGrouping.Package,
        IsExportable = false, // nobody serves a layer by NFS, and the table would change with every file
        Threads = threads ?? Environment.ProcessorCount,
    };
}
