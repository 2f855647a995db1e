using Strata.Core;
using Strata.Measure.Sizes;

namespace Strata.Measure;

/// <summary>What changed between two measurements, and who is to blame.</summary>
public sealed record MeasurementDifference
{
    /// <summary>What it was compared with, for people.</summary>
    public required string Against { get; init; }

    /// <summary>The numbers.</summary>
    public required IReadOnlyList<NumberChange> Numbers { get; init; }

    /// <summary>Parts and packages whose size in the image changed, the largest difference first.</summary>
    public required IReadOnlyList<PackageChange> Blame { get; init; }

    /// <summary>What can be attacked and was not there, or no longer is: <c>+ setuid /usr/bin/su</c>.</summary>
    public required IReadOnlyList<string> Surface { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="before">The earlier.</param>
    /// <param name="after">The later.</param>
    /// <param name="against">What the earlier is, for people.</param>
    public static MeasurementDifference Between(Measurement before, Measurement after, string against)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new MeasurementDifference
        {
            Against = against,
            Numbers = [.. NumberNames.All.Select(n => new NumberChange(n.Name, n.Unit, n.Of(before), n.Of(after), n.IsNumberToWatch, n.NoisePercent(before, after))).Where(n => n.Before is not null || n.After is not null)],
            Blame = BlameOf(before.Download.Parts, after.Download.Parts, Math.Max(SmallestOf(before), SmallestOf(after))),
            Surface =
            [
                .. Names("program", before.Surface.Programs, after.Surface.Programs),
                .. Names("setuid", before.Surface.SetUid, after.Surface.SetUid),
                .. Names("setgid", before.Surface.SetGid, after.Surface.SetGid),
                .. Names("service", before.Surface.Services.Select(s => s.Name), after.Surface.Services.Select(s => s.Name)),
                .. Names("world-writable", before.Surface.WorldWritable, after.Surface.WorldWritable),
                // where one of the two asked no guest, nothing is known of its sockets: not that they are gone
                .. before.Guest is { WasAsked: true } && after.Guest is { WasAsked: true }
                    ? Names("listening", ListeningOf(before), ListeningOf(after)) : [],
                .. before.Surface.Kernel is { } ruled && after.Surface.Kernel is { } rules
                    ? Names("kernel rule broken", ruled.Failed, rules.Failed) : [],
            ],
        };
    }

    /// <summary>Numbers that only one of the two has: nothing is known of their growth.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<string> NotCompared => [.. Numbers.Where(n => n.Difference is null).Select(n => n.Name)];

    /// <summary>What changed by itself, and how much estimates of all the rest moved with it: packages whose files are what they were, in parts compressed as a whole.</summary>
    public (IReadOnlyList<PackageChange> Changed, long Moved) SplitBlame()
    {
        PackageChange[] moved = [.. Blame.Where(c => c.Package.Length > 0 && c.Plain == 0 && c.Files.Count == 0 && c.VersionBefore == c.VersionAfter && c.VersionBefore is not null)];
        return ([.. Blame.Except(moved)], moved.Sum(c => c.Packed));
    }

    /// <summary>Numbers to watch that grew by more than a share of what they were.</summary>
    /// <param name="percent">The share.</param>
    public IReadOnlyList<NumberChange> Regressions(decimal percent) => [.. Numbers.Where(n => n.IsNumberToWatch && n.GrewByMoreThan(percent))];

    private static IEnumerable<string> ListeningOf(Measurement measurement) =>
        (measurement.Guest?.Listening ?? []).Where(s => s.IsReachable).Select(s => $"{s.Protocol} {s.Port}{(s.Program.Length > 0 ? " " + s.Program : "")}");

    private static IEnumerable<string> Names(string what, IEnumerable<string> before, IEnumerable<string> after)
    {
        HashSet<string> first = [.. before];
        HashSet<string> second = [.. after];
        return second.Except(first, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(n => $"+ {what} {n}")
            .Concat(first.Except(second, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(n => $"- {what} {n}"));
    }

    /// <summary>A line of a history names its largest files only: the size below which it may keep silent of one; 0 when it names all.</summary>
    private static long SmallestOf(Measurement measurement)
    {
        SizePackage[] packages = [.. measurement.Download.Parts.SelectMany(p => p.Packages)];
        bool isWhole = packages.All(p => p.Files.Count >= p.Names || p.Files.Sum(f => f.Plain) >= p.Plain);
        return isWhole ? 0 : packages.SelectMany(p => p.Files).Select(f => f.Packed).DefaultIfEmpty(long.MaxValue / 4).Min();
    }

    private static List<PackageChange> BlameOf(IReadOnlyList<SizePart> before, IReadOnlyList<SizePart> after, long smallest)
    {
        Dictionary<(string Part, string Package), SizePackage> first = Flat(before);
        Dictionary<(string Part, string Package), SizePackage> second = Flat(after);
        return
        [
            .. first.Keys.Union(second.Keys).Select(k => Change(k, first.GetValueOrDefault(k), second.GetValueOrDefault(k), smallest))
                .Where(c => c.Packed != 0 || c.Plain != 0)
                .OrderByDescending(c => Math.Abs(c.Packed)).ThenByDescending(c => Math.Abs(c.Plain)).ThenBy(c => c.Part, StringComparer.Ordinal).ThenBy(c => c.Package, StringComparer.Ordinal),
        ];
    }

    // a part in one piece is its own only package
    private static Dictionary<(string Part, string Package), SizePackage> Flat(IReadOnlyList<SizePart> parts)
    {
        Dictionary<(string, string), SizePackage> flat = [];
        foreach (SizePart part in parts)
        {
            foreach (SizePackage package in part.Packages.Count > 0 ? part.Packages : [new SizePackage("", "", part.Packed, 0, 0, [])])
            {
                flat.TryAdd((part.Name, package.Name), package);
            }
        }
        return flat;
    }

    private static PackageChange Change((string Part, string Package) key, SizePackage? before, SizePackage? after, long smallest)
    {
        bool isInBoth = before is not null && after is not null;
        // only files whose plain size changed: estimates of the others move with their neighbours
        Dictionary<string, SizeFile> first = before?.Files.ToDictionary(f => f.Path, StringComparer.Ordinal) ?? [];
        Dictionary<string, SizeFile> second = after?.Files.ToDictionary(f => f.Path, StringComparer.Ordinal) ?? [];
        List<FileChange> files =
        [
            .. first.Keys.Union(second.Keys, StringComparer.Ordinal)
                .Select(p => new FileChange(
                    p,
                    (second.GetValueOrDefault(p)?.Packed ?? 0) - (first.GetValueOrDefault(p)?.Packed ?? 0),
                    (second.GetValueOrDefault(p)?.Plain ?? 0) - (first.GetValueOrDefault(p)?.Plain ?? 0)))
                .Where(f => f.Plain != 0)
                // a file that one side does not name may be there all the same, when it is that small; estimates of the same file differ by less than the factor
                .Where(f => !isInBoth || Math.Abs(f.Packed) > 2 * smallest || (first.ContainsKey(f.Path) && second.ContainsKey(f.Path)))
                .OrderByDescending(f => Math.Abs(f.Packed)).ThenBy(f => f.Path, StringComparer.Ordinal),
        ];
        return new PackageChange(
            key.Part, key.Package, before?.Version, after?.Version, (after?.Packed ?? 0) - (before?.Packed ?? 0), (after?.Plain ?? 0) - (before?.Plain ?? 0), files);
    }
}

/// <summary>A number before and after.</summary>
/// <param name="Name">What it counts.</param>
/// <param name="Unit"><c>bytes</c>, <c>count</c>, <c>milliseconds</c> or <c>thousandths</c>.</param>
/// <param name="Before">What it was; null when it was not measured.</param>
/// <param name="After">What it is.</param>
/// <param name="IsNumberToWatch">True when a growth is a regression.</param>
/// <param name="NoisePercent">By so much two measurements of the same thing may differ: a growth up to it is none.</param>
public sealed record NumberChange(string Name, string Unit, long? Before, long? After, bool IsNumberToWatch, decimal NoisePercent = 0)
{
    /// <summary>How much it grew; null when one of them is not known.</summary>
    public long? Difference => After - Before;

    /// <summary>True when it grew by more than that share of what it was, and by more than its noise.</summary>
    public bool GrewByMoreThan(decimal percent) => Before is long before && After is long after && after > before && (after - before) * 100m > Math.Max(percent, NoisePercent) * before;
}

/// <summary>A package, or a part in one piece, whose size changed.</summary>
/// <param name="Part">The part.</param>
/// <param name="Package">The package; empty for a part in one piece.</param>
/// <param name="VersionBefore">Null when it is new.</param>
/// <param name="VersionAfter">Null when it is gone.</param>
/// <param name="Packed">Difference of its bytes in the image.</param>
/// <param name="Plain">Difference of its plain bytes.</param>
/// <param name="Files">Its files that changed, as far as both measurements name them, the largest difference first.</param>
public sealed record PackageChange(string Part, string Package, string? VersionBefore, string? VersionAfter, long Packed, long Plain, IReadOnlyList<FileChange> Files);

/// <summary>A file whose size changed.</summary>
public sealed record FileChange(string Path, long Packed, long Plain);

/// <summary>The numbers that are compared and drawn, under one name everywhere.</summary>
internal static class NumberNames
{
    /// <summary>All of them, the four first.</summary>
    public static IReadOnlyList<MeasuredNumber> All { get; } =
    [
        new("download", "bytes", true, m => m.Download.Bytes),
        new("memory, idle", "bytes", true, m => m.Guest?.Memory?.Used),
        new("memory, least that boots", "bytes", true, m => m.Guest?.Least is { } least ? ByteSize.FromMiB(least.MiB).Bytes : null),
        new("installed", "bytes", true, m => m.Installed.Bytes),
        new("inodes", "count", false, m => m.Installed.Inodes),
        new("packages", "count", true, m => m.Surface.Packages),
        new("programs", "count", true, m => m.Surface.Programs.Count),
        new("setuid and setgid files", "count", true, m => m.Surface.SetUid.Count + m.Surface.SetGid.Count),
        new("services", "count", false, m => m.Surface.Services.Count),
        new("reachable sockets", "count", true, m => m.Guest is { WasAsked: true } guest ? guest.Listening.Count(s => s.IsReachable) : null),
        new("kernel modules loaded", "count", false, m => m.Guest is { WasAsked: true } guest ? guest.Modules.Count : null),
        new("kernel rules broken", "count", true, m => m.Surface.Kernel?.Fail),
        new("boot, by the clock", "milliseconds", false, m => m.Guest?.Boot?.Ready),
        new("boot, processor time", "milliseconds", false, m => m.Guest?.Boot?.ProcessorTime),
        new("boot, in reference guests", "thousandths", true, m => m.Guest?.Boot?.RatioThousandths, m => m.Guest?.Boot?.NoisePercent ?? 0),
    ];
}

/// <summary>A number of a measurement.</summary>
/// <param name="Name">What it counts.</param>
/// <param name="Unit">In what.</param>
/// <param name="IsNumberToWatch">True when a growth is a regression.</param>
/// <param name="Of">Takes it; null when it was not measured.</param>
/// <param name="Noise">By how many percent a measurement of the same thing may differ from this one; null for not at all.</param>
public sealed record MeasuredNumber(string Name, string Unit, bool IsNumberToWatch, Func<Measurement, long?> Of, Func<Measurement, decimal>? Noise = null)
{
    /// <summary>By how many percent two measurements of the same thing may differ: what the noisier of them says.</summary>
    public decimal NoisePercent(Measurement before, Measurement after) => Noise is null ? 0 : Math.Max(Noise(before), Noise(after));

    /// <summary>A value for people.</summary>
    public string Show(long value) => Show(value, Unit);

    /// <summary>A value of a unit for people.</summary>
    public static string Show(long value, string unit) => unit switch
    {
        "bytes" => new ByteSize(value).ToString(),
        "milliseconds" => (value / 1000m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture) + " s",
        "thousandths" => (value / 1000m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture),
    };
}
