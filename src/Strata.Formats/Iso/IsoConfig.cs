using Strata.Core;

namespace Strata.Formats.Iso;

/// <summary>Bytes that lie in the image once and in one piece, whatever names lead to them.</summary>
public sealed record IsoExtent
{
    /// <summary>What it is, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Bytes that <see cref="Write"/> writes, exactly.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Writes the content to a stream that can only be written to, forwards.</summary>
    public required Func<Stream, CancellationToken, Task> Write { get; init; }

    /// <summary>Bytes at hand.</summary>
    public static IsoExtent Of(string name, ReadOnlyMemory<byte> bytes) => new()
    {
        Name = name,
        SizeBytes = bytes.Length,
        Write = async (output, cancellationToken) => await output.WriteAsync(bytes, cancellationToken),
    };
}

/// <summary>A file of the volume: a range of an extent. Ranges may overlap: the same bytes can be several files.</summary>
/// <param name="Path">Where it is found.</param>
/// <param name="Extent">Where its bytes are.</param>
/// <param name="Offset">First byte in the extent, a multiple of 2048.</param>
/// <param name="Length">Bytes of the file, 0 to just below 4 GiB.</param>
public sealed record IsoFile(GuestPath Path, IsoExtent Extent, long Offset, long Length)
{
    /// <summary>A file that is the whole extent.</summary>
    public static IsoFile Whole(GuestPath path, IsoExtent extent)
    {
        ArgumentNullException.ThrowIfNull(extent);
        return new IsoFile(path, extent, 0, extent.SizeBytes);
    }
}

/// <summary>How a BIOS starts the image: from a CD through El Torito, from a disk or stick through the boot program of the MBR.</summary>
/// <param name="Path">Path of the loader in the volume.</param>
/// <param name="Loader">ISOLINUX; the table with its place is written into it (bytes 8 to 63).</param>
/// <param name="DiskLoader">Boot program for the MBR that starts the loader, such as <c>isohdpfx.bin</c>: at most 432 bytes.</param>
public sealed record IsoBiosBoot(GuestPath Path, ReadOnlyMemory<byte> Loader, ReadOnlyMemory<byte> DiskLoader);

/// <summary>How UEFI firmware starts the image.</summary>
/// <param name="System">A FAT volume with <c>EFI/BOOT/…</c>: the boot image of the CD and the EFI system partition of the disk.</param>
/// <param name="PartitionId">Identity of the partition.</param>
public sealed record IsoEfiBoot(IsoExtent System, Guid PartitionId);

/// <summary>An ISO 9660 image to be made. Nothing is taken from the machine that makes it.</summary>
public sealed record IsoConfig
{
    /// <summary>Name of the volume: 1 to 32 upper-case letters, digits and underscores (§8.4.4 of ECMA-119).</summary>
    public required string Label { get; init; }

    /// <summary>Identity of the disk that the image is on a stick.</summary>
    public required Guid DiskId { get; init; }

    /// <summary>The files; directories follow from their paths.</summary>
    public required IReadOnlyList<IsoFile> Files { get; init; }

    /// <summary>How a BIOS starts it; null when it does not.</summary>
    public IsoBiosBoot? Bios { get; init; }

    /// <summary>How UEFI firmware starts it; null when it does not.</summary>
    public IsoEfiBoot? Efi { get; init; }

    /// <summary>
    /// What the image is of, for people who look into it: at most 128 characters that <see cref="IsoText.IsACharacter"/> allows.
    /// </summary>
    public string Application { get; init; } = "";

    /// <summary>The one time of the volume and all files, in UTC, 1900 to 2155; seconds count.</summary>
    public DateTimeOffset Time { get; init; } = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
