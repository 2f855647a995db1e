using System.Globalization;
using Strata.Core;
using Strata.Formats.Compression;

namespace Strata.Measure.Bytes;

/// <summary>Where two packed archives differ once they are unpacked.</summary>
/// <param name="Member">The first member that differs, by its name in the archive; null when their contents are the same.</param>
/// <param name="What">What it comes to, for people.</param>
internal sealed record PackedDifference(string? Member, string What)
{
    private const int PieceBytes = 1 << 16;

    /// <summary>Unpacks both side by side up to the first byte that differs. Of a stranger's no more is unpacked than ours has.</summary>
    /// <param name="given">A stranger's, from its first byte; what lies behind it is never reached.</param>
    /// <param name="rebuilt">Ours; seekable, it starts at position 0.</param>
    /// <param name="packed">What both unpack to.</param>
    public static PackedDifference Between(Stream given, Stream rebuilt, PackedKind packed)
    {
        CompressionKind kind = KindOf(rebuilt);
        (long? at, string? broken) = FirstDifference(given, rebuilt, kind);
        if (at is not long place)
        {
            return new PackedDifference(null, "unpacks to the same bytes: only how they are packed differs");
        }
        string where = Text($"unpacked byte {place}");
        string end = broken is null ? "" : $": {broken}";
        return MemberAt(rebuilt, kind, packed, place) is (string name, long start)
            ? new PackedDifference(name, Text($"{where}, {place - start} in {name}{end}")) : new PackedDifference(null, where + end);
    }

    private static (string Name, long Start)? MemberAt(Stream rebuilt, CompressionKind kind, PackedKind packed, long place)
    {
        rebuilt.Position = 0;
        using Stream plain = Decompression.Open(rebuilt, kind, leaveOpen: true);
        try
        {
            foreach ((string name, long start, long end) in packed == PackedKind.Cpio
                ? InitrdRegions.Members(plain) : OciRegions.Members(plain))
            {
                if (place < end)
                {
                    return (name, start);
                }
            }
        }
        catch (ImageFormatException)
        {
            // it is no archive, so it has no members
        }
        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static CompressionKind KindOf(Stream rebuilt)
    {
        byte[] magic = new byte[Decompression.MagicSize];
        rebuilt.Position = 0;
        rebuilt.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        rebuilt.Position = 0;
        return Decompression.Detect(magic);
    }

    private static (long? At, string? Broken) FirstDifference(Stream given, Stream rebuilt, CompressionKind kind)
    {
        using Stream one = Decompression.Open(given, kind, leaveOpen: true);
        using Stream two = Decompression.Open(rebuilt, kind, leaveOpen: true);
        (byte[] first, byte[] second) = (new byte[PieceBytes], new byte[PieceBytes]);
        for (long at = 0; ;)
        {
            int wanted = two.ReadAtLeast(second, second.Length, throwOnEndOfStream: false);
            int got = 0;
            string? broken = null;
            try
            {
                while (got < wanted && one.Read(first, got, wanted - got) is int read and > 0)
                {
                    got += read;
                }
            }
            catch (ImageFormatException e)
            {
                broken = $"cannot be unpacked further ({e.Problem})";
            }
            int same = first.AsSpan(0, got).CommonPrefixLength(second.AsSpan(0, wanted));
            if (same < wanted)
            {
                return (at + same, same == got ? broken ?? "ends here" : null);
            }
            if (wanted < second.Length)
            {
                return GoesOn(one) ? (at + wanted, "goes on where the rebuilt one ends") : (null, null);
            }
            at += wanted;
        }
    }

    // behind a packed range lies something else of the image, which is not packed
    private static bool GoesOn(Stream given)
    {
        try
        {
            return given.ReadByte() >= 0;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }
}
