using Strata.Machines.Network;

namespace Strata.Machines.Tests;

/// <summary>Bytes typed from RFC 1035 §4.1; a real resolver asks in <see cref="WiredGuestTests"/>.</summary>
public sealed class DnsAnswerTests
{
    private static readonly Dictionary<string, byte[]> s_names = new(StringComparer.Ordinal) { ["www.example"] = [10, 0, 2, 2] };
    private static readonly byte[] s_name = [3, (byte)'w', (byte)'W', (byte)'w', 7, .. "example"u8, 0];

    [Theory]
    [InlineData(1, 1, 0, 1)]
    [InlineData(28, 1, 0, 0)] // an IPv6 address: the name is there, the record is not
    [InlineData(1, 3, 0, 0)] // another class
    public void To_KnownName_IsAnswered(byte type, byte kind, int code, int answers)
    {
        byte[] asked = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. s_name, 0, type, 0, kind];
        byte[] record = answers == 0 ? [] : [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 2, 2];
        byte[] header = [0x12, 0x34, 0x85, (byte)(0x80 | code), 0, 1, 0, (byte)answers, 0, 0, 0, 0];
        byte[] expected = [.. header, .. s_name, 0, type, 0, kind, .. record];
        Assert.Equal(expected, DnsAnswer.To(asked, s_names));
    }

    [Fact]
    public void To_OtherName_DoesNotExist()
    {
        byte[] answer = DnsAnswer.To([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'x', 0, 0, 1, 0, 1], s_names)!;
        Assert.Equal((0x84, 0x83, 0), (answer[2], answer[3], answer[7]));
    }

    [Fact]
    public void To_WhatIsNoQuestion_IsNotAnswered()
    {
        byte[] asked = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. s_name, 0, 1, 0, 1];
        for (int length = 0; length < asked.Length; length++)
        {
            Assert.Null(DnsAnswer.To(asked.AsSpan(0, length), s_names));
        }
        byte[] answer = [.. asked];
        answer[2] = 0x81;
        Assert.Null(DnsAnswer.To(answer, s_names));
        byte[] two = [.. asked];
        two[5] = 2;
        Assert.Null(DnsAnswer.To(two, s_names));
        byte[] pointer = [.. asked];
        pointer[12] = 0xC0;
        Assert.Null(DnsAnswer.To(pointer, s_names));
        Assert.Null(DnsAnswer.To([.. asked[..12], .. Enumerable.Repeat((byte)1, 400)], s_names)); // labels without an end
    }
}
