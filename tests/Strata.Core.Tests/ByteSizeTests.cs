namespace Strata.Core.Tests;

public class ByteSizeTests
{
    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("0", 0)]
    [InlineData("64K", 65536)]
    [InlineData(" 16 MiB ", 16777216)]
    [InlineData("1.5 GiB", 1610612736)]
    [InlineData("2T", 2199023255552)]
    [InlineData("130 MB", 130000000)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void TryParse_Units_AreBinaryUnlessDecimal(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out ByteSize size));
        Assert.Equal(bytes, size.Bytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("MiB")]
    [InlineData("-1")]
    [InlineData("16 mib")]
    [InlineData("1.2.3 M")]
    [InlineData("1e3")]
    [InlineData("9223372036854775808")]
    [InlineData("8388608 TiB")]
    [InlineData("99999999999999999999999999999999999")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(10004, "9.77 KiB")]
    [InlineData(16672358, "15.9 MiB")]
    [InlineData(134217728, "128 MiB")]
    [InlineData(1023, "1.00 KiB")]
    [InlineData(-2048, "-2.00 KiB")]
    [InlineData(long.MaxValue, "8388608 TiB")]
    public void ToString_ThreeDigits(long bytes, string text) => Assert.Equal(text, new ByteSize(bytes).ToString());

    [Fact]
    public void Compare_ByBytes()
    {
        Assert.True(ByteSize.FromMiB(1) > new ByteSize(1048575));
        Assert.True(ByteSize.FromMiB(1) <= new ByteSize(1048576));
    }
}
