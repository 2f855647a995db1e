using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Ledger;
using Strata.Composition.Locks;
using Strata.Editions.Locks;
using Strata.Packages.Locks;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Editions.Tests;

/// <summary>The locks in the repository: each answers what it stands beside, and those that ship together agree.</summary>
public class ShippedLocksTests
{
    private static readonly IReadOnlyList<ToolSet> s_sets = ToolSet.LoadAll(Path.Combine(Repository.Root, "toolbox/tools.yaml"));

    public static TheoryData<string> Editions { get; } = [.. new Catalog([Repository.Root]).EditionNames()];

    public static TheoryData<string> Sets { get; } = [.. s_sets.Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Editions))]
    public void LockOfEdition_AnswersItsBlueprintAndHasTheToolsThatShip(string edition)
    {
        Blueprint blueprint = new Catalog([Repository.Root]).Load(edition);
        EditionLock? beside = LockChoice.ReadBeside(blueprint);
        Assert.True(beside is not null, $"editions/{edition}/{EditionLock.FileName} is missing: strata lock --all");
        Assert.True(Locks().Answers(beside, blueprint),
            $"editions/{edition}/{EditionLock.FileName} is of another state of the blueprint: strata lock --all");
        Assert.Equal(Packages(ReadTools("build")), Packages(beside.Tools));
        if (beside.Kernel is not null)
        {
            Assert.Equal(Packages(ReadTools("kernel")), Packages(beside.Kernel)); // else one more kernel is compiled
        }
    }

    [Fact]
    public void Answers_LockForOtherToolsOrAnotherKernel_IsNone()
    {
        Blueprint blueprint = new Catalog([Repository.Root]).Load("nano");
        EditionLock own = LockChoice.ReadBeside(blueprint)!;
        Assert.True(Locks().Answers(own, blueprint));
        Assert.False(Locks().Answers(own with { Tools = WithOtherRequest(own.Tools) }, blueprint));
        Assert.False(Locks().Answers(own with { Kernel = WithOtherRequest(own.Kernel!) }, blueprint));
        Assert.False(Locks().Answers(own with { Kernel = null }, blueprint));
        Assert.False(Locks().Answers(own with { Guest = WithOtherRequest(own.Guest) }, blueprint));
        Assert.False(Locks().Answers(own, new Catalog([Repository.Root]).Load("capability")));
        Blueprint without = new Catalog([Repository.Root]).Load("container-base");
        EditionLock its = LockChoice.ReadBeside(without)!;
        Assert.True(Locks().Answers(its, without));
        Assert.False(Locks().Answers(its with { Kernel = own.Kernel }, without)); // it compiles none
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void LockOfTools_AnswersItsSet(string set)
    {
        ToolSet tools = s_sets.Single(s => s.Name == set);
        Assert.True(ReadTools(set).Request.IsSameAs(LockedRequest.Of(ToolboxInstaller.RequestOf(tools))),
            $"toolbox/{set}.lock is of another state of the set: strata lock --all");
    }

    private static PackageLock WithOtherRequest(PackageLock packages) =>
        new(packages.Architecture, packages.Releases, packages.Request with { Cut = [], Recommends = true }, packages.Packages);

    private static PackageLock ReadTools(string set) =>
        PackageLockFile.Read(File.ReadAllBytes(Path.Combine(Repository.Root, $"toolbox/{set}.lock")), set);

    private static IEnumerable<string> Packages(PackageLock packages) => packages.Packages.Select(p => $"{p} {p.Sha256}");

    // what only makes locks is not asked for here
    private static EditionLocks Locks() => new(new BuildServices
    {
        Store = null!,
        Actions = null!,
        Downloader = null!,
        Resolver = null!,
        Toolbox = null!,
        Kernels = null!,
        DevicePrograms = null!,
        BuildTools = s_sets.Single(s => s.Name == "build"),
        KernelTools = s_sets.Single(s => s.Name == "kernel"),
        ScriptRules = ScriptRules.Load(Path.Combine(Repository.Root, "effects/debian.yaml")),
    });
}
