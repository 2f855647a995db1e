using System.Globalization;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Editions.Building;
using Strata.Images.Building;
using Strata.Kernel.Profiles;
using Strata.Measure;
using Strata.Measure.Differences;
using Strata.Packages.Locks;
using Strata.Updates.Releases;

namespace Strata.Editions.Measuring;

/// <summary>What an edition consists of, to be compared with another one or with an image.</summary>
/// <param name="services">Has what it was built from.</param>
public sealed class EditionContents(BuildServices services)
{
    private readonly KernelConfigs _configs = new(services);

    /// <summary>Of a build: its parts and paths, and what only a blueprint tells, its budgets and the symbols of its kernel.</summary>
    public async Task<ImageContents> OfAsync(BuildResult built, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        Edition edition = built.Blueprint.Edition;
        ImageContents contents = ImageContents.Of(
            BuiltParts.ManifestOf(services.Store, built), $"{edition.Name} {edition.Version}");
        return contents with
        {
            Parts = PartsOf(contents, BuiltParts.ReleaseOf(services.Store, built)),
            Budgets = BudgetsOf(edition.Budgets),
            KernelSymbols = built is { Blueprint.KernelProfile: KernelProfile profile, Lock.Kernel: PackageLock tools }
                ? (await _configs.OfAsync(profile, tools, cancellationToken)).Values
                : null,
        };
    }

    /// <summary>Bytes of what a build is made of, its layers included.</summary>
    internal static Dictionary<string, long> PartsOf(ImageContents contents, Release? release)
    {
        Dictionary<string, long> parts = new(contents.Parts, StringComparer.Ordinal);
        foreach (ReleaseLayer layer in release?.Layers ?? [])
        {
            parts["layer " + layer.Name] = layer.Size;
        }
        return parts;
    }

    /// <summary>The budgets that a blueprint sets, as text by name.</summary>
    internal static Dictionary<string, string> BudgetsOf(EditionBudgets budgets) => new (string Name, string? Value)[]
        {
            ("image", budgets.Image?.ToString()),
            ("installed", budgets.Installed?.ToString()),
            ("memory", budgets.Memory?.ToString()),
            ("least-memory", budgets.LeastMemory?.ToString()),
            ("packages", budgets.Packages?.ToString(CultureInfo.InvariantCulture)),
            ("setuid", budgets.SetUid?.ToString(CultureInfo.InvariantCulture)),
            ("ports", budgets.Ports?.ToString(CultureInfo.InvariantCulture)),
            ("boot", budgets.Boot is long boot ? MeasuredNumber.Show(boot, "thousandths") : null),
        }
        .Where(b => b.Value is not null).ToDictionary(b => b.Name, b => b.Value!, StringComparer.Ordinal);
}
