using System.Buffers.Binary;
using Strata.Formats.Verity;

namespace Strata.Formats.Tests.Verity;

/// <summary>Padding of SHA-256 (FIPS 180-4 §5.1.1): needs no processor with wide registers, as the rest of it does.</summary>
public class Sha256PaddingTests
{
    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(55, 64)] // a byte with the mark and eight of the length just fit
    [InlineData(56, 128)]
    [InlineData(63, 128)]
    [InlineData(64, 128)]
    [InlineData(119, 128)]
    [InlineData(120, 192)]
    [InlineData(4096 + 32, 4160)]
    public void PaddedLength_Message_HasRoomForMarkAndLength(int length, int padded) => Assert.Equal(padded,
        Sha256Lanes.PaddedLength(length));

    [Fact]
    public void Pad_Rest_IsMarkZerosAndTheLengthInBits()
    {
        byte[] rest = [.. Enumerable.Repeat((byte)0xEE, 64)];
        Sha256Lanes.Pad(rest, 0x12345678);
        Assert.Equal(0x80, rest[0]);
        Assert.Equal(new byte[55], rest[1..56]);
        Assert.Equal(0x12345678ul * 8, BinaryPrimitives.ReadUInt64BigEndian(rest.AsSpan(56)));
    }
}
