using Strata.Images.Blueprints;
using Strata.Yaml;

namespace Strata.Images.Tests.Blueprints;

public class EditionFileTests
{
    private const string Start = "edition: e\nversion: '1'\nkernel: none\ncapabilities: [base]\n";

    [Fact]
    public void Read_WithoutComponents_TakesWhatIsFree() => Assert.Equal(["main"], Read("", out _).Components);

    [Fact]
    public void Read_Components_AreTakenInTheirOrder()
    {
        Edition edition = Read("components: [main, non-free-firmware]\n", out FaultList faults);
        Assert.False(faults.Any);
        Assert.Equal(["main", "non-free-firmware"], edition.Components);
    }

    [Theory]
    [InlineData("components: [main, non-free-firmwar]\n", "'non-free-firmwar' is no component of the archive (did you mean 'non-free-firmware'?)")]
    [InlineData("components: [non-free-firmware]\n", "'components' begins with main")]
    [InlineData("components: [main, main]\n", "component 'main' stands here a second time")]
    public void Read_ComponentsThatCannotBe_AreFaultsWithTheirPlace(string text, string expected)
    {
        Read(text, out FaultList faults);
        Fault fault = Assert.Single(faults.Faults);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Equal(5, fault.Line);
    }

    private static Edition Read(string text, out FaultList faults)
    {
        faults = new FaultList();
        return EditionFile.Read(YamlFile.Parse(Start + text, "edition.yaml", faults)!, "/nowhere", faults);
    }
}
