using System.Text;
using Strata.Core;
using Strata.Machines.Testing;

namespace Strata.Machines.Tests;

/// <summary>Shares of colours of pixmaps (ppm(5)).</summary>
public class ScreenColoursTests
{
    private const string Red = "#ff0000";

    [Theory]
    [InlineData(Red, 0.25)]
    [InlineData("#FF0000", 0.25)]
    [InlineData("#000000", 0.5)]
    [InlineData("#00ff01", 0)]
    [InlineData(null, 0.5)] // all that is not black, as the first pixel is
    public void ShareOf_FourPixels_CountsThem(string? colour, double share) =>
        Assert.Equal(share, ScreenColours.ShareOf(Pixmap("P6\n2 2\n255\n", 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255, 0), colour));

    [Fact]
    public void ShareOf_ScreenOfOneColour_IsNothingElse() =>
        Assert.Equal(0, ScreenColours.ShareOf(Pixmap("P6 2 1 255 ", 7, 7, 7, 7, 7, 7), null));

    [Theory]
    [InlineData("P6\n2 2\n255\n")] // too few pixels follow
    [InlineData("P6\n1 0\n255\n")]
    [InlineData("P6\n-1 -1\n255\n")]
    [InlineData("P6\n1 1\n65535\n")]
    [InlineData("P5\n1 1\n255\n")]
    [InlineData("P6\n20000 20000\n255\n")]
    [InlineData("")]
    [InlineData("P6")]
    public void ShareOf_WhatIsNoPixmap_IsAnError(string header)
    {
        StrataException e = Assert.Throws<StrataException>(() => ScreenColours.ShareOf(Pixmap(header, 1, 2, 3, 4), Red));
        Assert.Contains("cannot look at the screen", e.Message, StringComparison.Ordinal);
    }

    private static byte[] Pixmap(string header, params byte[] pixels) => [.. Encoding.ASCII.GetBytes(header), .. pixels];
}
