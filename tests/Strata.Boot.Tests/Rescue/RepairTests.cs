using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Boot.Tests.Rescue;

/// <summary>Every repair that <c>editions/nano/repairs.yaml</c> declares, each in a machine of its own.</summary>
[Trait("Category", "Slow")]
public sealed class RepairTests(RescueImage image) : IClassFixture<RescueImage>
{
    private static IReadOnlyList<EditionTest> Declared => EditionTestFile.Read(Path.Combine(Repository.Root, "editions/nano/repairs.yaml"));

    /// <summary>Their names.</summary>
    public static TheoryData<string> Names => [.. Declared.Select(t => t.Name)];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Repair_DamagedByTheTest_BringsTheDataBack(string name)
    {
        using TemporaryFolder folder = new();
        Dictionary<TestImage, BootMedium> images = new() { [TestImage.Uki] = image.Medium };
        EditionTestRunner runner = new(RescueImage.Tools, AcceleratorKind.Tcg, images, folder["logs"]);
        EditionTestReport report = await runner.RunAsync([Declared.Single(t => t.Name == name)]);
        EditionTestResult result = Assert.Single(report.Tests);
        Assert.True(result.Ok, string.Join('\n', result.Steps.Select(s => $"{s.Outcome} {s.Name} ({s.Milliseconds} ms) {s.Message}\n    {string.Join("\n    ", s.Tail)}")));
    }
}
