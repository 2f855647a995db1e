using System.CommandLine;
using Strata.Advice.Servers;
using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;

namespace Strata.Cli.Commands.Advising;

/// <summary><c>strata suggest packages</c>: from a Debian server to a blueprint that gives the same services.</summary>
internal static class SuggestPackagesCommand
{
    public static Command Create() => new Command("suggest", "Propose what to build from what is there") { Packages() }.WithHelp(
        ("Kernels", ["strata kernel suggest: the lines of a fragment for the devices of a machine"]));

    private static Command Packages()
    {
        Option<string> root = new("--root")
        {
            Description = "Root folder of the system, running or unpacked", DefaultValueFactory = _ => "/", HelpName = "folder",
        };
        Option<bool> json = CommonOptions.Json();
        Command command = new("packages", "Propose a blueprint that gives the services of a Debian server") { root, json };
        command.SetAction(result =>
        {
            ServerSuggestion suggestion = ServerAdviser.Suggest(
                result.GetValue(root)!, ShippedData.Home, new Catalog(ShippedData.CatalogFolders()));
            if (result.GetValue(json))
            {
                Terminal.Json(suggestion, CliJson.Default.ServerSuggestion);
                return;
            }
            Console.Out.Write(suggestion.Blueprint);
            int leftOut = suggestion.LeftOut.Sum(l => l.What.Count);
            Terminal.Note($"{suggestion.Packages.Count} packages with what they depend on, {suggestion.Capabilities.Count} capabilities, "
                + $"{suggestion.Units.Count} units; {leftOut} names left out, each with its reason at the end");
        });
        return command.WithExamples(
            "strata suggest packages > my-server/edition.yaml", "strata suggest packages --root /mnt/old-server",
            "strata suggest packages --root /mnt/old-server --json | jq '.\"left-out\"'");
    }
}
