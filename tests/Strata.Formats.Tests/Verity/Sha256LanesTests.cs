using System.Security.Cryptography;
using Strata.Formats.Verity;

namespace Strata.Formats.Tests.Verity;

public class Sha256LanesTests
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(55)] // the longest whose padding fits into its chunk
    [InlineData(56)]
    [InlineData(64)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(4096)]
    [InlineData(4096 + 256)]
    public void Hash_SixteenMessages_EachHasTheDigestThatTheLibraryGivesIt(int length)
    {
        Skip.IfNot(Sha256Lanes.IsSupported, "this processor has no AVX-512");
        int padded = Sha256Lanes.PaddedLength(length);
        byte[] messages = new byte[16 * padded];
        byte[] expected = new byte[16 * 32];
        Random random = new(length);
        for (int lane = 0; lane < 16; lane++)
        {
            Span<byte> message = messages.AsSpan(lane * padded, length);
            random.NextBytes(message);
            SHA256.HashData(message, expected.AsSpan(lane * 32));
            Sha256Lanes.Pad(messages.AsSpan((lane * padded) + length, padded - length), length);
        }
        byte[] digests = new byte[16 * 32];
        Sha256Lanes.Hash(messages, [], digests);
        Assert.Equal(expected, digests);
    }

    // FIPS 180-4's example, as published with the standard: SHA-256("abc").
    [SkippableFact]
    public void Hash_TheExampleOfTheStandard_InEveryLane()
    {
        Skip.IfNot(Sha256Lanes.IsSupported, "this processor has no AVX-512");
        byte[] tail = new byte[64];
        "abc"u8.CopyTo(tail);
        Sha256Lanes.Pad(tail.AsSpan(3), 3);
        byte[] digests = new byte[16 * 32];
        Sha256Lanes.Hash([], tail, digests);
        for (int lane = 0; lane < 16; lane++)
        {
            Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Convert.ToHexStringLower(digests.AsSpan(lane * 32, 32)));
        }
    }

    [SkippableTheory]
    [InlineData(16 * 63, 0, 512)]
    [InlineData(1024, 63, 512)]
    [InlineData(1024, 0, 511)]
    public void Hash_WhatIsNoWholeChunk_IsRefused(int heads, int tail, int digests)
    {
        Skip.IfNot(Sha256Lanes.IsSupported, "this processor has no AVX-512");
        Assert.Throws<ArgumentException>(() => Sha256Lanes.Hash(new byte[heads], new byte[tail], new byte[digests]));
    }
}
