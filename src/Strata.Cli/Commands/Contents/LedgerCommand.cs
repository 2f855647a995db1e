using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Composition.Ledger;

namespace Strata.Cli.Commands.Contents;

/// <summary><c>strata ledger</c>: every maintainer script, and what stands for it.</summary>
internal static class LedgerCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string> explain = new("--explain")
        {
            HelpName = "PACKAGE",
            Description = "Show the scripts of a package, what stands for each part, and what to write where nothing does",
        };
        Option<string> learn = new("--learn")
        {
            HelpName = "PACKAGE",
            Description = "Install a package with dpkg in a room, twice, and print what its scripts did as lines for a capability",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("ledger", "List every maintainer script of the packages used and what stands for it")
        {
            edition, explain, learn, json,
        };
        command.SetAction(async (result, token) =>
        {
            if (result.GetValue(explain) is string package)
            {
                Console.Out.Write(await WithLedgersAsync((ledgers, blueprint) => ledgers.ExplainAsync(blueprint, package, token)));
                return 0;
            }
            if (result.GetValue(learn) is string learnt)
            {
                Console.Out.Write(await Terminal.WithProgressAsync(async progress =>
                {
                    using Workspace workspace = new(result, progress);
                    return await workspace.Learner.LearnAsync(workspace.Catalog.Load(result.GetValue(edition)!), learnt, token);
                }));
                return 0;
            }
            IReadOnlyList<LedgerEntry> ledger = await WithLedgersAsync((ledgers, blueprint) => ledgers.OfAsync(blueprint, token));
            if (result.GetValue(json))
            {
                Terminal.Json([.. ledger], CliJson.Default.ListLedgerEntry);
                return 0;
            }
            new Terminal().Table(
                ["Package", "Script", "Part", "State", "Effect or reason"],
                ledger.Select(e => (IReadOnlyList<string>)[e.Package, e.Script, e.Part, e.State.ToString().ToLowerInvariant(), Reason(e)]));
            return 0;

            Task<T> WithLedgersAsync<T>(Func<Editions.Building.EditionLedgers, Blueprints.Blueprint, Task<T>> work) =>
                Terminal.WithProgressAsync(async progress =>
                {
                    using Workspace workspace = new(result, progress);
                    return await work(workspace.Ledgers, workspace.Catalog.Load(result.GetValue(edition)!));
                });
        });
        return command.WithExamples("strata ledger nano", "strata ledger nano --explain libc6", "strata ledger ./my-os --learn nginx");
    }

    internal static string Reason(LedgerEntry entry) => entry.Effect is null
        ? entry.Reason
        : $"effect {entry.Effect}{(entry.Reason.Length > 0 ? ": " + entry.Reason : "")}";
}
