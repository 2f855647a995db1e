using Strata.Yaml;

namespace Strata.Blueprints.Tests;

public class EditionStateTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("state: nothing", null)]
    [InlineData("state: everything", "everything")]
    [InlineData("state: {keep: []}", "/var/lib/strata")]
    [InlineData("state: {keep: [/var/lib/x, /data]}", "/data /var/lib/strata /var/lib/x")]
    [InlineData("state: {keep: [/var/lib]}", "/var/lib")] // with what is always kept in it
    [InlineData("state: {keep: [/var/lib/strata/a]}", "/var/lib/strata")]
    [InlineData(
        "state: {keep: [{path: /data, owner: web, group: \"7\", mode: \"0750\", limit: 16 MiB}]}",
        "/data:web:7:488:16777216 /var/lib/strata")]
    public void State_IsWhatTheBlueprintSays(string rest, string? expected)
    {
        (Edition edition, FaultList faults) = Read(rest);
        Assert.Empty(faults.Faults);
        Assert.Equal(
            expected, edition.State is not EditionState state ? null
                : state.IsEverything ? "everything" : string.Join(' ', state.Kept.Select(Text)));
        Assert.Equal(expected is not null, edition.HasEarlyInit);
    }

    [Theory]
    [InlineData("state: all", "'state' is 'all'; expected 'nothing', 'everything', or 'keep' with a list of folders")]
    [InlineData("state: everythink", "did you mean 'everything'")]
    [InlineData("state: [/data]", "'state' is a list; expected 'nothing'")]
    [InlineData("state: {}", "'keep' is missing")]
    [InlineData("state: {keep: [/data], kept: x}", "kept")]
    [InlineData("state: {keep: [data]}", "'data' cannot be kept")]
    [InlineData("state: {keep: [/a/../b]}", "'/a/../b' cannot be kept")]
    [InlineData("state: {keep: [/]}", "the whole system is kept by 'state: everything'")]
    [InlineData("state: {keep: [/run/x]}", "'/run/x' cannot be kept: what is in /run is made anew at each start")]
    [InlineData("state: {keep: [/tmp]}", "'/tmp' cannot be kept: what is in /tmp is made anew at each start")]
    [InlineData("state: {keep: [/a, /a]}", "'/a' stands here a second time")]
    [InlineData("state: {keep: [/a/b, /a]}", "'/a/b' is kept with '/a' already; leave one of them out")]
    [InlineData("state: {keep: [{owner: web}]}", "'path' is missing")]
    [InlineData("state: {keep: [{path: /a, mode: \"9\"}]}", "mode")]
    [InlineData("state: {keep: [{path: /a, owner: A B}]}", "'A B' is no account")]
    [InlineData("state: {keep: [{path: /a, limit: 15 MiB}]}", "'limit' is 15 MiB; expected whole MiB, at least 16")]
    [InlineData("state: {keep: [{path: /a, limit: 16777217}]}", "expected whole MiB, at least 16")]
    [InlineData("kernel: none\nstate: everything", "'state' is for what boots, and this edition has 'kernel: none'")]
    public void State_Mistake_IsNamed(string rest, string problem)
    {
        IEnumerable<string> faults = Read(rest).Faults.Faults.Select(f => f.ToString());
        Assert.Contains(faults, f => f.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(65, true)]
    public void Keep_MoreThanThereMayBe_IsRefused(int count, bool isRefused) => Assert.Equal(
        isRefused, Read($"state: {{keep: [{string.Join(", ", Enumerable.Range(0, count).Select(i => $"/d{i}"))}]}}").Faults.Faults
            .Any(f => f.ToString().Contains("'keep' has 65 folders; expected at most 64", StringComparison.Ordinal)));

    private static string Text(KeptPath kept) => kept is { Owner: null, Mode: null, Limit: null } ? kept.Path.ToString()
        : $"{kept.Path}:{kept.Owner?.User?.Text}:{kept.Owner?.Group?.Text}:{kept.Mode}:{kept.Limit?.Bytes}";

    private static (Edition Edition, FaultList Faults) Read(string rest)
    {
        FaultList faults = new();
        string kernel = rest.StartsWith("kernel:", StringComparison.Ordinal) ? "" : "kernel: k\n";
        YamlMapping mapping = YamlFile.Parse($"edition: e\nversion: \"1\"\n{kernel}capabilities: [c]\n{rest}\n", "edition.yaml", faults)!;
        return (EditionFile.Read(mapping, "/folder", faults), faults);
    }
}
