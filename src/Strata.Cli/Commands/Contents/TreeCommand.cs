using System.CommandLine;
using Spectre.Console;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Manifests;

namespace Strata.Cli.Commands.Contents;

/// <summary><c>strata tree</c>: capabilities and what each brings.</summary>
internal static class TreeCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<bool> json = CommonOptions.Json();
        Command command = new("tree", "Show capabilities and what each brings; every path when it goes to a file or pipe, or with --json")
        {
            edition, json,
        };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await BuiltManifest.OfAsync(result, result.GetValue(edition)!, token);
            if (result.GetValue(json))
            {
                Terminal.Json([.. manifest.Entries], CliJson.Default.ListManifestEntry);
                return 0;
            }
            return PrintTree(manifest);
        });
        return command.WithExamples("strata tree nano", "strata tree nano --json");
    }

    internal static int PrintTree(BuildManifest manifest)
    {
        if (!Terminal.IsInteractive)
        {
            foreach (ManifestEntry entry in manifest.Entries)
            {
                Terminal.Line($"{entry.Capability ?? "-"}\t{entry.Package ?? "-"}\t{entry.Path}");
            }
            return 0;
        }
        string kernel = manifest.Kernel.Length > 0 ? ", kernel " + Markup.Escape(manifest.Kernel) : "";
        Tree root = new($"[bold]{Markup.Escape(manifest.Edition)}[/] {Markup.Escape(manifest.Version)}{kernel}");
        foreach (ManifestCapability capability in manifest.Capabilities)
        {
            List<ManifestEntry> own = [.. manifest.Entries.Where(e => e.Capability == capability.Name)];
            TreeNode node = root.AddNode($"[bold]{Markup.Escape(capability.Name)}[/] [grey]{Markup.Escape(capability.Description)}[/]");
            foreach (IGrouping<string?, ManifestEntry> package in own.GroupBy(e => e.Package).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                string name = package.Key ?? "own files";
                node.AddNode($"{Markup.Escape(name)} [grey]{package.Count()} paths, {new ByteSize(package.Sum(e => e.Size))}[/]");
            }
        }
        new Terminal().Out.Write(root);
        return 0;
    }
}
