using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public class EditionHealthTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("health: {}", "60 300")]
    [InlineData("health: {settle: 5, within: 9}", "5 9")]
    [InlineData(
        "health: {checks: {web: {command: [/usr/bin/wget, -q, x y], within: 10}, disk: {command: [/usr/bin/df]}}}",
        "60 300 web(10): /usr/bin/wget|-q|x y disk(30): /usr/bin/df")]
    public void Health_IsWhatTheBlueprintSays(string rest, string? expected)
    {
        (Edition edition, FaultList faults) = Read(rest);
        Assert.Empty(faults.Faults);
        Assert.Equal(expected, edition.Health is not EditionHealth health ? null : string.Join(' ', [
            $"{health.Plan.SettleSeconds}", $"{health.Plan.WithinSeconds}",
            .. health.Plan.Checks.Select(c => $"{c.Name}({c.WithinSeconds}): {string.Join('|', c.Command)}")]));
    }

    [Theory]
    [InlineData("health: [x]", "'health' is a list")]
    [InlineData("health: {settel: 5}", "settel")]
    [InlineData("health: {settle: 0}", "'settle' is '0'")]
    [InlineData("health: {settle: 300}", "within is 300, expected more than settle (300)")]
    [InlineData("health: {checks: {web: {}}}", "'command' is missing")]
    [InlineData("health: {checks: {web: {command: [df]}}}", "'web' has no command that begins with an absolute path")]
    [InlineData("health: {checks: {Web: {command: [/df]}}}", "a check is called 'Web'")]
    [InlineData("health: {checks: {web: {command: [/df], within: 61}}}", "'within' is '61'")]
    [InlineData("kernel: none\nhealth: {}", "'health' is for what boots, and this edition has 'kernel: none'")]
    public void Health_Mistake_IsNamed(string rest, string problem)
    {
        IEnumerable<string> faults = Read(rest).Faults.Faults.Select(f => f.ToString());
        Assert.Contains(faults, f => f.Contains(problem, StringComparison.Ordinal));
    }

    private static (Edition Edition, FaultList Faults) Read(string rest)
    {
        FaultList faults = new();
        string kernel = rest.StartsWith("kernel:", StringComparison.Ordinal) ? "" : "kernel: k\n";
        YamlMapping mapping = YamlFile.Parse($"edition: e\nversion: \"1\"\n{kernel}capabilities: [c]\n{rest}\n", "edition.yaml", faults)!;
        return (EditionFile.Read(mapping, "/folder", faults), faults);
    }
}
