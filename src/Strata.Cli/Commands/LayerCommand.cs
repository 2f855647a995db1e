using System.CommandLine;
using System.Text;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Layers;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Updates.Layers;

namespace Strata.Cli.Commands;

/// <summary>One row of <c>layer ls</c>. Sizes in bytes.</summary>
internal sealed record LayerRow(string Name, string Digest, int Packages, long Plain, long Image, string Codec, IReadOnlyList<string> Requires);

/// <summary>What <c>layer diff</c> prints. Sizes in bytes.</summary>
internal sealed record LayerDifference(
    string From, string To, IReadOnlyList<string> Packages, long Image, int Blocks, int NewBlocks, long Transfer, int Ranges);

/// <summary><c>strata layer ls|show|diff|extract</c>.</summary>
internal static class LayerCommand
{
    private static readonly Option<string?> s_from = new("--from")
    {
        Description = "Folder that holds release.json and strata/cas, such as the mounted volume STRATA, instead of the store", HelpName = "folder", Recursive = true,
    };

    public static Command Create() => new Command("layer", "Look at layers: list, show, compare, take files out") { Ls(), Show(), Diff(), Extract(), s_from };

    private static Command Ls()
    {
        Option<bool> json = CommonOptions.Json();
        Command command = new("ls", "List layers of the store, or of a medium") { json };
        command.SetAction(result => WithShelf(result, shelf =>
        {
            List<LayerRow> rows =
            [
                .. shelf.Layers.Select(l => new LayerRow(
                    l.Manifest.Name, l.Digest.ToString(), l.Manifest.Packages.Count, l.Manifest.PlainBytes, l.Manifest.Size, l.Manifest.Codec, l.Manifest.Requires)),
            ];
            if (result.GetValue(json))
            {
                Terminal.Json(rows, CliJson.Default.ListLayerRow);
                return 0;
            }
            new Terminal().Table(
                ["Layer", "Digest", new("Packages", true), new("Plain", true), new("Image", true), "Codec", "Requires"],
                rows.Select(r => (IReadOnlyList<string>)
                    [r.Name, r.Digest[..12], $"{r.Packages}", $"{new ByteSize(r.Plain)}", $"{new ByteSize(r.Image)}", r.Codec, string.Join(' ', r.Requires)]));
            return 0;
        }));
        return command.WithExamples("strata layer ls", "strata layer ls --from /mnt --json");
    }

    private static Command Show()
    {
        Argument<string> layer = LayerArgument();
        Option<bool> json = CommonOptions.Json();
        Command command = new("show", "Show the manifest of a layer") { layer, json };
        command.SetAction(result => WithShelf(result, shelf =>
        {
            StoredLayer found = shelf.Find(result.GetValue(layer)!);
            LayerManifest manifest = found.Manifest;
            if (result.GetValue(json))
            {
                Terminal.Line(Encoding.UTF8.GetString(LayerManifestText.Write(manifest)).TrimEnd('\n')); // the very bytes that its digest is of
                return 0;
            }
            Terminal.Line($"layer        {manifest.Name} ({manifest.Architecture})");
            Terminal.Line($"digest       {found.Digest}");
            Terminal.Line($"provides     {string.Join(' ', manifest.Provides)}");
            Terminal.Line($"requires     {(manifest.Requires.Count == 0 ? "nothing" : string.Join(' ', manifest.Requires))}");
            Terminal.Line($"effects      {(manifest.Effects.Count == 0 ? "none" : string.Join(' ', manifest.Effects))}");
            Terminal.Line($"contents     {manifest.Entries} names, {new ByteSize(manifest.PlainBytes)} plain");
            Terminal.Line($"image        {new ByteSize(manifest.Size)} ({manifest.Codec}, blocks of {new ByteSize(manifest.BlockSize)}), sha256 {manifest.Image}");
            Terminal.Line($"verity       tree at byte {manifest.Data}, root {manifest.Root}");
            Terminal.Line();
            new Terminal().Table(
                ["Package", "Version", new("Names", true), new("Plain", true), "Licences"],
                manifest.Packages.Select(p => (IReadOnlyList<string>)[p.Name, p.Version, $"{p.Files}", $"{new ByteSize(p.PlainBytes)}", p.Licences.Count == 0 ? "see its copyright file" : string.Join(' ', p.Licences)]));
            return 0;
        }));
        return command.WithExamples("strata layer show network", "strata layer show 4f1e02 --json");
    }

    private static Command Diff()
    {
        Argument<string> old = new("old") { Description = "Name or digest of the layer that is there" };
        Argument<string> fresh = new("new") { Description = "Name or digest of the layer that is wanted" };
        Option<bool> json = CommonOptions.Json();
        Command command = new("diff", "Compare two layers: packages, and what an update would transfer") { old, fresh, json };
        command.SetAction(result => WithShelf(result, shelf =>
        {
            (StoredLayer from, StoredLayer to) = (shelf.Find(result.GetValue(old)!), shelf.Find(result.GetValue(fresh)!));
            LayerChange change = LayerChange.Between(
                shelf.ReadIndex(from), shelf.ReadIndex(to), to.Manifest.Size, from.Manifest.Image == to.Manifest.Image);
            LayerDifference difference = new(
                from.Digest.ToString(), to.Digest.ToString(), [.. PackageChanges(from.Manifest, to.Manifest)],
                change.TotalBytes, change.BlocksTotal, change.BlocksNew, change.TransferBytes, change.Ranges);
            if (result.GetValue(json))
            {
                Terminal.Json(difference, CliJson.Default.LayerDifference);
                return 0;
            }
            foreach (string line in difference.Packages)
            {
                Terminal.Line(line);
            }
            Terminal.Line($"{difference.NewBlocks} of {difference.Blocks} blocks are new: an update transfers {new ByteSize(difference.Transfer)} of {new ByteSize(difference.Image)} in {difference.Ranges} ranges");
            return 0;
        }));
        return command.WithExamples("strata layer diff 4f1e02 9ab3c4", "strata layer diff 4f1e02 9ab3c4 --json");
    }

    private static Command Extract()
    {
        Argument<string> layer = LayerArgument();
        Argument<string> path = new("path") { Description = "Absolute path in the layer", DefaultValueFactory = _ => "/" };
        Option<string> to = new("--to") { Description = "Folder to write into; new or empty", Required = true, HelpName = "folder" };
        Command command = new("extract", "Take files out of a layer; its image is checked first") { layer, path, to };
        command.SetAction((result, token) => Task.FromResult(WithShelf(result, shelf =>
        {
            if (!GuestPath.TryParse(result.GetValue(path)!, out GuestPath wanted, out string? problem))
            {
                throw new UsageException($"cannot take '{result.GetValue(path)}' out of a layer: {problem}");
            }
            (int written, int leftOut) = LayerExtractor.Extract(shelf, shelf.Find(result.GetValue(layer)!), wanted, result.GetValue(to)!, token);
            Terminal.Line($"{written} names in {result.GetValue(to)}{(leftOut > 0 ? $"; {leftOut} devices left out" : "")}");
            return 0;
        })));
        return command.WithExamples("strata layer extract network --to /tmp/network", "strata layer extract network /etc --to /tmp/etc");
    }

    private static Argument<string> LayerArgument() => new("layer") { Description = "Name of a layer, or the first digits of its digest" };

    private static int WithShelf(ParseResult options, Func<LayerShelf, int> work)
    {
        if (options.GetValue(s_from) is string folder)
        {
            return work(LayerShelf.OfFolder(folder));
        }
        using ObjectStore store = new(StoreLocation.Resolve(options.GetValue(CommonOptions.Store)));
        return work(LayerShelf.Of(store, new ActionCache(store)));
    }

    /// <summary>A line a package: <c>+ name version</c>, <c>- name version</c>, <c>~ name old -> new</c>.</summary>
    internal static IEnumerable<string> PackageChanges(LayerManifest from, LayerManifest to)
    {
        Dictionary<string, LayerPackage> before = from.Packages.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Dictionary<string, LayerPackage> after = to.Packages.ToDictionary(p => p.Name, StringComparer.Ordinal);
        foreach (string name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            (LayerPackage? a, LayerPackage? b) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (a is null || b is null)
            {
                yield return a is null ? $"+ {name} {b!.Version}" : $"- {name} {a.Version}";
            }
            else if (a.Version != b.Version)
            {
                yield return $"~ {name} {a.Version} -> {b.Version}";
            }
            else if (a != b with { Licences = a.Licences })
            {
                yield return $"~ {name} {a.Version}, other files";
            }
        }
    }
}
