using System.CommandLine;
using System.Globalization;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Publishing.Folders;
using Strata.Publishing.Releases;
using Strata.Tuf.Publishing;

namespace Strata.Cli.Commands.Publishing;

/// <summary>What <c>publish show --json</c> prints.</summary>
internal sealed record PublishedSummary(IReadOnlyList<PublishedRole> Roles, IReadOnlyList<PublishedRow> Releases);

/// <summary>A role. The time is in UTC.</summary>
internal sealed record PublishedRole(string Role, long Version, DateTimeOffset Until, int Needed, IReadOnlyList<string> Keys);

/// <summary>A release. Bytes of all that a machine fetches which has nothing of it.</summary>
internal sealed record PublishedRow(
    string Edition, string Architecture, long Counter, string Version, long SecurityVersion, long UpgradeFrom, int Layers, long Full);

/// <summary><c>strata publish show</c>: what is published, and until when it is believed.</summary>
internal static class PublishShowCommand
{
    public static Command Create()
    {
        Argument<string> folder = PublishCommand.Folder();
        Option<bool> json = CommonOptions.Json();
        Command command = new("show", "List releases that are published, and until when that is believed") { folder, json };
        command.SetAction(result =>
        {
            RepositoryFolder repository = new(result.GetValue(folder)!);
            RepositoryEditor editor = RepositoryEditor.Open(repository);
            PublishedSummary summary = new(
                [.. editor.Roles.Select(r => new PublishedRole(r.Role, r.Version, r.Expires, r.Threshold, r.KeyIds))],
                [
                    .. new ReleaseShelf(repository, editor.Targets).All.Select(r => new PublishedRow(
                        r.Release.Edition, r.Release.Architecture, r.Counter, r.Release.Version, r.SecurityVersion, r.UpgradeFrom,
                        r.Layers.Count, r.FullBytes)),
                ]);
            if (result.GetValue(json))
            {
                Terminal.Json(summary, CliJson.Default.PublishedSummary);
                return 0;
            }
            Print(summary);
            return 0;
        });
        return command.WithExamples("strata publish show site", "strata publish show site --json");
    }

    private static void Print(PublishedSummary summary)
    {
        new Terminal().Table(
            ["Role", new("Version", true), "Until", "Signatures"],
            summary.Roles.Select(r => (IReadOnlyList<string>)
            [
                r.Role, $"{r.Version}", r.Until.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), $"{r.Needed} of {r.Keys.Count}",
            ]));
        if (summary.Releases.Count > 0)
        {
            Terminal.Line();
            new Terminal().Table(
                ["Edition", "For", new("Release", true), "Version", new("Security", true), new("Layers", true), new("Whole", true)],
                summary.Releases.Select(r => (IReadOnlyList<string>)
                [
                    r.Edition, r.Architecture, $"{r.Counter}", r.Version, $"{r.SecurityVersion}", $"{r.Layers}", $"{new ByteSize(r.Full)}",
                ]));
        }
    }
}
