using Strata.Blueprints;
using Strata.Core;
using Strata.Packages.Locks;

namespace Strata.Images.Budgets;

/// <summary>How large the image will be, told from the lock before anything is fetched. Bytes.</summary>
/// <param name="Least">It will hardly be smaller: parts that nothing changed about, less two in a hundred for what compression makes of neighbours.</param>
/// <param name="Likely">What is likely.</param>
/// <param name="Most">It will hardly be larger: every package of the lock as a whole, compressed as it is in the archive.</param>
public sealed record SizeForecast(long Least, long Likely, long Most)
{
    // of the package's own size: seen over the editions that come with Strata; a slice of a package is about a third of it
    private const double OfWhole = 0.8;
    private const double OfSlice = 0.3;
    private const double Repacked = 1.15;
    private const long UnknownStockKernel = 12 << 20;
    private const long UnknownOwnKernel = 4 << 20;
    private const double Neighbours = 0.98;

    /// <summary>Forecasts.</summary>
    /// <param name="blueprint">What is taken of the packages.</param>
    /// <param name="packages">The guest's part of its lock.</param>
    /// <param name="last">The last good build, if one is known: what did not change since counts with its size then.</param>
    public static SizeForecast Of(Blueprint blueprint, PackageLock packages, GoodBuild? last)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(packages);
        Dictionary<string, GoodPart> known = last?.Parts.ToDictionary(p => p.Name, StringComparer.Ordinal) ?? [];
        long kernel = !blueprint.Edition.HasKernel ? 0 : last?.KernelBytes ?? blueprint.KernelProfile?.ImageBudget?.Bytes ?? (blueprint.KernelProfile is null ? UnknownStockKernel : UnknownOwnKernel);
        double least = last is null ? 0 : kernel;
        double likely = kernel;
        double most = kernel;
        foreach (LockedPackage package in packages.Packages)
        {
            string slice = SliceText.Of(blueprint, package.Name);
            double whole = package.Size * Repacked;
            bool isKernel = package.Name == blueprint.KernelPackage || (blueprint.KernelPackage is not null && package.Name.StartsWith("linux-image", StringComparison.Ordinal));
            if (known.TryGetValue(package.Name, out GoodPart? part))
            {
                least += part.Version == package.Version && slice.Length > 0 && slice == part.Slice ? part.Packed * Neighbours : 0;
                likely += part.Slice == slice ? part.Packed : package.Size * (slice == "whole" ? OfWhole : OfSlice);
                most += Math.Max(part.Packed, whole);
                continue;
            }
            // of a package that was in the lock and not in the image nothing will be taken unless a capability names it now
            likely += isKernel || (last is not null && slice.Length == 0) ? 0 : package.Size * (slice == "whole" ? OfWhole : OfSlice);
            most += whole;
        }
        return new SizeForecast((long)least, (long)Math.Max(least, likely), (long)most);
    }

    /// <summary>One sentence for people.</summary>
    public override string ToString() => $"about {new ByteSize(Likely)} (a forecast: {new ByteSize(Least)} to {new ByteSize(Most)})";

    /// <summary>Compares with the budget: fails when even the least is too much; else a warning when it is likely too much.</summary>
    /// <exception cref="StrataException">The budget cannot be kept.</exception>
    public string? Check(Edition edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        if (edition.Budgets.Image is not ByteSize budget)
        {
            return null;
        }
        if (Least > budget.Bytes)
        {
            throw new StrataException(
                $"cannot build {edition.Name}: what did not change since the last build within its budgets takes {new ByteSize(Least)} by itself, the budget is {budget}",
                "Take less, or raise 'budget: image' in the blueprint.");
        }
        return Likely > budget.Bytes ? $"the image will have {this}, its budget is {budget}; it is exact when it is packed" : null;
    }
}
