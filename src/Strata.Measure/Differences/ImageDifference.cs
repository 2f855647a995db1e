namespace Strata.Measure.Differences;

/// <summary>What two images do not have in common.</summary>
public sealed record ImageDifference
{
    /// <summary>The first.</summary>
    public required string Before { get; init; }

    /// <summary>The second.</summary>
    public required string After { get; init; }

    /// <summary>Parts of another size.</summary>
    public required IReadOnlyList<SizeChange> Parts { get; init; }

    /// <summary>Packages that are new, gone or of another version.</summary>
    public required IReadOnlyList<ValueChange> Packages { get; init; }

    /// <summary>Paths that differ, sorted.</summary>
    public required IReadOnlyList<PathChange> Paths { get; init; }

    /// <summary>Symbols of the kernels' configurations; null when they are not known of both.</summary>
    public IReadOnlyList<ValueChange>? KernelSymbols { get; init; }

    /// <summary>Budgets; null when they are not known of both.</summary>
    public IReadOnlyList<ValueChange>? Budgets { get; init; }

    /// <summary>True when nothing differs.</summary>
    public bool IsEmpty => Parts.Count + Packages.Count + Paths.Count + (KernelSymbols?.Count ?? 0) + (Budgets?.Count ?? 0) == 0;

    /// <summary>Compares.</summary>
    public static ImageDifference Between(ImageContents before, ImageContents after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new ImageDifference
        {
            Before = before.Name,
            After = after.Name,
            Parts =
            [
                .. before.Parts.Keys.Union(after.Parts.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                    .Select(k => new SizeChange(k, before.Parts.TryGetValue(k, out long was) ? was : null, after.Parts.TryGetValue(k, out long now) ? now : null))
                    .Where(c => c.Before != c.After),
            ],
            Packages = before.Packages.Count == 0 || after.Packages.Count == 0 ? [] : Changes(before.Packages, after.Packages),
            Paths =
            [
                .. before.Entries.Keys.Union(after.Entries.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                    .Select(p => Change(p, before.Entries.GetValueOrDefault(p), after.Entries.GetValueOrDefault(p))).OfType<PathChange>(),
            ],
            KernelSymbols = before.KernelSymbols is { } first && after.KernelSymbols is { } second ? Changes(first, second) : null,
            Budgets = before.Budgets is { } one && after.Budgets is { } two ? Changes(one, two) : null,
        };
    }

    private static List<ValueChange> Changes(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
    [
        .. before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(k => new ValueChange(k, before.GetValueOrDefault(k), after.GetValueOrDefault(k))).Where(c => c.Before != c.After),
    ];

    private static PathChange? Change(string path, ContentEntry? before, ContentEntry? after)
    {
        if (before is null || after is null)
        {
            ContentEntry only = (before ?? after)!;
            return new PathChange(path, before is null ? "added" : "removed", before is null ? only.Size : -only.Size, only.Package, [$"{only.Type} {only.Mode} {only.Owner}"]);
        }
        List<string> what = [];
        Compare("type", before.Type, after.Type);
        Compare("mode", before.Mode, after.Mode);
        Compare("owner", before.Owner, after.Owner);
        Compare("target", before.Target, after.Target);
        if (before.Digest != after.Digest && before.Type == "file" && after.Type == "file")
        {
            what.Add("content");
        }
        return what.Count == 0 ? null : new PathChange(path, "changed", after.Size - before.Size, after.Package, what);

        void Compare(string name, string first, string second)
        {
            if (first != second)
            {
                what.Add($"{name} {first} -> {second}");
            }
        }
    }
}

/// <summary>Something with a value, before and after.</summary>
/// <param name="Name">What.</param>
/// <param name="Before">Null when it was not there.</param>
/// <param name="After">Null when it is gone.</param>
public sealed record ValueChange(string Name, string? Before, string? After);

/// <summary>Something with a size, before and after, in bytes.</summary>
/// <param name="Name">What.</param>
/// <param name="Before">Null when it was not there.</param>
/// <param name="After">Null when it is gone.</param>
public sealed record SizeChange(string Name, long? Before, long? After);

/// <summary>A path that differs.</summary>
/// <param name="Path">Where.</param>
/// <param name="How"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Bytes">Difference of its plain size.</param>
/// <param name="Package">What it came from; empty when that is not known.</param>
/// <param name="What">What differs; of one that was added or removed what it is.</param>
public sealed record PathChange(string Path, string How, long Bytes, string Package, IReadOnlyList<string> What);
