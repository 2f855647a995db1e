using System.CommandLine;
using System.Text;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Editions.Results;
using Strata.Inventory.Bills;
using Strata.Inventory.Notes;

namespace Strata.Cli.Commands.Inventory;

/// <summary><c>strata changelog</c>: the notes of a release, from what it and the one before consist of.</summary>
internal static class ChangelogCommand
{
    public static Command Create()
    {
        Argument<string> before = new("old") { Description = NamedBills.Description, HelpName = "old" };
        Argument<string> after = new("new") { Description = "What to compare it with", HelpName = "new" };
        Option<string?> output = new("--output", "-o") { HelpName = "file", Description = "Write the notes into a file" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("changelog", "Write the change notes of a release: packages, sizes, files, kernel options, budgets")
        {
            before, after, output, json,
        };
        command.SetAction(async (result, token) =>
        {
            ChangeNotes notes = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                Bill old = await NamedBills.OfAsync(workspace, result.GetValue(before)!, token);
                return ChangeNotes.Between(old, await NamedBills.OfAsync(workspace, result.GetValue(after)!, token));
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
            "strata changelog nano ./my-os --json");
    }
}
