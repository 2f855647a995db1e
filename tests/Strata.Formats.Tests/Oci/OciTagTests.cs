using Strata.Formats.Oci;

namespace Strata.Formats.Tests.Oci;

public class OciTagTests
{
    [Theory]
    [InlineData("1.0", "1.0")]
    [InlineData("1.0+build.5", "1.0_build.5")]
    [InlineData("2:1.0~rc1", "2_1.0_rc1")]
    [InlineData(".1", "_1")]
    [InlineData("-1", "_1")]
    [InlineData("1 beta/2", "1_beta_2")]
    [InlineData("版本", "__")]
    [InlineData("_A.z-9", "_A.z-9")]
    public void Of_AnyVersion_IsALegalTag(string version, string expected)
    {
        Assert.Equal(expected, OciTag.Of(version));
        Assert.True(OciTag.IsTag(expected));
    }

    [Fact]
    public void Of_LongVersion_IsCut() => Assert.Equal(new string('1', 128), OciTag.Of(new string('1', 500)));

    [Theory]
    [InlineData("")]
    [InlineData("a+b")]
    [InlineData("-a")]
    [InlineData(".a")]
    [InlineData("a:b")]
    [InlineData("ä")]
    public void IsTag_WhatRegistriesRefuse_IsNone(string text) => Assert.False(OciTag.IsTag(text));
}
