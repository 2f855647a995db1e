using Strata.Updates.Releases;

namespace Strata.Updates.Tests.Releases;

public class LayerSelectionTests
{
    [Theory]
    [InlineData(null, "shell network storage containers", "")]
    [InlineData("none", "shell", "")]
    [InlineData("network", "shell network", "")]
    [InlineData("containers", "shell network storage containers", "")]
    [InlineData("storage,network", "shell network storage", "")] // in the order of the release, not of the wish
    [InlineData(" storage , ,storage", "shell storage", "")]
    [InlineData("", "shell", "names nothing")]
    [InlineData("netwrok", "shell", "'netwrok', which this release does not have (did you mean 'network'?)")]
    [InlineData("Storage", "shell", "did you mean 'storage'?")]
    [InlineData("none,network", "shell network", "beside other names")]
    [InlineData("storage,wlan", "shell storage", "'wlan'")]
    public void Of_Wish_GivesLayersAndProblems(string? caps, string layers, string problem)
    {
        LayerSelection selection = LayerSelection.Of(SampleRelease.Four(), caps);
        Assert.Equal(layers, string.Join(' ', selection.Layers.Select(l => l.Name)));
        if (problem.Length == 0)
        {
            Assert.Empty(selection.Problems);
        }
        else
        {
            Assert.Contains(problem, Assert.Single(selection.Problems), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Of_RequirementOfARequirement_IsMounted()
    {
        Release chain = SampleRelease.Four() with
        {
            Layers = [SampleRelease.Layer("a"), SampleRelease.Layer("b", false, "a"), SampleRelease.Layer("c", false, "b"), SampleRelease.Layer("d")],
        };
        Assert.Equal(["a", "b", "c"], LayerSelection.Of(chain, "c").Layers.Select(l => l.Name));
    }

    [Fact]
    public void Of_BaseThatRequires_BringsIt()
    {
        Release release = SampleRelease.Four() with { Layers = [SampleRelease.Layer("libc"), SampleRelease.Layer("shell", true, "libc")] };
        Assert.Equal(["libc", "shell"], LayerSelection.Of(release, "none").Layers.Select(l => l.Name));
    }
}
