using System.CommandLine;
using System.Globalization;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Publishing.Folders;
using Strata.Publishing.Releases;
using Strata.Tuf.Publishing;
using Strata.Updates.Layers;
using Strata.Updates.Media;
using Strata.Updates.Planning;
using Strata.Updates.Releases;

namespace Strata.Cli.Commands.Publishing;

/// <summary>What <c>publish plan --json</c> prints. Sizes in bytes.</summary>
internal sealed record PlanSummary(
    string Edition, string Architecture, long Counter, string Version, long Fetched, long Full, long Uki, IReadOnlyList<PlanRow> Layers);

/// <summary>A layer of it; <paramref name="Way"/> is <c>nothing</c>, <c>blocks</c> or <c>whole</c>.</summary>
internal sealed record PlanRow(string Layer, string Way, long Fetched, long Image, int Ranges, long Side);

/// <summary><c>strata publish plan</c>: what machines will fetch, before they do.</summary>
internal static class PublishPlanCommand
{
    public static Command Create()
    {
        Argument<string> folder = PublishCommand.Folder();
        Option<long?> from = new("--from")
        {
            Description = "Number of a release that is published: what machines have", HelpName = "number",
        };
        Option<string?> have = new("--have")
        {
            Description = "What a machine has: a folder with release.json and strata/cas, such as the mounted volume STRATA",
            HelpName = "folder",
        };
        Option<string?> edition = new("--edition") { Description = "Which one, where several are published", HelpName = "edition" };
        Option<string?> architecture = new("--architecture")
        {
            Description = "For which, where it is for several", HelpName = "architecture",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("plan", "Tell what going to the newest release fetches, by layer and to the byte")
        {
            folder, from, have, edition, architecture, json,
        };
        command.SetAction(result =>
        {
            RepositoryFolder repository = new(result.GetValue(folder)!);
            IReadOnlyList<PublishedRelease> all = new ReleaseShelf(repository, RepositoryEditor.Open(repository).Targets).All;
            Print(
                Reading(() => (result.GetValue(from), result.GetValue(have)) switch
                {
                    (long counter, null) => Between(repository, all, result.GetValue(edition), result.GetValue(architecture), counter),
                    (null, string place) => FromFolder(repository, all, place),
                    _ => throw new UsageException("cannot tell what machines have", "Say '--from NUMBER' or '--have FOLDER'."),
                }),
                result.GetValue(json));
            return 0;
        });
        return command.WithExamples(
            "strata publish plan site --from 1", "strata publish plan site --have /mnt", "strata publish plan site --from 1 --json");
    }

    private static UpdatePlan Between(
        RepositoryFolder repository, IReadOnlyList<PublishedRelease> all, string? edition, string? architecture, long counter)
    {
        IEnumerable<PublishedRelease> meant = all.Where(r =>
            (edition is null || r.Release.Edition == edition) && (architecture is null || r.Release.Architecture == architecture));
        PublishedRelease newest = Newest(meant, repository.FolderPath);
        PublishedRelease old = all.FirstOrDefault(r => IsOf(r, newest.Release) && r.Counter == counter) ?? throw new StrataException(
            $"cannot plan: {newest.Release.Edition} has no release {counter} in {repository.FolderPath}",
            $"'strata publish show {repository.FolderPath}' lists them.");
        Dictionary<Sha256Digest, BlockIndex> has = old.Release.Layers.Zip(old.Layers).DistinctBy(l => l.First.Image)
            .ToDictionary(l => l.First.Image, l => IndexOf(repository, l.First));
        return UpdatePlan.Of(newest, has, old.Uki.Digest, (layer, _) => IndexOf(repository, layer));
    }

    private static UpdatePlan FromFolder(RepositoryFolder repository, IReadOnlyList<PublishedRelease> all, string place)
    {
        ReleaseFolder folder = ReleaseFolder.Read(place);
        PublishedRelease newest = Newest(all.Where(r => IsOf(r, folder.Release)), repository.FolderPath);
        Dictionary<Sha256Digest, BlockIndex> has = folder.Layers.DistinctBy(l => l.Manifest.Image).ToDictionary(
            l => l.Manifest.Image,
            l =>
            {
                using FileStream index = folder.Open(l.Manifest.BlockIndex);
                return l.ReadIndex(index);
            });
        return UpdatePlan.Of(newest, has, uki: null, (layer, _) => IndexOf(repository, layer)); // its kernel image is on another volume
    }

    private static bool IsOf(PublishedRelease release, Release other) =>
        release.Release.Edition == other.Edition && release.Release.Architecture == other.Architecture;

    private static PublishedRelease Newest(IEnumerable<PublishedRelease> releases, string place)
    {
        PublishedRelease[] found = [.. releases.OrderBy(r => r.Counter)];
        string[] names = [.. found.Select(r => $"{r.Release.Edition} for {r.Release.Architecture}").Distinct()];
        return names.Length == 1 ? found[^1] : throw new StrataException(
            names.Length == 0 ? $"cannot plan: no such release is published in {place}"
                : $"cannot plan: {place} has {string.Join(", ", names)}",
            names.Length == 0 ? $"'strata publish show {place}' lists them." : "Say which with '--edition' and '--architecture'.");
    }

    private static BlockIndex IndexOf(RepositoryFolder repository, ReleaseLayer layer)
    {
        using Stream manifest = repository.Open(layer.Manifest);
        StoredLayer stored = StoredLayer.Read(manifest, layer.Manifest);
        using Stream index = repository.Open(stored.Manifest.BlockIndex);
        return stored.ReadIndex(index);
    }

    private static UpdatePlan Reading(Func<UpdatePlan> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageFormatException)
        {
            throw new StrataException($"cannot plan: {e.Message}", innerException: e);
        }
    }

    private static void Print(UpdatePlan plan, bool json)
    {
        Release release = plan.Release.Release;
        PlanSummary summary = new(
            release.Edition, release.Architecture, plan.Release.Counter, release.Version, plan.Bytes, plan.Release.FullBytes, plan.UkiBytes,
            [
                .. plan.Layers.Select(l => new PlanRow(
                    l.Layer.Name, l.Way.ToString().ToLowerInvariant(), l.Bytes, l.Layer.Size, l.Ranges.Count, l.SideBytes)),
            ]);
        if (json)
        {
            Terminal.Json(summary, CliJson.Default.PlanSummary);
            return;
        }
        new Terminal().Table(
            ["Layer", "Fetches", new("Bytes", true), new("Of", true), new("Ranges", true)],
            [
                .. summary.Layers.Select(l => (IReadOnlyList<string>)
                    [l.Layer, l.Way, $"{l.Fetched}", $"{l.Image}", l.Ranges.ToString(CultureInfo.InvariantCulture)]),
                [
                    "(kernel image)", summary.Uki == 0 ? "nothing" : "whole", $"{summary.Uki}", $"{plan.Release.Uki.Size}",
                    summary.Uki == 0 ? "0" : "1",
                ],
            ]);
        Terminal.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"to {release.Version}, release {summary.Counter}: {summary.Fetched} bytes ({new ByteSize(summary.Fetched)}), "
            + $"{100m * summary.Fetched / summary.Full:0.0} % of {new ByteSize(summary.Full)}"));
    }
}
