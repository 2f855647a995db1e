namespace Strata.Core.Tests;

public class Sha256DigestTests
{
    // FIPS 180-4 example "abc"
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_KnownVector_Matches() => Assert.Equal(Abc, Sha256Digest.Of("abc"u8).ToString());

    [Fact]
    public void Parse_ItsOwnText_RoundTrips() => Assert.Equal(Sha256Digest.Of("abc"u8), Sha256Digest.Parse(Abc));

    [Theory]
    [InlineData("")]
    [InlineData("ba78")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(Sha256Digest.TryParse(text, out _));
}
