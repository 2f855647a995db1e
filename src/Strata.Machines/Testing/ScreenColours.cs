using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Machines.Testing;

/// <summary>Colours of a screen, as QEMU writes it: a portable pixmap (<c>P6</c>, netpbm's ppm(5)).</summary>
internal static class ScreenColours
{
    private const int LongestHeader = 64;
    private const int LargestSide = 16_384;

    /// <summary>
    /// The share of pixels that have a colour, 0 to 1; without one, of those that have not the colour of the first pixel.
    /// </summary>
    /// <param name="pixmap">The whole file.</param>
    /// <param name="colour"><c>#rrggbb</c>; null for any but that of the upper left corner.</param>
    /// <exception cref="StrataException">It is no pixmap with three bytes a pixel.</exception>
    public static double ShareOf(ReadOnlySpan<byte> pixmap, string? colour)
    {
        ReadOnlySpan<byte> pixels = PixelsOf(pixmap);
        ReadOnlySpan<byte> wanted = colour is null ? pixels[..3] : Convert.FromHexString(colour.AsSpan(1));
        long found = 0;
        for (int at = 0; at < pixels.Length; at += 3)
        {
            found += pixels.Slice(at, 3).SequenceEqual(wanted) ? 1 : 0;
        }
        double share = (double)found * 3 / pixels.Length;
        return colour is null ? 1 - share : share;
    }

    // "P6", width, height and 255, with white space between, and one such byte before the pixels
    private static ReadOnlySpan<byte> PixelsOf(ReadOnlySpan<byte> pixmap)
    {
        List<string> words = [];
        int begin = 0;
        for (int at = 0; at < Math.Min(pixmap.Length, LongestHeader) && words.Count < 4; at++)
        {
            if (pixmap[at] is (byte)' ' or (byte)'\n')
            {
                words.Add(Encoding.ASCII.GetString(pixmap[begin..at]));
                begin = at + 1;
            }
        }
        if (words is ["P6", string width, string height, "255"] && Side(width) is int w && Side(height) is int h
            && pixmap.Length - begin == 3L * w * h)
        {
            return pixmap[begin..];
        }
        throw new StrataException("cannot look at the screen: what QEMU wrote is no pixmap with three bytes a pixel");
    }

    private static int? Side(string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is > 0 and <= LargestSide ? side : null;
}
