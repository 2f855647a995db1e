using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Effects;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Boot;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Layers;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Updates.Layers;
using Strata.Updates.Releases;
using Strata.Updates.State;

namespace Strata.Images.Packing;

/// <summary>A layer for each capability, and in the bootable file the early init with their root hashes.</summary>
internal sealed class LayersPacking(BuildServices services) : IPacking
{
    private const int NamedPackages = 8;
    private static readonly GuestPath s_busyBox = GuestPath.Parse("/usr/bin/busybox");

    /// <inheritdoc/>
    public string Step => LayerShelf.EditionStep;

    /// <inheritdoc/>
    public async Task<Product> PackAsync(
        Edition edition, Func<CancellationToken, Task<ComposedEdition>> compose, StepClock clock, CancellationToken cancellationToken)
    {
        // The early init is compiled beside everything up to the layers: only the initramfs waits for it.
        TaskCompletionSource<ActionOutput> init = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Product? product = null;
        await Together.RunAsync(
            cancellationToken,
            t => Task.Run(
                async () => init.SetResult(await clock.TimeAsync(
                    "early init", () => services.DevicePrograms.BuildAsync(DeviceProgram.EarlyInit, edition.Architecture, t))),
                t),
            async t => product = await PackAsync(await compose(t), init.Task.WaitAsync(t), clock, t));
        return product!;
    }

    private async Task<Product> PackAsync(
        ComposedEdition composed, Task<ActionOutput> init, StepClock clock, CancellationToken cancellationToken)
    {
        Edition edition = composed.Edition;
        KernelFiles kernel = composed.Kernel ?? throw new ArgumentException("the edition has no kernel", nameof(composed));
        (IReadOnlyList<(StoredLayer Layer, bool IsBase)> layers, (ActionOutput kernelImage, ActionOutput initramfs)) =
            await Together.RunAsync(
                token => clock.TimeAsync("layers", () => PackLayersAsync(composed, clock, token)),
                token => Task.Run(() => PackInitramfsAsync(composed, kernel, init, clock, token), token),
                cancellationToken);
        Release release = ReleaseTree.ReleaseOf(edition, layers);
        byte[] head = InitramfsArchive.Plain(InitrdTree.OfRelease(release)); // changes with every layer: what lies behind it is kept
        ActionOutput uki = await clock.TimeAsync(
            "uki", () => UkiFile.JoinAsync(services, composed, new UkiParts(kernelImage, kernel.Version, initramfs) { Head = head },
                cancellationToken));
        long layerBytes = layers.Sum(l => l.Layer.Manifest.Size);
        IReadOnlyDictionary<TreeNode, long> shares = clock.Time(
            "shares", () => LayerShares.Of(services.Store, composed.Tree, [.. layers.Select(l => l.Layer)]));
        SizeBudget.Check(
            edition, "bootable file and layers", uki.Size + layerBytes, kernelImage.Size, composed.Tree, shares, composed.Versions);
        ActionOutput manifest = clock.Time("manifest", () =>
        {
            BuildManifest description = ManifestDescription.Of(services, composed, shares) with
            {
                Kernel = kernel.Version,
                KernelBytes = kernelImage.Size,
                InitramfsBytes = head.Length + initramfs.Size,
                UkiBytes = uki.Size,
                LayerBytes = layerBytes,
            };
            return services.Keep("manifest", description.ToJson());
        });
        return new Product
        {
            Uki = uki,
            Release = services.Keep("release", ReleaseWriter.Write(release)),
            Manifest = manifest,
            Layers = [.. layers.SelectMany(l => LayerBuilder.OutputsOf(services.Store, l.Layer))],
        };
    }

    private async Task<(ActionOutput Kernel, ActionOutput Initramfs)> PackInitramfsAsync(
        ComposedEdition composed, KernelFiles kernel, Task<ActionOutput> init, StepClock clock, CancellationToken cancellationToken)
    {
        ActionOutput kernelImage = await clock.TimeAsync("kernel", () => UkiFile.KeepKernelAsync(services, kernel, cancellationToken));
        IReadOnlyList<(string Name, FileContent Module)> modules = await clock.TimeAsync(
            "initrd", () => InitModules.FilesOfAsync(
                services, kernel, InitModules.ForLayers, composed.Edition.State?.Encryption ?? StateEncryption.None, cancellationToken));
        ActionOutput program = await init;
        FileTree initrd = InitrdTree.Of(new InitrdParts
        {
            Init = new StoredContent(program.Size, program.Digest),
            Modules = modules,
            State = StateOf.Edition(composed.Edition, composed.Tree),
            Shell = composed.Tree.TryGet(s_busyBox, out TreeEntry busyBox)
                && busyBox is { Origin.Package: "busybox-static", Node: FileNode shell } ? shell.Content : null,
        });
        return (kernelImage, await clock.TimeAsync(
            "initramfs", () => InitramfsArchive.PackAsync(services, initrd, composed, cancellationToken)));
    }

    private async Task<IReadOnlyList<(StoredLayer Layer, bool IsBase)>> PackLayersAsync(
        ComposedEdition composed, StepClock clock, CancellationToken cancellationToken)
    {
        Edition edition = composed.Edition;
        Dictionary<string, (string Version, Sha256Digest Digest)> packages = composed.Packages.Packages.ToDictionary(
            p => p.Name, p => (p.Version, p.Digest), StringComparer.Ordinal);
        using BlockCache blocks = new(services.Store);
        LayerBuilder builder = new(services.Store, services.Actions, blocks, services.Progress);
        using EffectRun effects = new(services.Store, composed.Packages, composed.Tools, composed.Kernel)
        {
            Programs = composed.Programs, Actions = services.Actions,
            Timed = (effect, apply) => clock.TimePart("split", effect, apply),
        };
        IReadOnlyList<LayerPart> parts = clock.Time(
            "split", () => LayerSplit.Of(composed.Blueprint, composed.Packages, composed.Tree, effects.ApplyOwn));
        HashSet<string> used =
            [.. parts.SelectMany(p => p.Tree.Entries).Select(e => e.Origin.Package).OfType<string>().Where(packages.ContainsKey)];
        IReadOnlyDictionary<string, IReadOnlyList<string>> licences =
            await new PackageLicences(services.Store, services.Actions).OfAsync(composed.Packages, used, cancellationToken);
        List<(StoredLayer, bool)> layers = [];
        foreach (LayerPart part in parts)
        {
            HashSet<string> mine = new(part.Tree.Entries.Select(e => e.Origin.Package).OfType<string>(), StringComparer.Ordinal);
            LayerInput input = new()
            {
                Name = part.Name,
                Architecture = edition.Architecture,
                Requires = part.Requires,
                Provides = part.Capability is null ? [] : [part.Name],
                Tree = part.Tree,
                Packages = packages.Where(p => mine.Contains(p.Key)).ToDictionary(StringComparer.Ordinal),
                Licences = licences.Where(l => mine.Contains(l.Key)).ToDictionary(StringComparer.Ordinal),
                Effects = part.Capability is null
                    ? [.. EffectCatalog.All.Where(e => e.IsOfTheSystem).Select(e => e.Name)]
                    : [.. part.Capability.Effects.Select(e => e.Name)],
                Packing = LayerPacking.Named(edition.Packing, edition.Architecture, composed.Compression),
            };
            StoredLayer layer = await builder.BuildAsync(input, services.OpenContents, cancellationToken: cancellationToken);
            if (part.Capability is not null)
            {
                CheckBudget(part.Capability, layer.Manifest);
            }
            layers.Add((layer, part.IsBase));
        }
        return layers;
    }

    private static void CheckBudget(Capability capability, LayerManifest layer)
    {
        if (capability.LayerBudget is ByteSize budget && layer.Size > budget.Bytes)
        {
            IEnumerable<string> largest = layer.Packages
                .OrderByDescending(p => p.PlainBytes).ThenBy(p => p.Name, StringComparer.Ordinal).Take(NamedPackages)
                .Select(p => $"{p.Name}: {new ByteSize(p.PlainBytes)} plain");
            throw new StrataException(
                $"cannot build layer {capability.Name}: it takes {new ByteSize(layer.Size)}, its budget is {budget}"
                + $"\n  {string.Join("\n  ", largest)}",
                $"Take less from the largest packages, or raise 'budget: layer' in {capability.File}.");
        }
    }
}
