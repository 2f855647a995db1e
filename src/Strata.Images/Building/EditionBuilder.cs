using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Images.Budgets;
using Strata.Layers;
using Strata.Store.Actions;

namespace Strata.Images.Building;

/// <summary>From a blueprint and its lock to an image: fetch, list, compose, effects, ledger, initramfs, UKI, disk.</summary>
public sealed class EditionBuilder(BuildServices services) : IEditionBuilder
{
    /// <inheritdoc/>
    public async Task<BuildResult> BuildAsync(
        Blueprint blueprint, EditionLock editionLock, ImageKind kind, StepClock clock, GoodBuild? last, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(clock);
        if (kind != ImageKind.Oci && !blueprint.Edition.HasKernel)
        {
            throw new StrataException(
                $"cannot make something bootable of {blueprint.Edition.Name}: it has no kernel",
                "It is a container image ('--image oci'); 'kernel:' in its blueprint names the kernel of a system that boots.");
        }
        if (kind == ImageKind.Pxe)
        {
            BootTexts.CheckIpxe(blueprint.Edition); // before anything is fetched
        }
        bool wasKept = true;
        ActionResult result = await services.Actions.GetOrAddAsync(
            KeyOf(kind, editionLock.Digest, blueprint.Digest, services.ScriptRules.Digest, ProgramsOf(blueprint, kind)),
            async token =>
            {
                wasKept = false;
                if (SizeForecast.Of(blueprint, editionLock.Guest, last).Check(blueprint.Edition) is string warning)
                {
                    services.Progress.Warn(warning);
                }
                ComposedEdition composed = await new EditionComposer(services).ComposeAsync(blueprint, editionLock, clock, token);
                try
                {
                    return await MakeAsync(composed, kind, clock, token);
                }
                catch (BudgetException e) when (last is not null)
                {
                    throw e.Since(last);
                }
            },
            cancellationToken);
        BuildResult built = new(blueprint, editionLock, result, wasKept, clock.Steps);
        try
        {
            return kind is ImageKind.Iso or ImageKind.Pxe ? await AddAsync(built, kind, clock, cancellationToken) : built;
        }
        catch (BudgetException e) when (last is not null)
        {
            throw e.Since(last);
        }
    }

    /// <inheritdoc/>
    public async Task<BuildResult> AddAsync(BuildResult built, ImageKind kind, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        ArgumentNullException.ThrowIfNull(clock);
        (ActionResult outputs, bool wasKept) = await new MediaImages(services).AddAsync(built.Blueprint.Edition, built.Lock, kind, built.Outputs, clock, cancellationToken);
        return built with { Outputs = outputs, WasKept = built.WasKept && wasKept, Steps = clock.Steps };
    }

    /// <inheritdoc/>
    public Task<ComposedEdition> ComposeAsync(
        Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(clock);
        return new EditionComposer(services).ComposeAsync(blueprint, editionLock, clock, cancellationToken);
    }

    /// <summary>The key of a build: everything that shapes it, each input alone.</summary>
    internal static ActionKey KeyOf(ImageKind kind, Sha256Digest editionLock, Sha256Digest blueprint, Sha256Digest scriptRules,
        IReadOnlyList<string> devicePrograms) =>
        new ActionKeyBuilder(kind == ImageKind.Oci ? "container" : LayerShelf.EditionStep, 1)
            .WithBuildingCode()
            .Add("lock", editionLock)
            .Add("blueprint", blueprint)
            .Add("script-rules", scriptRules)
            .Add("device-programs", devicePrograms)
            .Build();

    /// <summary>The programs of the device that become part of it, each with the digest of its sources.</summary>
    private string[] ProgramsOf(Blueprint blueprint, ImageKind kind)
    {
        bool isStartedByUs = kind != ImageKind.Oci && blueprint.Edition.Layout == EditionLayout.Layers;
        return
        [
            .. blueprint.Capabilities.SelectMany(c => c.DevicePrograms).Select(t => t.Program)
                .Concat(isStartedByUs ? [DeviceProgram.EarlyInit] : [])
                .Distinct()
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => $"{p.Name} {services.DevicePrograms.SourcesOf(p, blueprint.Edition.Architecture)}"),
        ];
    }

    private Task<ActionResult> MakeAsync(ComposedEdition composed, ImageKind kind, StepClock clock, CancellationToken cancellationToken) =>
        kind == ImageKind.Oci ? new ContainerImage(services).MakeAsync(composed, clock, cancellationToken)
        : composed.Edition.Layout == EditionLayout.Layers ? new LayeredImages(services).MakeAsync(composed, clock, cancellationToken)
        : new BootImages(services).MakeAsync(composed, clock, cancellationToken);
}
