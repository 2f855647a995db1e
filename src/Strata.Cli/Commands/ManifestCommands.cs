using System.CommandLine;
using System.Text.Json.Serialization;
using Spectre.Console;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Building;

namespace Strata.Cli.Commands;

/// <summary>Commands that read what a build consists of: <c>why</c>, <c>tree</c>, <c>size</c>, <c>ledger</c>.</summary>
internal static class ManifestCommands
{
    public static Command Why()
    {
        Argument<string> edition = CommonOptions.Edition();
        Argument<string> path = new("path") { Description = "Absolute path in the guest" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("why", "Tell which capability, package and dependency chain brought a file into the image") { edition, path, json };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await Workspace.ManifestAsync(result, result.GetValue(edition)!, token);
            return PrintWhy(manifest, result.GetValue(path)!, result.GetValue(json));
        });
        return command.WithExamples("strata why nano /usr/lib/x86_64-linux-gnu/libcrypto.so.3", "strata why nano /etc/passwd --json");
    }

    public static Command Tree()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<bool> json = CommonOptions.Json();
        Command command = new("tree", "Show capabilities and what each brings; every path when it goes to a file or pipe, or with --json") { edition, json };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await Workspace.ManifestAsync(result, result.GetValue(edition)!, token);
            return result.GetValue(json) ? PrintJson([.. manifest.Entries]) : PrintTree(manifest);
        });
        return command.WithExamples("strata tree nano", "strata tree nano --json");
    }

    public static Command Size()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string> by = new("--by") { Description = "What to add up: capability, package or file", DefaultValueFactory = _ => "package" };
        by.AcceptOnlyFromAmong("capability", "package", "file");
        Option<int> top = CommonOptions.Top("At most so many rows");
        Option<bool> json = CommonOptions.Json();
        Command command = new("size", "Show what takes how much, plain and as its share of the compressed image") { edition, by, top, json };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await Workspace.ManifestAsync(result, result.GetValue(edition)!, token);
            return PrintSize(manifest, result.GetValue(by)!, CommonOptions.MostOf(result.GetValue(top)), result.GetValue(json));
        });
        return command.WithExamples("strata size nano", "strata size nano --by file --top 10", "strata size nano --by capability --json");
    }

    public static Command Ledger()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<bool> json = CommonOptions.Json();
        Command command = new("ledger", "List every maintainer script of the packages used and what stands for it") { edition, json };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await Workspace.ManifestAsync(result, result.GetValue(edition)!, token);
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

    private static int PrintJson(List<ManifestEntry> entries)
    {
        Terminal.Json(entries, CliJson.Default.ListManifestEntry);
        return 0;
    }

    private static int PrintWhy(BuildManifest manifest, string path, bool json)
    {
        ManifestEntry entry = manifest.Entries.FirstOrDefault(e => e.Path == path) ?? throw new StrataException(
            $"cannot explain {path}: it is not in {manifest.Edition}{NearMiss.Suggestion(path, manifest.Entries.Select(e => e.Path))}",
            path.StartsWith('/') ? $"'strata tree {manifest.Edition} --json' lists every path." : "Paths in the image begin with '/'.");
        List<WhyStep> chain = [new("path", entry.Path, entry.Reason)];
        if (entry.Package is not null)
        {
            Dictionary<string, ManifestPackage> packages = manifest.Packages.ToDictionary(p => p.Name, StringComparer.Ordinal);
            ManifestPackage? package = packages.GetValueOrDefault(entry.Package);
            for (int i = 0; package is not null && i < 64; i++)
            {
                string how = package.RequiredBy is null ? "named by a capability" : $"{package.RequiredBy} depends on it: {package.Relation}";
                chain.Add(new("package", $"{package.Name} {package.Version}", how));
                package = package.RequiredBy is null ? null : packages.GetValueOrDefault(package.RequiredBy);
            }
        }
        if (entry.Capability is not null)
        {
            Dictionary<string, ManifestCapability> capabilities = manifest.Capabilities.ToDictionary(c => c.Name, StringComparer.Ordinal);
            ManifestCapability? capability = capabilities.GetValueOrDefault(entry.Capability);
            for (int i = 0; capability is not null && i < 64; i++)
            {
                chain.Add(new("capability", capability.Name, capability.RequiredBy is null ? $"named by edition {manifest.Edition}" : $"required by capability {capability.RequiredBy}"));
                capability = capability.RequiredBy is null ? null : capabilities.GetValueOrDefault(capability.RequiredBy);
            }
        }
        if (json)
        {
            Terminal.Json(chain, CliJson.Default.ListWhyStep);
            return 0;
        }
        string indent = "";
        foreach (WhyStep step in chain)
        {
            Terminal.Line($"{indent}{(indent.Length == 0 ? "" : "└─ ")}{step.Kind} {step.Name}: {step.Reason}");
            indent += indent.Length == 0 ? "  " : "   ";
        }
        return 0;
    }

    private static int PrintTree(BuildManifest manifest)
    {
        if (!Terminal.IsInteractive)
        {
            foreach (ManifestEntry entry in manifest.Entries)
            {
                Terminal.Line($"{entry.Capability ?? "-"}\t{entry.Package ?? "-"}\t{entry.Path}");
            }
            return 0;
        }
        Spectre.Console.Tree root = new($"[bold]{Markup.Escape(manifest.Edition)}[/] {Markup.Escape(manifest.Version)}{(manifest.Kernel.Length > 0 ? ", kernel " + Markup.Escape(manifest.Kernel) : "")}");
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

    private static int PrintSize(BuildManifest manifest, string by, int top, bool json)
    {
        List<SizeRow> rows =
        [
            .. manifest.Entries
                .GroupBy(e => by switch
                {
                    "file" => e.Path,
                    "package" => e.Package ?? "(made by the build)",
                    _ => e.Capability ?? "(the build itself)",
                })
                .Select(g => new SizeRow(g.Key, g.Count(e => e.Type == "file"), g.Sum(e => e.Size), g.Sum(e => e.Share)))
                .OrderByDescending(r => r.Share).ThenBy(r => r.Name, StringComparer.Ordinal),
        ];
        if (json)
        {
            Terminal.Json(rows, CliJson.Default.ListSizeRow);
            return 0;
        }
        long plain = rows.Sum(r => r.Plain);
        IEnumerable<IReadOnlyList<string>> cells = rows.Take(top).Select(r => (IReadOnlyList<string>)
            [r.Name, $"{r.Files}", $"{new ByteSize(r.Plain)}", $"{new ByteSize(r.Share)}", Percent(r.Share, manifest.ImageBytes)]);
        new Terminal().Table(
            [char.ToUpperInvariant(by[0]) + by[1..], new("Files", true), new("Plain", true), new("Compressed", true), new("Of the image", true)],
            cells);
        if (rows.Count > top)
        {
            Terminal.Line($"... and {rows.Count - top} more (--top 0)");
        }
        if (manifest.ContainerBytes > 0)
        {
            Terminal.Line($"container image {new ByteSize(manifest.ContainerBytes)} (plain {new ByteSize(plain)})");
            return 0;
        }
        Terminal.Line($"kernel {new ByteSize(manifest.KernelBytes)} + initramfs {new ByteSize(manifest.InitramfsBytes)} (plain {new ByteSize(plain)}) = bootable file {new ByteSize(manifest.UkiBytes)}");
        return 0;
    }

    private static string Percent(long part, long whole) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100.0 * part / Math.Max(1, whole):0.0} %");
}

/// <summary>One link of the chain that <c>why</c> prints.</summary>
internal sealed record WhyStep(string Kind, string Name, string Reason);

/// <summary>One row of <c>size</c>, in bytes.</summary>
internal sealed record SizeRow(string Name, int Files, long Plain, long Share);

/// <summary>Words of an enumeration as they stand in files and options: <c>not-applicable</c>.</summary>
internal sealed class KebabEnum<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.KebabCaseLower)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(KebabEnum<Strata.Composition.Ledger.LedgerState>), typeof(KebabEnum<Strata.Kernel.Hardening.RuleOutcome>)])]
[JsonSerializable(typeof(List<WhyStep>))]
[JsonSerializable(typeof(List<SizeRow>))]
[JsonSerializable(typeof(List<ManifestEntry>))]
[JsonSerializable(typeof(List<Strata.Composition.Ledger.LedgerEntry>))]
[JsonSerializable(typeof(List<DoctorFinding>))]
[JsonSerializable(typeof(BuildSummary))]
[JsonSerializable(typeof(LockSummary))]
[JsonSerializable(typeof(List<LockChangeRow>))]
[JsonSerializable(typeof(KernelSummary))]
[JsonSerializable(typeof(Kernel.RungSummary[]))]
[JsonSerializable(typeof(Kernel.KernelSizeSummary))]
[JsonSerializable(typeof(Kernel.KernelDiffSummary))]
[JsonSerializable(typeof(Strata.Kernel.Explaining.SymbolExplanation))]
[JsonSerializable(typeof(Kernel.CheckSummary))]
[JsonSerializable(typeof(Strata.Kernel.Hardware.HardwareSuggestion))]
[JsonSerializable(typeof(List<StoreSizeRow>))]
[JsonSerializable(typeof(List<LayerRow>))]
[JsonSerializable(typeof(LayerDifference))]
internal sealed partial class CliJson : JsonSerializerContext;
