using Strata.Inventory.Bills;
using Strata.Packages.Versions;

namespace Strata.Inventory.Vulnerabilities;

/// <summary>Matches a bill of materials against what the security tracker knows.</summary>
/// <param name="Edition">What was looked at: <c>nano 1.0</c>.</param>
/// <param name="Findings">The worst first.</param>
/// <param name="Fixed">How many vulnerabilities the packages of the image have the fix of.</param>
/// <param name="NotAffected">How many never were in that release of Debian.</param>
/// <param name="Unasked">Packages of other archives and files beside the blueprint, of which the tracker knows nothing.</param>
public sealed record Scan(string Edition, IReadOnlyList<Finding> Findings, int Fixed, int NotAffected, IReadOnlyList<string> Unasked)
{
    private const string Linux = "linux";

    /// <summary>Names of the source packages that a feed has to be asked for.</summary>
    public static IReadOnlySet<string> SourcesOf(Bill bill)
    {
        ArgumentNullException.ThrowIfNull(bill);
        return new HashSet<string>(Asked(bill).Select(p => p.Source!), StringComparer.Ordinal);
    }

    /// <summary>Matches.</summary>
    /// <param name="bill">What is in the image.</param>
    /// <param name="entries">What the feed says of its source packages.</param>
    public static Scan Of(Bill bill, IReadOnlyList<TrackerEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(bill);
        ArgumentNullException.ThrowIfNull(entries);
        ILookup<string, BillPackage> packages = Asked(bill).ToLookup(p => p.Source!, StringComparer.Ordinal);
        ILookup<string, string> files = bill.Files.Where(f => f.Package is not null)
            .ToLookup(f => f.Package!, f => f.Path, StringComparer.Ordinal);
        List<Finding> findings = [];
        int done = 0;
        int never = 0;
        foreach (TrackerEntry entry in entries)
        {
            foreach (IGrouping<string, BillPackage> built in packages[entry.Source].GroupBy(p => p.SourceVersion!, StringComparer.Ordinal))
            {
                switch (Judge(entry, built.Key))
                {
                    case null when entry.FixedVersion == "0":
                        never++;
                        break;
                    case null:
                        done++;
                        break;
                    case FindingState state:
                        findings.Add(Describe(bill, entry, [.. built], state, files));
                        break;
                }
            }
        }
        return new Scan(
            $"{bill.Edition} {bill.Version}",
            [
                .. findings.OrderByDescending(f => f.Counts).ThenByDescending(f => f.Severity).ThenBy(f => f.State)
                    .ThenBy(f => f.Source, StringComparer.Ordinal).ThenBy(f => f.Id, StringComparer.Ordinal),
            ],
            done, never, [.. bill.Contained.Where(p => p.Archive != BillPackage.Debian).Select(p => p.Name)]);
    }

    /// <summary>What a feed says that the packages of one bill fix, and those of an earlier one had not.</summary>
    /// <param name="before">The earlier bill.</param>
    /// <param name="after">The later bill.</param>
    /// <param name="entries">What the feed says of the source packages of both.</param>
    public static IEnumerable<TrackerEntry> FixedBetween(Bill before, Bill after, IReadOnlyList<TrackerEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ILookup<string, string> old = Asked(before).ToLookup(p => p.Source!, p => p.SourceVersion!, StringComparer.Ordinal);
        ILookup<string, string> now = Asked(after).ToLookup(p => p.Source!, p => p.SourceVersion!, StringComparer.Ordinal);
        return entries.Where(e => e.FixedVersion is not ("" or "0") && now[e.Source].Any() && now[e.Source].All(v => Judge(e, v) is null)
            && old[e.Source].Any(v => Judge(e, v) is not null));
    }

    /// <summary>How bad, in the tracker's words; a star marks what was judged by a program.</summary>
    internal static Severity SeverityOf(string urgency) => urgency.TrimEnd('*') switch
    {
        "high" => Severity.High, "medium" => Severity.Medium, "low" => Severity.Low, "unimportant" => Severity.Negligible,
        _ => Severity.Unknown,
    };

    private static IEnumerable<BillPackage> Asked(Bill bill)
    {
        foreach (BillPackage package in bill.Contained.Where(p => p is { Archive: BillPackage.Debian, Source: not null,
            SourceVersion: not null }))
        {
            // Debian signs its kernel in a source package of its own, of which the tracker knows nothing
            yield return package.Source!.StartsWith("linux-signed-", StringComparison.Ordinal)
                ? package with { Source = Linux, SourceVersion = package.Version } : package;
        }
        if (bill.Kernel is BillKernel kernel
            && bill.Packages.FirstOrDefault(p => p.Role == BillRole.KernelTool && p.Name == kernel.SourcePackage) is BillPackage source)
        {
            yield return source with
            {
                Name = Linux, Source = Linux, SourceVersion = source.Version, KernelImage = $"kernel {kernel.Release}",
                LeftOut = ["(what its configuration leaves out)"],
            };
        }
    }

    // null for a version that has the fix, or was never affected
    private static FindingState? Judge(TrackerEntry entry, string version)
    {
        if (entry.FixedVersion == "0")
        {
            return null;
        }
        if (entry.FixedVersion.Length > 0 && DebianVersion.TryParse(entry.FixedVersion, out DebianVersion? fixedIn, out _)
            && DebianVersion.TryParse(version, out DebianVersion? ours, out _))
        {
            return ours < fixedIn ? FindingState.Fixable : null;
        }
        return entry.Status switch
        {
            "undetermined" => FindingState.Undetermined,
            _ when entry.NoAdvisory.Length > 0 || entry.NoAdvisoryReason.Length > 0 => FindingState.PutOff,
            _ => FindingState.Unfixed, // 'resolved' without a version says nothing that one could believe
        };
    }

    private static Finding Describe(
        Bill bill, TrackerEntry entry, IReadOnlyList<BillPackage> packages, FindingState state, ILookup<string, string> files)
    {
        string[] there = [.. packages.SelectMany(p => files[p.Name].Where(CodeFiles.IsCode))
            .Concat(packages.Select(p => p.KernelImage).OfType<string>()).Order(StringComparer.Ordinal)];
        string[] leftOut = [.. packages.SelectMany(p => p.LeftOut).Order(StringComparer.Ordinal)];
        (string[] named, string[] namedLeftOut) = (CodeFiles.NamedIn(entry.Description, there), CodeFiles.NamedIn(entry.Description,
            leftOut));
        bool isNamed = named.Length + namedLeftOut.Length > 0;
        string? ignored = bill.Vex.GetValueOrDefault(entry.Id);
        return new Finding
        {
            Id = entry.Id,
            Source = entry.Source,
            Version = packages[0].SourceVersion!,
            Packages = [.. packages.Select(p => p.Name)],
            Layers = [.. packages.SelectMany(p => p.Layers).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            State = ignored is null ? state : FindingState.Ignored,
            FixedIn = entry.FixedVersion,
            Severity = SeverityOf(entry.Urgency),
            Presence = there.Length == 0 ? Presence.NoCode
                : isNamed ? named.Length > 0 ? Presence.NamedThere : Presence.NamedLeftOut
                : leftOut.Length > 0 ? Presence.Part : Presence.Whole,
            There = isNamed ? named : there,
            LeftOut = isNamed ? namedLeftOut : leftOut,
            Reason = ignored ?? (state == FindingState.PutOff
                ? string.Join(": ", new[] { entry.NoAdvisoryReason, entry.NoAdvisory }.Where(t => t.Length > 0)) : ""),
            Description = entry.Description,
        };
    }
}
