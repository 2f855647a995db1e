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
    public async Task Repair_DamagedByTheTest_BringsTheDataBack(string name) =>
        await RescueImage.PassesAsync(image.Medium, Declared.Single(t => t.Name == name));
}
