using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Formats.Ar;
using Strata.Formats.Cpio;
using Strata.Formats.Tests.Ar;

namespace Strata.Formats.Tests.Cpio;

/// <summary>
/// Headers made by hand (Documentation/driver-api/early-userspace/buffer-format.rst; deb(5)), each right but for one
/// thing.
/// </summary>
public class CpioEdgeTests
{
    // the order of the thirteen fields in the document
    [Fact]
    public void Next_EveryField_IsAtItsPlace()
    {
        uint[] fields = [1, 0x81A4, 3, 4, 5, 6, 2, 8, 9, 10, 11, 5, 0];
        CpioEntry entry = Read([.. Header(fields), .. "abcd\0\0"u8, 1, 2, 0, 0, .. Trailer()])[0];
        Assert.Equal(new CpioEntry("abcd", 0x81A4, 1, 3, 4, 5, 6, 2, 10, 11), entry);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void Next_NameSize_LastAllowedAndFirstRefused(int size, bool allowed) =>
        Check([.. Header([1, 0x81A4, 0, 0, 1, 0, 0, 0, 0, 0, 0, (uint)size, 0]), .. Padded(new string('a', size - 1) + "\0", 110),
            .. Trailer()], allowed);

    [Theory]
    [InlineData(0, "070702", false)] // with checksums
    [InlineData(0, "070707", false)]
    [InlineData(6, "0000000a", true)]
    [InlineData(6, "0000000A", true)]
    [InlineData(6, "0000000g", false)]
    [InlineData(6, "       1", false)]
    [InlineData(6, "+0000001", false)]
    [InlineData(102, "00000001", false)]
    [InlineData(110, "\0a\0\0", false)] // a NUL before its end
    [InlineData(110, "aaaa", false)] // and none at it
    [InlineData(110, "a\0\0\u0001", false)] // padding behind the name
    public void Next_OneChange_IsTakenOrRefused(int at, string text, bool allowed)
    {
        byte[] archive = [.. Header([1, 0x81A4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0]), .. Padded("a\0", 110), .. Trailer()];
        Encoding.ASCII.GetBytes(text).CopyTo(archive, at);
        Check(archive, allowed);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(4, 0)]
    public void Next_PaddingOfContent_IsZeroUpToFour(int size, int padding)
    {
        byte[] start = [.. Header([1, 0x81A4, 0, 0, 1, 0, (uint)size, 0, 0, 0, 0, 2, 0]), .. Padded("a\0", 110),
            .. Enumerable.Repeat((byte)'x', size)];
        Check([.. start, .. new byte[padding], .. Trailer()], true);
        if (padding > 0)
        {
            Check([.. start, .. new byte[padding - 1], 1, .. Trailer()], false);
        }
    }

    [Theory]
    [InlineData(8, "0               ", true)] // every character that is seen is allowed
    [InlineData(8, "!~              ", true)]
    [InlineData(8, "sixteen-letters.", true)]
    [InlineData(8, "a b             ", false)]
    [InlineData(8, "a/b             ", false)]
    [InlineData(8, "a//             ", false)]
    [InlineData(8, "/               ", false)]
    [InlineData(8, "a\u007f              ", false)]
    [InlineData(56, "1         ", true)]
    [InlineData(56, "0000000001", true)]
    [InlineData(56, "1 1       ", false)]
    [InlineData(56, "/1        ", false)]
    [InlineData(56, ":1        ", false)]
    [InlineData(66, "``", false)]
    [InlineData(66, "\n\n", false)]
    [InlineData(69, "\n", true)] // behind a content of one byte
    [InlineData(69, "\0", false)]
    public void ArNext_OneChange_IsTakenOrRefused(int at, string text, bool allowed)
    {
        byte[] archive = ArBytes.Archive(("a", "x"u8.ToArray()), ("b", []));
        Encoding.ASCII.GetBytes(text).CopyTo(archive, at);
        if (allowed)
        {
            Assert.Equal(2, Count(archive, 2));
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => Count(archive, 2));
        }
    }

    [Fact]
    public void ArNext_MoreMembersThanAllowed_IsRefused()
    {
        byte[] archive = ArBytes.Archive(("a", []), ("b", []), ("c", []));
        Assert.Equal(3, Count(archive, 3));
        Assert.Throws<ImageFormatException>(() => Count(archive, 2));
    }

    private static int Count(byte[] archive, int most)
    {
        ArReader reader = new(new MemoryStream(archive), most);
        int count = 0;
        while (reader.Next() is not null)
        {
            count++;
        }
        return count;
    }

    private static void Check(byte[] archive, bool allowed)
    {
        if (allowed)
        {
            Assert.Single(Read(archive));
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => Read(archive));
        }
    }

    private static List<CpioEntry> Read(byte[] archive)
    {
        CpioReader reader = new(new MemoryStream(archive));
        List<CpioEntry> entries = [];
        while (reader.Next() is CpioEntry entry)
        {
            entries.Add(entry);
        }
        return entries;
    }

    private static byte[] Header(uint[] fields) =>
        Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(f => f.ToString("X8", CultureInfo.InvariantCulture))));

    private static byte[] Padded(string text, int before) => [.. Encoding.ASCII.GetBytes(text), .. new byte[-(before + text.Length) & 3]];

    private static byte[] Trailer() => [.. Header([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0]), .. Padded("TRAILER!!!\0", 110)];
}
