using Strata.Core;

namespace Strata.Editions.Verifying;

/// <summary>Finds out what somebody's image is meant to be: by its name, else by how it begins.</summary>
internal static class GivenImage
{
    private const int VolumeMark = (16 * 2048) + 1; // ECMA-119 §8.4.2
    private const int TableMark = 512;              // UEFI 2.10 §5.3.2
    private const int TarMark = 257;                // POSIX ustar

    /// <summary>The kind of an image.</summary>
    /// <param name="path">A file or a folder.</param>
    /// <exception cref="StrataException">It cannot be read, or is none.</exception>
    public static ImageKind KindOf(string path)
    {
        if (Directory.Exists(path))
        {
            return ImageKind.Pxe;
        }
        byte[] start = new byte[VolumeMark + 5];
        int count;
        try
        {
            using FileStream file = File.OpenRead(path);
            count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
        return ByName(path) ?? ByContent(start.AsSpan(0, count)) ?? throw new StrataException(
            $"cannot verify {path}: it is neither a disk, an ISO image, a bootable file nor a container image",
            "'--image KIND' says what it should be.");
    }

    /// <summary>The error for an image that cannot be read.</summary>
    public static StrataException Unreadable(string path, Exception why) =>
        new($"cannot verify {path}: {why.Message}", "Name an image that 'strata build' wrote.", why);

    private static ImageKind? ByName(string path) => ImageKind.Built.FirstOrDefault(
        k => !k.IsFolder && path.EndsWith(k.PlaceOf(""), StringComparison.OrdinalIgnoreCase));

    private static ImageKind? ByContent(ReadOnlySpan<byte> start) =>
        At(start, VolumeMark, "CD001"u8) ? ImageKind.Iso
        : At(start, TableMark, "EFI PART"u8) ? ImageKind.Disk
        : start.StartsWith("MZ"u8) ? ImageKind.Uki
        : At(start, TarMark, "ustar"u8) ? ImageKind.Oci : null;

    private static bool At(ReadOnlySpan<byte> start, int offset, ReadOnlySpan<byte> mark) =>
        start.Length >= offset + mark.Length && start[offset..].StartsWith(mark);
}
