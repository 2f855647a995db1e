using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Images.Boot;
using Strata.Images.Budgets;
using Strata.Images.Manifests;
using Strata.Images.Measurements;
using Strata.Images.Media;
using Strata.Images.Packing;
using Strata.Images.Signing;
using Strata.Images.Steps;
using Strata.Packages.Locks;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Building;

/// <summary>From a blueprint and its lock to an image: fetch, list, compose, effects, ledger, pack, and write the medium.</summary>
/// <param name="services">What it works with.</param>
/// <param name="media">The media there are; null for <see cref="Media.Media.All"/>.</param>
/// <param name="signer">Signs what firmware starts; null leaves it unsigned. Owned by who made it.</param>
public sealed class EditionBuilder(BuildServices services, IReadOnlyList<IMedium>? media = null, ImageSigner? signer = null)
    : IEditionBuilder
{
    private const string MeasurementsName = "measurements";

    private readonly IReadOnlyList<IMedium> _media = media ?? Media.Media.All;

    /// <inheritdoc/>
    public async Task<BuildResult> BuildAsync(
        Blueprint blueprint, EditionLock editionLock, ImageKind kind, StepClock clock, GoodBuild? last, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(clock);
        CheckKind(blueprint.Edition, kind); // before anything is fetched
        bool wasKept = true;
        IPacking packing = Packings.For(blueprint.Edition, kind, services);
        try
        {
            ActionResult packed = await services.Actions.GetOrAddAsync(
                KeyOf(packing.Step, editionLock.Digest, blueprint.Digest, services.ScriptRules.Digest, ProgramsOf(blueprint, kind)),
                async token =>
                {
                    wasKept = false;
                    if (SizeForecast.Of(blueprint, editionLock.Guest, last).Check(blueprint.Edition) is string warning)
                    {
                        services.Progress.Warn(warning);
                    }
                    Product product = await packing.PackAsync(
                        blueprint.Edition, t => new EditionComposer(services).ComposeAsync(blueprint, editionLock, clock, t), clock, token);
                    return product.ToResult();
                },
                cancellationToken);
            BuildResult built = new(blueprint, editionLock, Product.Of(packed), [], wasKept, clock.Steps);
            return await AddAsync(built, kind, clock, cancellationToken);
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
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(clock);
        Edition edition = built.Blueprint.Edition;
        IMedium medium = CheckKind(edition, kind);
        bool wasKept = true;
        ActionResult written = medium.Step is not string step ? await WriteAsync(cancellationToken)
            : await clock.TimeAsync(step, () => services.Actions.GetOrAddAsync(
                KeyOf(step, medium, edition, built, signer),
                token =>
                {
                    wasKept = false;
                    return WriteAsync(token);
                },
                cancellationToken));
        BuiltImage image = new(kind, [.. written.Outputs.Where(o => o.Name != MeasurementsName)])
        {
            Measurements = written.Outputs.FirstOrDefault(o => o.Name == MeasurementsName),
        };
        if (edition.Budgets.Image is not null)
        {
            using FileStream json = services.Store.OpenRead(built.Manifest.Digest);
            BuildManifest manifest = BuildManifest.FromJson(json);
            if (medium.Budgeted(image.Files, manifest) is (string what, long bytes))
            {
                SizeBudget.Check(edition, what, bytes, manifest);
            }
        }
        return built with
        {
            Images = [.. built.Images.Where(i => i.Kind != kind), image],
            WasKept = built.WasKept && wasKept,
            Steps = clock.Steps,
        };

        async Task<ActionResult> WriteAsync(CancellationToken token)
        {
            using IProgressTask task = services.Progress.Begin($"writing {kind.Title}");
            ToolTree? tools = medium.NeedsTools(edition)
                ? await services.Toolbox.InstallAsync(services.BuildTools.Name, built.Lock.Tools, token) : null;
            Product product = signer is null || built.Product.Uki is not ActionOutput uki ? built.Product
                : built.Product with { Uki = await signer.SignAsync(services, built.Blueprint, uki, token) };
            MediumParts parts = new(services, edition, product, tools) { Signer = signer };
            IReadOnlyList<ActionOutput> files = await medium.WriteAsync(parts, token);
            bool isTold = medium.StartedBy.Contains(BootPrograms.Uefi);
            return new ActionResult(isTold ? [.. files, Predict(built.Blueprint, medium, parts)] : files);
        }
    }

    private ActionOutput Predict(Blueprint blueprint, IMedium medium, MediumParts parts)
    {
        byte[]? program = medium.StartOf(parts.Edition) == BootProgram.Uki ? null
            : EspTree.SystemdBoot(parts.Edition.Architecture, parts.Tools);
        using FileStream uki = services.Store.OpenRead(parts.Product.Bootable.Digest);
        try
        {
            return services.Keep(MeasurementsName, Prediction.Of(
                blueprint, uki, program, signer?.Enrolment ?? new Dictionary<string, byte[]>(), signer?.Certificate).Write());
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot tell what a TPM measures of {parts.Edition.Name}: {e.Message}", innerException: e);
        }
    }

    /// <inheritdoc/>
    public Task<ComposedEdition> ComposeAsync(Blueprint blueprint, EditionLock editionLock, StepClock clock, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(clock);
        return new EditionComposer(services).ComposeAsync(blueprint, editionLock, clock, cancellationToken);
    }

    /// <summary>The key of packing: everything that shapes it, each input alone.</summary>
    internal static ActionKey KeyOf(
        string step, Sha256Digest editionLock, Sha256Digest blueprint, Sha256Digest scriptRules, IReadOnlyList<string> devicePrograms) =>
        new ActionKeyBuilder(step, 2)
            .WithBuildingCode()
            .Add("lock", editionLock)
            .Add("blueprint", blueprint)
            .Add("script-rules", scriptRules)
            .Add("device-programs", devicePrograms)
            .Build();

    /// <summary>The key of a medium: what was packed, its own words of the edition, and the tools that it needs.</summary>
    internal static ActionKey KeyOf(string step, IMedium medium, Edition edition, BuildResult built, ImageSigner? signer = null)
    {
        ActionKeyBuilder key = new ActionKeyBuilder(step, 2)
            .WithBuildingCode()
            .WithSigningCode()
            .Add("edition", medium.InputsOf(edition))
            .Add("phases", KernelMeasurement.PhasesOf(built.Blueprint));
        if (signer is not null)
        {
            key.Add("signer", signer.InputsFor(built.Blueprint));
        }
        if (medium.NeedsTools(edition))
        {
            key.Add("tools", Sha256Digest.Of(PackageLockFile.Write(built.Lock.Tools)));
        }
        foreach ((string name, ActionOutput? part) in new[]
            { ("uki", built.Product.Uki), ("release", built.Product.Release), ("container", built.Product.Container) })
        {
            if (part is not null)
            {
                key.Add(name, part.Digest);
            }
        }
        return key.Build();
    }

    /// <summary>The programs of the device that become part of it, each with the digest of its sources.</summary>
    private string[] ProgramsOf(Blueprint blueprint, ImageKind kind)
    {
        bool isStartedByUs = kind.Boots && blueprint.Edition.HasEarlyInit;
        return
        [
            .. blueprint.Capabilities.SelectMany(c => c.DevicePrograms).Select(t => t.Program)
                .Concat(isStartedByUs ? [DeviceProgram.EarlyInit] : [])
                .Distinct()
                .OrderBy(p => p.Name, StringComparer.Ordinal)
                .Select(p => $"{p.Name} {services.DevicePrograms.SourcesOf(p, blueprint.Edition.Architecture)}"),
        ];
    }

    private IMedium CheckKind(Edition edition, ImageKind kind)
    {
        IMedium medium = _media.FirstOrDefault(m => m.Kind == kind)
            ?? throw new ArgumentException($"nothing makes the image '{kind}'", nameof(kind));
        if (kind.Boots && !edition.HasKernel)
        {
            throw new StrataException(
                $"cannot make something bootable of {edition.Name}: it has no kernel",
                "It is a container image ('--image oci'); 'kernel:' in its blueprint names the kernel of a system that boots.");
        }
        if (medium.StartedBy.Count > 0 && !medium.StartedBy.Any(p => p.StartsOn(edition.Architecture)))
        {
            throw new StrataException(
                $"cannot make {kind.Title} of {edition.Name}: no machine of {edition.Architecture} is started by "
                + string.Join(" or ", medium.StartedBy.Select(p => p.Name)));
        }
        return medium.StartedBy.Select(p => p.ProblemOf(edition)).OfType<string>().FirstOrDefault() is string problem
            ? throw new StrataException($"cannot make {kind.Title} of {edition.Name}: {problem}", "The other images take it as it is.")
            : medium;
    }
}
