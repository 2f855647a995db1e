using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Images.Building;
using Strata.Kernel.Hardening;
using Strata.Layers;
using Strata.Measure.Surface;
using Strata.Store.Actions;

namespace Strata.Editions.Measuring;

/// <summary>What an edition shows to an attacker, looked for once in what was built.</summary>
internal sealed class SurfaceStep(BuildServices services, IEditionBuilder builder, HardeningCatalog hardening)
{
    private readonly KernelCheck _kernelCheck = new(services, hardening);

    /// <summary>Looks, or finds what was found before.</summary>
    public async Task<SurfaceNumbers> OfAsync(BuildResult built, CancellationToken cancellationToken)
    {
        ActionKey key = new ActionKeyBuilder("surface", 2)
            .WithCode(
                typeof(SurfaceStep), typeof(SurfaceSurvey), typeof(ElfHardening), typeof(EditionBuilder), typeof(BuildServices),
                typeof(LayerBuilder), typeof(HardeningCheck))
            .Add("lock", built.Lock.Digest)
            .Add("blueprint", built.Blueprint.Digest)
            .Add("manifest", built.Manifest.Digest)
            .Build();
        ActionResult kept = await services.Actions.GetOrAddAsync(key, token => LookAsync(built, token), cancellationToken);
        await using FileStream file = services.Store.OpenRead(kept["surface"].Digest);
        return await JsonSerializer.DeserializeAsync(file, SurfaceJson.Default.SurfaceNumbers, cancellationToken)
            ?? throw new StrataException(
                "cannot read what was found out about the surface: it is null",
                "'strata store verify' tells whether the store is damaged.");
    }

    private async Task<ActionResult> LookAsync(BuildResult built, CancellationToken cancellationToken)
    {
        ComposedEdition composed = await builder.ComposeAsync(built.Blueprint, built.Lock, new StepClock(), cancellationToken);
        KernelSurface? kernel = await _kernelCheck.OfAsync(composed, cancellationToken);
        SurfaceNumbers surface = SurfaceSurvey.Of(
            built.Blueprint, composed.Tree, OpenContents, kernel, services.Progress, cancellationToken) with
        {
            Exposures =
            [
                .. (await UnitExposures.OfAsync(services, composed, cancellationToken))
                    .Select(e => new ServiceExposure(e.Unit, e.Exposure, e.Level)),
            ],
        };
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(surface, SurfaceJson.Default.SurfaceNumbers);
        return new ActionResult([new ActionOutput("surface", services.Store.AddBytes(json), json.Length)]);
    }

    private IContentReader OpenContents() => new PackageContentReader(services.Store.OpenRead);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SurfaceNumbers))]
internal sealed partial class SurfaceJson : JsonSerializerContext;
