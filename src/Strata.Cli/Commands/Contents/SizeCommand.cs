using System.CommandLine;
using System.Globalization;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Manifests;

namespace Strata.Cli.Commands.Contents;

/// <summary>One row of <c>size</c>, in bytes.</summary>
internal sealed record SizeRow(string Name, int Files, long Plain, long Share);

/// <summary><c>strata size</c>: what takes how much of an image.</summary>
internal static class SizeCommand
{
    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string> by = new("--by")
        {
            Description = "What to add up: capability, package or file", DefaultValueFactory = _ => "package",
        };
        by.AcceptOnlyFromAmong("capability", "package", "file");
        Option<int> top = CommonOptions.Top("At most so many rows");
        Option<bool> json = CommonOptions.Json();
        Command command = new("size", "Show what takes how much, plain and as its share of the compressed image")
        {
            edition, by, top, json,
        };
        command.SetAction(async (result, token) =>
        {
            BuildManifest manifest = await BuiltManifest.OfAsync(result, result.GetValue(edition)!, token);
            return PrintSize(manifest, result.GetValue(by)!, CommonOptions.MostOf(result.GetValue(top)), result.GetValue(json));
        });
        return command.WithExamples("strata size nano", "strata size nano --by file --top 10", "strata size nano --by capability --json");
    }

    internal static int PrintSize(BuildManifest manifest, string by, int top, bool json)
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
            [
                char.ToUpperInvariant(by[0]) + by[1..], new("Files", true), new("Plain", true), new("Compressed", true),
                new("Of the image", true),
            ],
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
        string kernel = $"kernel {new ByteSize(manifest.KernelBytes)} + initramfs {new ByteSize(manifest.InitramfsBytes)}";
        Terminal.Line(manifest.LayerBytes > 0
            ? $"layers {new ByteSize(manifest.LayerBytes)} (plain {new ByteSize(plain)}) + bootable file {new ByteSize(manifest.UkiBytes)} "
                + $"({kernel}) = {new ByteSize(manifest.ImageBytes)}"
            : $"{kernel} (plain {new ByteSize(plain)}) = bootable file {new ByteSize(manifest.UkiBytes)}");
        return 0;
    }

    private static string Percent(long part, long whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / Math.Max(1, whole):0.0} %");
}
