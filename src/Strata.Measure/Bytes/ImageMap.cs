using Strata.Core;
using Strata.Formats.Pe;

namespace Strata.Measure.Bytes;

/// <summary>What each byte of an image is. Read from an image that was built here: what it is compared with is never parsed.</summary>
internal static class ImageMap
{
    private const int SectorSize = 512;

    /// <summary>Regions side by side from the first byte to the last.</summary>
    /// <param name="image">Seekable; it has to stay open while details are asked for.</param>
    public static IReadOnlyList<ImageRegion> Of(Stream image)
    {
        ArgumentNullException.ThrowIfNull(image);
        List<ImageRegion> regions = [];
        RegionScope all = new(regions, 0, []);
        (string name, Action<RegionScope, Stream>? inside) = KindOf(image);
        all.Add(0, image.Length, name);
        if (inside is not null)
        {
            Look(all, image, inside);
        }
        return Flatten(regions, image.Length);
    }

    /// <summary>Looks into something; what cannot be read keeps the name that it has as a whole.</summary>
    internal static void Look(RegionScope scope, Stream bytes, Action<RegionScope, Stream> inside)
    {
        try
        {
            bytes.Position = 0;
            inside(scope, bytes);
        }
        catch (Exception e) when (e is ImageFormatException or EndOfStreamException)
        {
        }
    }

    private static (string Name, Action<RegionScope, Stream>? Inside) KindOf(Stream image)
    {
        byte[] start = new byte[(16 * 2048) + 8];
        image.Position = 0;
        int count = image.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> head = start.AsSpan(0, count);
        return head.StartsWith("MZ"u8) && IsPe(image) ? ("bootable file", PeRegions.Add)
            : At(head, (16 * 2048) + 1, "CD001"u8) ? ("ISO image", IsoRegions.Add)
            : At(head, SectorSize, "EFI PART"u8) ? ("disk", DiskRegions.Add)
            : At(head, 257, "ustar"u8) ? ("archive", OciRegions.Add)
            : InitrdRegions.IsOne(head) ? ("initramfs", InitrdRegions.Add)
            : ("file", null);
    }

    private static bool At(ReadOnlySpan<byte> head, int offset, ReadOnlySpan<byte> mark) =>
        head.Length >= offset + mark.Length && head[offset..].StartsWith(mark);

    // a kernel is a PE image too, but with no section that anybody could name
    private static bool IsPe(Stream image)
    {
        try
        {
            return PeImage.Read(image).Sections.Any(s => s.Name == ".initrd");
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    /// <summary>Lays later regions over earlier ones.</summary>
    internal static List<ImageRegion> Flatten(IReadOnlyList<ImageRegion> regions, long length)
    {
        List<(long At, int Number, bool Begins)> edges = [];
        for (int i = 0; i < regions.Count; i++)
        {
            long end = Math.Min(regions[i].End, length);
            if (regions[i].Start < end)
            {
                edges.Add((regions[i].Start, i, true));
                edges.Add((end, i, false));
            }
        }
        edges.Sort();
        SortedSet<int> open = [];
        List<ImageRegion> flat = [];
        long from = 0;
        foreach ((long at, int number, bool begins) in edges)
        {
            if (at > from && open.Count > 0)
            {
                ImageRegion top = regions[open.Max];
                flat.Add(top with { Start = from, Length = at - from, Whole = top.Start });
            }
            from = at;
            _ = begins ? open.Add(number) : open.Remove(number);
        }
        return flat;
    }
}
