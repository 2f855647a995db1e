using System.CommandLine;
using System.Text;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Editions.Results;
using Strata.Inventory.Bills;
using Strata.Inventory.Notes;
using Strata.Inventory.Vulnerabilities;

namespace Strata.Cli.Commands.Inventory;

/// <summary><c>strata changelog</c>: the notes of a release, from what it and the one before consist of.</summary>
internal static class ChangelogCommand
{
    public static Command Create()
    {
        EditionArgument before = new("old") { Description = NamedBills.Description, HelpName = "old" };
        EditionArgument after = new("new") { Description = "What to compare it with", HelpName = "new" };
        Option<string?> feed = new("--feed")
        {
            HelpName = "file", Description = "Name what the new packages fix: the JSON of Debian's security tracker, a file or an address",
        };
        Option<string?> output = new("--output", "-o") { HelpName = "file", Description = "Write the notes into a file" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("changelog", "Write the change notes of a release: packages, sizes, files, kernel options, budgets")
        {
            before, after, feed, output, json,
        };
        command.SetAction(async (result, token) =>
        {
            ChangeNotes notes = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                Bill old = await NamedBills.OfAsync(workspace, result.GetValue(before)!, token);
                Bill now = await NamedBills.OfAsync(workspace, result.GetValue(after)!, token);
                ChangeNotes plain = ChangeNotes.Between(old, now);
                return result.GetValue(feed) is not string place ? plain
                    : plain with { SecurityFixes = FixNote.Of(Scan.FixedBetween(old, now, await Feeds.ReadAsync(workspace, place, now,
                        old, token))) };
            });
            if (result.GetValue(json))
            {
                Terminal.Json(notes, CliJson.Default.ChangeNotes);
                return 0;
            }
            string text = MarkdownNotes.Of(notes);
            if (result.GetValue(output) is string path)
            {
                await ResultFile.WriteAsync(path, Encoding.UTF8.GetBytes(text), token);
                return 0;
            }
            Console.Out.Write(text);
            return 0;
        });
        return command.WithExamples(
            "strata changelog old/nano.cdx.json nano", "strata changelog old/nano.cdx.json nano --output CHANGES.md",
            "strata changelog old/nano.cdx.json nano --feed tracker.json",
            "strata changelog nano ./my-os --json");
    }
}
