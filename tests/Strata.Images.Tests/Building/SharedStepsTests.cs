using System.Text.RegularExpressions;
using Strata.Images.Steps;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

public partial class SharedStepsTests
{
    // a key of a step by its name, or by a constant or variable, which tells nothing here
    [GeneratedRegex("""(?:new ActionKeyBuilder\(|ActionKeyBuilder key = new\()(?:"(?<name>[^"]+)"|(?<variable>\w+))""")]
    private static partial Regex Key();

    [Fact]
    public void EveryStepOfTheSources_IsInOneOfTheTables()
    {
        Match[] keys = [.. Repository.Files
            .Where(f => f.StartsWith("src/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal))
            .SelectMany(f => Key().Matches(Repository.Read(f)))];
        string[] named = [.. keys.Select(k => k.Groups["name"].Value).Where(n => n.Length > 0)];
        string[] byVariable = ["container", "disk", "edition", "iso", "layer", "pxe", "qcow2", "vdi", "vhdx", "vmdk"];
        Assert.Equal(3, keys.Count(k => k.Groups["variable"].Success)); // those that make these
        Assert.Equal(named.Concat(byVariable).Order(StringComparer.Ordinal),
            SharedSteps.Taken.Keys.Concat(SharedSteps.Kept.Keys).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("signature")]
    [InlineData("resolve")]
    [InlineData("vouched-packages")]
    public void WhomToBelieve_IsNeverTaken(string step) => Assert.DoesNotContain(step, SharedSteps.Taken.Keys);
}
