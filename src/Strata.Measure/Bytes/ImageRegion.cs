namespace Strata.Measure.Bytes;

/// <summary>What a packed range unpacks to.</summary>
internal enum PackedKind
{
    /// <summary>It is not packed, or nobody looks into it.</summary>
    None,

    /// <summary>A cpio archive: an initramfs.</summary>
    Cpio,

    /// <summary>A tar archive: a layer of a container image.</summary>
    Tar,
}

/// <summary>A range of an image, and what lies there.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Structure">What it is, outermost first: a partition, a file in it, a section of that.</param>
internal sealed record ImageRegion(long Start, long Length, IReadOnlyList<string> Structure)
{
    /// <summary>Path of the file of the system that the bytes are of; null where they are of none, or of many.</summary>
    public string? File { get; init; }

    /// <summary>Says what exactly lies at a byte, counted from <see cref="Whole"/>; null when nothing more can be said.</summary>
    public Func<long, string?>? Detail { get; init; }

    /// <summary>What it unpacks to.</summary>
    public PackedKind Packed { get; init; }

    /// <summary>Where the region started before others were laid over it.</summary>
    public long Whole { get; init; } = Start;

    /// <summary>First byte behind it.</summary>
    public long End => Start + Length;
}

/// <summary>Where regions are told from: all of them, and the structure that one is within.</summary>
/// <param name="Regions">Gets them; what lies within another comes after it.</param>
/// <param name="Start">First byte of the structure.</param>
/// <param name="Names">The structure, outermost first.</param>
internal sealed record RegionScope(List<ImageRegion> Regions, long Start, IReadOnlyList<string> Names)
{
    /// <summary>Adds a region of this structure; one without bytes is none.</summary>
    /// <param name="offset">First byte, from the start of the structure.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="name">What it is.</param>
    /// <param name="file">Path of the file that it is of.</param>
    /// <param name="detail">Says more of a byte of it.</param>
    /// <param name="packed">What it unpacks to.</param>
    public void Add(
        long offset, long length, string name, string? file = null, Func<long, string?>? detail = null,
        PackedKind packed = PackedKind.None)
    {
        if (length > 0)
        {
            Regions.Add(new ImageRegion(Start + offset, length, [.. Names, name]) { File = file, Detail = detail, Packed = packed });
        }
    }

    /// <summary>A structure within this one.</summary>
    public RegionScope Within(long offset, string name) => new(Regions, Start + offset, [.. Names, name]);
}
