using System.Diagnostics;
using Strata.Kernel.Hardware;

namespace Strata.Kernel.Tests.Hardware;

/// <summary>fnmatch(3) as kmod uses it for aliases.</summary>
public class AliasPatternTests
{
    [Theory]
    [InlineData("pci:v00008086d00001533sv*sd*bc*sc*i*", "pci:v00008086d00001533sv000017AAsd00002209bc02sc00i00", true)]
    [InlineData("pci:v00008086d00001533sv*sd*bc*sc*i*", "pci:v00008086d00001539sv000017AAsd00002209bc02sc00i00", false)]
    [InlineData("pci:v*d*sv*sd*bc01sc08i02*", "pci:v0000144Dd0000A808sv0000144Dsd0000A801bc01sc08i02", true)]
    [InlineData("usb:v0BDAp8153d[0-9]*dc*", "usb:v0BDAp8153d3000dc00", true)]
    [InlineData("usb:v0BDAp8153d[!3]*dc*", "usb:v0BDAp8153d3000dc00", false)]
    [InlineData("a[]]b", "a]b", true)]
    [InlineData("a[b", "a[b", true)]
    [InlineData("a[b", "ab", false)]
    [InlineData("of:N*T*Cvendor,some-thing", "of:NxT(null)Cvendor,some_thing", true)]
    [InlineData("*", "", true)]
    [InlineData("?", "", false)]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("a*b*c", "aXbYbZ", false)]
    [InlineData("[", "[", true)]
    [InlineData("[!", "[!", true)]
    public void Matches_PatternAndAlias(string pattern, string alias, bool expected) => Assert.Equal(expected, AliasPattern.Matches(pattern, alias));

    [Fact]
    public void Matches_ManyStars_EndsSoon()
    {
        string pattern = string.Concat(Enumerable.Repeat("a*", 1000)) + "b";
        long started = Stopwatch.GetTimestamp();
        Assert.False(AliasPattern.Matches(pattern, new string('a', 4000)));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Matches_BeyondTheLongest_IsNoMatch() => Assert.False(AliasPattern.Matches("*", new string('a', AliasPattern.Longest + 1)));
}
