using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Images.Manifests;

namespace Strata.Cli.Commands.Contents;

/// <summary><c>strata ledger</c>: every maintainer script, and what stands for it.</summary>
internal static class LedgerCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<bool> json = CommonOptions.Json();
        Command command = new("ledger", "List every maintainer script of the packages used and what stands for it") { edition, json };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await BuiltManifest.OfAsync(result, result.GetValue(edition)!, token);
            if (result.GetValue(json))
            {
                Terminal.Json([.. manifest.Ledger], CliJson.Default.ListLedgerEntry);
                return 0;
            }
            new Terminal().Table(
                ["Package", "Script", "Part", "State", "Effect or reason"],
                manifest.Ledger.Select(e => (IReadOnlyList<string>)
                    [e.Package, e.Script, e.Part, e.State.ToString().ToLowerInvariant(), e.Effect is null ? e.Reason : $"effect {e.Effect}{(e.Reason.Length > 0 ? ": " + e.Reason : "")}"]));
            return 0;
        });
        return command.WithExamples("strata ledger nano");
    }
}
