using System.Runtime.InteropServices;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Inventory.Bills;
using Strata.Inventory.Vulnerabilities;
using Strata.Store.Downloads;

namespace Strata.Cli.Commands.Inventory;

/// <summary>The feed of Debian's security tracker: a file, or an address that is fetched when it changed.</summary>
internal static class Feeds
{
    /// <summary>Where Debian publishes it.</summary>
    public const string Tracker = "https://security-tracker.debian.org/tracker/data/json";

    private const long MostFetched = 512 << 20;

    /// <summary>What the feed says of the source packages of one bill, or of two.</summary>
    /// <exception cref="StrataException">It cannot be had or read.</exception>
    public static async Task<IReadOnlyList<TrackerEntry>> ReadAsync(
        Workspace workspace, string feed, Bill bill, Bill? other, CancellationToken cancellationToken)
    {
        HashSet<string> sources = [.. Scan.SourcesOf(bill)];
        if (other is not null)
        {
            sources.UnionWith(Scan.SourcesOf(other));
        }
        if (Uri.TryCreate(feed, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
        {
            return await workspace.Downloader.GetAsync<IReadOnlyList<TrackerEntry>>(
                [new DocumentAddress("the feed of Debian's security tracker", address)], MostFetched,
                (documents, _) =>
                {
                    // the array itself, when it is one: a copy would double what this takes
                    using MemoryStream bytes = MemoryMarshal.TryGetArray(documents[0].Content, out ArraySegment<byte> array)
                        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
                        : new MemoryStream(documents[0].Content.ToArray(), writable: false);
                    return Task.FromResult(TrackerFeed.Read(bytes, feed, sources, bill.Suite));
                },
                cancellationToken);
        }
        try
        {
            using IProgressTask task = workspace.Progress.Begin($"reading {feed}");
            await using FileStream file = new(feed, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0,
                FileOptions.SequentialScan);
            return TrackerFeed.Read(file, feed, sources, bill.Suite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot read the feed {feed}: {e.Message}", $"It is {Tracker}; '--feed' takes a copy of it.", e);
        }
    }
}
