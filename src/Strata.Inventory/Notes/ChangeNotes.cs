using System.Text;
using Strata.Inventory.Bills;
using Strata.Inventory.Vulnerabilities;
using Strata.Packages.Versions;

namespace Strata.Inventory.Notes;

/// <summary>What one release has that another had not: packages, files and sizes of layers, kernel options, budgets.</summary>
public sealed record ChangeNotes
{
    /// <summary>The earlier one: <c>nano 1.0</c>.</summary>
    public required string Before { get; init; }

    /// <summary>The later one.</summary>
    public required string After { get; init; }

    /// <summary>Packages that differ, by name.</summary>
    public required IReadOnlyList<PackageNote> Packages { get; init; }

    /// <summary>Vulnerabilities that the new packages fix, by package and number; null when nobody asked a feed.</summary>
    public IReadOnlyList<FixNote>? SecurityFixes { get; init; }

    /// <summary>Bytes of what it is made of, where they differ.</summary>
    public required IReadOnlyList<SizeNote> Sizes { get; init; }

    /// <summary>Files that differ, by layer.</summary>
    public required IReadOnlyList<LayerNote> Layers { get; init; }

    /// <summary>Release and options of a compiled kernel that differ.</summary>
    public required IReadOnlyList<ValueNote> Kernel { get; init; }

    /// <summary>Budgets that differ.</summary>
    public required IReadOnlyList<ValueNote> Budgets { get; init; }

    /// <summary>True when nothing differs.</summary>
    public bool IsEmpty => Packages.Count + Sizes.Count + Layers.Count + Kernel.Count + Budgets.Count == 0;

    /// <summary>Compares two bills.</summary>
    public static ChangeNotes Between(Bill before, Bill after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new ChangeNotes
        {
            Before = $"{before.Edition} {before.Version}",
            After = $"{after.Edition} {after.Version}",
            Packages = [.. PackagesBetween(before, after)],
            Sizes =
            [
                .. Values(before.Parts.ToDictionary(p => p.Key, p => (long?)p.Value), after.Parts.ToDictionary(p => p.Key, p =>
                    (long?)p.Value))
                    .Select(v => new SizeNote(v.Name, v.Before, v.After)),
            ],
            Layers = [.. LayersBetween(before, after)],
            Kernel =
            [
                .. Texts(ReleaseOf(before), ReleaseOf(after)), .. Texts(OptionsOf(before.Kernel), OptionsOf(after.Kernel)),
            ],
            Budgets = [.. Texts(before.Budgets, after.Budgets)],
        };
    }

    private static IEnumerable<PackageNote> PackagesBetween(Bill before, Bill after)
    {
        Dictionary<string, BillPackage> old = before.Contained.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Dictionary<string, BillPackage> now = after.Contained.ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (string name in old.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            BillPackage? first = old.GetValueOrDefault(name);
            BillPackage? second = now.GetValueOrDefault(name);
            if (first?.Sha256 != second?.Sha256)
            {
                yield return new PackageNote(name, (second ?? first)!.Source ?? "", first?.Version, second?.Version, HowOf(first, second));
            }
        }
    }

    private static string HowOf(BillPackage? before, BillPackage? after) => (before, after) switch
    {
        (null, _) => "added",
        (_, null) => "removed",
        _ when before.Version == after.Version => "replaced", // other bytes of the same version
        _ when DebianVersion.TryParse(before.Version, out DebianVersion? old, out _)
            && DebianVersion.TryParse(after.Version, out DebianVersion? now, out _) && now < old => "downgraded",
        _ => "updated",
    };

    private static IEnumerable<LayerNote> LayersBetween(Bill before, Bill after)
    {
        ILookup<string, BillFile> old = ByLayer(before);
        ILookup<string, BillFile> now = ByLayer(after);
        foreach (string layer in before.Layers.Concat(after.Layers).Select(l => l.Name).Distinct(StringComparer.Ordinal))
        {
            Dictionary<string, BillFile> first = old[layer].ToDictionary(f => f.Path, StringComparer.Ordinal);
            Dictionary<string, BillFile> second = now[layer].ToDictionary(f => f.Path, StringComparer.Ordinal);
            int added = second.Keys.Count(p => !first.ContainsKey(p));
            int removed = first.Keys.Count(p => !second.ContainsKey(p));
            int changed = second.Values.Count(f => first.TryGetValue(f.Path, out BillFile? was) && was.Sha256 != f.Sha256);
            if (added + removed + changed > 0)
            {
                yield return new LayerNote(layer, added, removed, changed, second.Values.Sum(f => f.Size) - first.Values.Sum(f => f.Size));
            }
        }

        static ILookup<string, BillFile> ByLayer(Bill bill) =>
            bill.Files.SelectMany(f => f.Layers.Select(l => (l, f))).ToLookup(p => p.l, p => p.f, StringComparer.Ordinal);
    }

    private static Dictionary<string, string> ReleaseOf(Bill bill) =>
        bill.Kernel is BillKernel kernel ? new() { ["release"] = kernel.Release, ["profile"] = kernel.Profile } : [];

    // .config: CONFIG_NAME=value; what is not set stands in comments, and is as good as absent
    private static Dictionary<string, string> OptionsOf(BillKernel? kernel)
    {
        Dictionary<string, string> options = new(StringComparer.Ordinal);
        foreach (string line in kernel is null ? [] : Encoding.UTF8.GetString(kernel.Config.Span).Split('\n'))
        {
            if (line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.IndexOf('=', StringComparison.Ordinal) is > 0 and int at)
            {
                options[line[..at]] = line[(at + 1)..];
            }
        }
        return options;
    }

    private static IEnumerable<ValueNote> Texts(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        Values(before, after).Select(v => new ValueNote(v.Name, v.Before, v.After));

    private static IEnumerable<(string Name, T? Before, T? After)> Values<T>(
        IReadOnlyDictionary<string, T> before, IReadOnlyDictionary<string, T> after) =>
        before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(k => (k, before.GetValueOrDefault(k), after.GetValueOrDefault(k)))
            .Where(v => !Equals(v.Item2, v.Item3));
}

/// <summary>A package that differs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Source">Its source package.</param>
/// <param name="Before">Its version before; null when it is new.</param>
/// <param name="After">Its version now; null when it is gone.</param>
/// <param name="How"><c>added</c>, <c>removed</c>, <c>updated</c>, <c>downgraded</c>, or <c>replaced</c> by other bytes of the same
/// version.</param>
public sealed record PackageNote(string Name, string Source, string? Before, string? After, string How);

/// <summary>A vulnerability that is fixed now.</summary>
/// <param name="Id">Its number: <c>CVE-2026-1234</c>.</param>
/// <param name="Source">The source package.</param>
/// <param name="FixedIn">Version of the source package that fixed it.</param>
/// <param name="Severity">How bad it is.</param>
public sealed record FixNote(string Id, string Source, string FixedIn, string Severity)
{
    /// <summary>What the tracker says, as notes: by package and number.</summary>
    public static IReadOnlyList<FixNote> Of(IEnumerable<TrackerEntry> entries) =>
    [
        .. entries.OrderBy(e => e.Source, StringComparer.Ordinal).ThenBy(e => e.Id, StringComparer.Ordinal)
            .Select(e => new FixNote(e.Id, e.Source, e.FixedVersion, Scan.SeverityOf(e.Urgency).ToString().ToLowerInvariant())),
    ];
}

/// <summary>A size that differs, in bytes.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Before">Null when it is new.</param>
/// <param name="After">Null when it is gone.</param>
public sealed record SizeNote(string Name, long? Before, long? After);

/// <summary>Files of a layer that differ.</summary>
/// <param name="Layer">Its name.</param>
/// <param name="Added">How many are new.</param>
/// <param name="Removed">How many are gone.</param>
/// <param name="Changed">How many have other bytes.</param>
/// <param name="Bytes">Difference of the plain bytes of all its files.</param>
public sealed record LayerNote(string Layer, int Added, int Removed, int Changed, long Bytes);

/// <summary>A value that differs.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Before">Null when it was not there.</param>
/// <param name="After">Null when it is gone.</param>
public sealed record ValueNote(string Name, string? Before, string? After);
