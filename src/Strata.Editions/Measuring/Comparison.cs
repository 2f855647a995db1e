using Strata.Core;
using Strata.Measure;

namespace Strata.Editions.Measuring;

/// <summary>Finds what a measurement is compared with: a file, a commit, or the last of the history.</summary>
public static class Comparison
{
    /// <summary>Stands for the newest line of the history.</summary>
    public const string Last = "last";

    /// <summary>Finds it.</summary>
    /// <param name="against">A file, a name that git knows, or <see cref="Last"/>; null when nobody asked.</param>
    /// <param name="image">Kind of the image that is measured: others of the history are something else.</param>
    /// <param name="history">Measurements of the edition.</param>
    /// <param name="checkout">The checkout of the edition.</param>
    /// <param name="warn">Told what is missing or could not be read.</param>
    /// <returns>Null when nobody asked and there is none.</returns>
    /// <exception cref="UnknownReferenceException">The name stands for nothing.</exception>
    /// <exception cref="StrataException">It was asked for, and there is none.</exception>
    public static (Measurement Measurement, string Name)? Find(
        string? against, string image, MeasurementHistory history, Checkout checkout, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(checkout);
        ArgumentNullException.ThrowIfNull(warn);
        if (history.Problems.Count > 0)
        {
            warn($"{history.Problems.Count} of the history's lines cannot be compared with: {history.Problems[^1]}");
        }
        Measurement[] past = [.. history.Measurements.Where(m => m.Image == image)];
        if (against is null or Last)
        {
            return past.Length > 0 ? (past[^1], Name(past[^1]))
                : against is null ? null
                : throw new StrataException(
                    $"cannot compare with the last measurement: there is none of {Kind(image)} in {history.Path}",
                    "'strata measure NAME --record' keeps one.");
        }
        if (File.Exists(against))
        {
            if (!against.EndsWith(".jsonl", StringComparison.Ordinal))
            {
                Measurement named = Measurement.FromFile(against);
                if (named.Image != image)
                {
                    warn($"{against} is about {Kind(named.Image)}, this is {Kind(image)}");
                }
                return (named, against);
            }
            MeasurementHistory other = MeasurementHistory.Read(against);
            return other.Measurements.LastOrDefault(m => m.Image == image) is Measurement newest
                ? (newest, against)
                : throw new StrataException(
                    $"cannot compare with {against}: "
                    + $"{(other.Problems.Count > 0 ? other.Problems[^1] : $"it has no measurement of {Kind(image)}")}");
        }
        if (checkout.Resolve(against) is not string commit)
        {
            string near = NearMiss.Suggestion(against, past.Select(m => m.Commit ?? "").Append(Last));
            throw new UnknownReferenceException(
                $"cannot compare with '{against}': it is neither a file nor a commit{near}",
                "Name a file of 'strata measure --json', a branch, tag or commit, or 'last'.");
        }
        if (past.LastOrDefault(m => m.Commit == commit) is Measurement exact)
        {
            return (exact, $"{against} ({commit[..8]})");
        }
        foreach (string ancestor in checkout.Ancestors(commit))
        {
            if (past.LastOrDefault(m => m.Commit == ancestor) is Measurement near)
            {
                warn($"{against} itself was not measured; comparing with {ancestor[..8]}, the nearest commit before it that was");
                return (near, $"{ancestor[..8]}, before {against}");
            }
        }
        throw new StrataException(
            $"cannot compare with '{against}': neither it nor a commit before it is in {history.Path}",
            "Check it out and run 'strata measure NAME --record' there once.");
    }

    private static string Kind(string image) => image switch
    {
        "disk" => "a disk image",
        "iso" => "an ISO image",
        "uki" => "a bootable file",
        _ => "a container image",
    };

    private static string Name(Measurement measurement) => measurement.Commit is string commit
        ? $"{commit[..Math.Min(8, commit.Length)]}, the last that was recorded"
        : "the last that was recorded";
}
