using System.Text.Json.Serialization;

namespace Strata.Measure.Sizes;

/// <summary>What is fetched, and what it consists of.</summary>
/// <param name="Bytes">All of it: the sum of the parts.</param>
/// <param name="ImageBytes">Length of the image file, with the empty room of a disk.</param>
/// <param name="Parts">In the order in which they lie in the image.</param>
public sealed record DownloadNumbers(long Bytes, long ImageBytes, IReadOnlyList<SizePart> Parts);

/// <summary>A part of the image.</summary>
/// <param name="Name">The capability for files of an initramfs or a container; the layer; else what it is: <c>kernel</c>.</param>
/// <param name="Kind"><c>kernel</c>, <c>stub</c>, <c>init</c>, <c>capability</c>, <c>layer</c> or <c>rest</c>.</param>
/// <param name="Packed">Bytes in the image.</param>
/// <param name="IsExact">
/// False when <paramref name="Packed"/> and everything below are estimates: files in a solid archive share a dictionary. Estimates add up to the archive.
/// </param>
/// <param name="Packages">What its files came from; empty for what is one piece.</param>
public sealed record SizePart(string Name, string Kind, long Packed, bool IsExact, IReadOnlyList<SizePackage> Packages)
{
    /// <summary>Unpacked bytes.</summary>
    [JsonIgnore]
    public long Plain => Packages.Sum(p => p.Plain);
}

/// <summary>A package in a part.</summary>
/// <param name="Name">Its name; <see cref="Made"/> for what no package brought.</param>
/// <param name="Version">Its version; empty for <see cref="Made"/>.</param>
/// <param name="Packed">Bytes in the image.</param>
/// <param name="Plain">Bytes unpacked.</param>
/// <param name="Names">Paths of every type.</param>
/// <param name="Files">Its files with content, the largest in the image first; small ones may be left out of a history.</param>
public sealed record SizePackage(string Name, string Version, long Packed, long Plain, int Names, IReadOnlyList<SizeFile> Files)
{
    /// <summary>Stands for a package where none is: files of capabilities and of effects.</summary>
    public const string Made = "(made by the build)";
}

/// <summary>A file of a package.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Packed">Bytes in the image.</param>
/// <param name="Plain">Bytes unpacked.</param>
public sealed record SizeFile(string Path, long Packed, long Plain);

/// <summary>What an edition takes unpacked.</summary>
/// <param name="Bytes">Of all files, several names of one file counted once.</param>
/// <param name="Files">Files, several names counted once.</param>
/// <param name="Directories">Directories.</param>
/// <param name="Links">Symbolic links.</param>
/// <param name="OnDisk">Bytes where it lies: pages of 4 KiB in memory for an initramfs, the images for layers.</param>
/// <param name="OnDiskMeans">What <paramref name="OnDisk"/> counts.</param>
public sealed record InstalledNumbers(long Bytes, int Files, int Directories, int Links, long OnDisk, string OnDiskMeans)
{
    /// <summary>Files, directories and links.</summary>
    [JsonIgnore]
    public int Inodes => Files + Directories + Links;
}
