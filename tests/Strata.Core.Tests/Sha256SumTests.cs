namespace Strata.Core.Tests;

public class Sha256SumTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(119)]
    [InlineData(120)]
    [InlineData(10_000)]
    public void Sha256Sum_AnyPieces_IsThatOfTheFramework(int length)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7 % 251))];
        foreach (int piece in (int[])[1, 13, 64, 1000])
        {
            Sha256Sum sum = new();
            for (int at = 0; at < length; at += piece)
            {
                sum.Append(bytes.AsSpan(at, Math.Min(piece, length - at)));
            }
            Assert.Equal(Sha256Digest.Of(bytes), sum.Finish());
        }
        using MemoryStream stream = new(bytes);
        Assert.Equal(Sha256Digest.Of(bytes), Sha256Sum.Of(stream));
    }
}
