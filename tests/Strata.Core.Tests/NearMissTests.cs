namespace Strata.Core.Tests;

public class NearMissTests
{
    [Theory]
    [InlineData("netwrok", "network")] // swapped neighbours count once
    [InlineData("NETWORK", "network")]
    [InlineData("netwrk", "network")]
    [InlineData("cloud", "debian-cloud")] // contained
    public void Find_AWordNearby_ComesFirst(string word, string expected) =>
        Assert.Equal(expected, NearMiss.Find(word, ["shell", "network", "debian-cloud", "ssh"])[0]);

    [Fact]
    public void Find_Strangers_AreNotSuggested()
    {
        Assert.Empty(NearMiss.Find("wayland", ["shell", "network", "ssh"]));
        Assert.Empty(NearMiss.Find("a", ["zz"]));
    }

    [Fact]
    public void Find_Many_NearestFirstAndAtMostThree() =>
        Assert.Equal(["disk", "dish", "dusk"], NearMiss.Find("disk", ["risks", "dusk", "disks", "disk", "dish"]));

    [Fact]
    public void Suggestion_ReadsAsASentence()
    {
        Assert.Equal(" (did you mean 'ssh'?)", NearMiss.Suggestion("shs", ["ssh", "network"]));
        Assert.Equal("", NearMiss.Suggestion("", ["ssh"]));
    }
}
