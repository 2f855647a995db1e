using System.Text;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Images.Boot;
using Strata.Images.Budgets;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Images.Packing;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Editions.Tests;

/// <summary>Makes images of a few bytes, and remembers what it was asked for.</summary>
internal sealed class StandInBuilder(ObjectStore store) : IEditionBuilder
{
    /// <summary>What the next image is; another text, another digest.</summary>
    public string Content { get; set; } = "first";

    /// <summary>True when everything asked for is said to have been there already.</summary>
    public bool WasKept { get; set; }

    /// <summary>Bytes that package <c>hello</c> takes of the image.</summary>
    public long Packed { get; set; } = 700;

    /// <summary>Called before each image is made; throws what making it would.</summary>
    public Action<EditionLock, ImageKind> Before { get; set; } = (_, _) => { };

    /// <summary>The locks that were built from.</summary>
    public List<EditionLock> Locks { get; } = [];

    /// <summary>The last good builds that came with them.</summary>
    public List<GoodBuild?> Last { get; } = [];

    /// <summary>Images that were asked for one by one.</summary>
    public List<ImageKind> Added { get; } = [];

    /// <summary>True once an edition was to be composed, which this one cannot.</summary>
    public bool WasAskedToCompose { get; private set; }

    public Task<BuildResult> BuildAsync(
        Blueprint blueprint, EditionLock editionLock, ImageKind kind, StepClock clock, GoodBuild? last, CancellationToken cancellationToken)
    {
        Locks.Add(editionLock);
        Last.Add(last);
        Before(editionLock, kind);
        Product product = new()
        {
            Manifest = Make("manifest", ManifestOf(blueprint)),
            Uki = kind.Boots ? Make("uki") : null,
            Container = kind.Boots ? null : Make("oci"),
        };
        return Task.FromResult(With(new BuildResult(blueprint, editionLock, product, [], WasKept, clock.Steps), kind));
    }

    public Task<BuildResult> AddAsync(BuildResult built, ImageKind kind, StepClock clock, CancellationToken cancellationToken)
    {
        Added.Add(kind);
        Before(built.Lock, kind);
        return Task.FromResult(With(built, kind));
    }

    public Task<ComposedEdition> ComposeAsync(
        Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        WasAskedToCompose = true;
        throw new NotSupportedException();
    }

    private BuildResult With(BuildResult built, ImageKind kind)
    {
        string[] files = kind.IsFolder ? [NetworkFiles.Sums, NetworkFiles.Kernel, NetworkFiles.Script] : [kind.Name];
        return built with { Images = [.. built.Images.Where(i => i.Kind != kind), new BuiltImage(kind, [.. files.Select(f => Make(f))])] };
    }

    private ActionOutput Make(string name, byte[]? content = null)
    {
        content ??= Encoding.UTF8.GetBytes($"{name} {Content}");
        return new ActionOutput(name, store.AddBytes(content), content.Length);
    }

    private byte[] ManifestOf(Blueprint blueprint) => new BuildManifest
    {
        Format = BuildManifest.CurrentFormat,
        Edition = blueprint.Edition.Name,
        Version = blueprint.Edition.Version,
        Architecture = "amd64",
        Kernel = "",
        KernelBytes = 0,
        InitramfsBytes = 0,
        UkiBytes = 0,
        ContainerBytes = Packed,
        Capabilities = [],
        Packages = [new ManifestPackage("hello", "1", new string('0', 64), null, null)],
        Entries = [new ManifestEntry("/hello", "file", "0644", "0:0", 3 * Packed, Packed, null, null, "tool", "hello", "whole")],
        Ledger = [],
    }.ToJson();
}
