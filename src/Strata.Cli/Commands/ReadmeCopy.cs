using Strata.Blueprints;
using Strata.Blueprints.Extending;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Readmes;
using Strata.Store;

namespace Strata.Cli.Commands;

/// <summary><c>strata init NAME --from README</c>: the files that a README of <c>strata docs</c> carries.</summary>
internal static class ReadmeCopy
{
    private const int MostBytes = 4 * ReadmeFile.MostOfAll;

    public static int Make(string readme, string folder, VariableValues given, bool isJson)
    {
        if (!File.Exists(readme))
        {
            throw new StrataException($"cannot read {readme}: it is not there");
        }
        string text = ForeignFolder.ReadTextFile(readme, depth: 1, MostBytes);
        string root = Path.GetFullPath(folder);
        (string edition, IReadOnlyList<string> warnings) = ReadmeFolder.Make(
            readme, text, root, ShippedData.Home, f => new Catalog([root, ShippedData.Home], given).Load(f));
        RecordedWarnings progress = new(new PlainProgress(Console.Error)); // and so '--json' has them too
        foreach (string warning in warnings)
        {
            progress.Warn(warning);
        }
        if (isJson)
        {
            Terminal.Json(InitResult.Of(root), CliJson.Default.InitResult);
            return 0;
        }
        string below = Path.GetRelativePath(root, edition);
        bool isCatalog = Path.GetDirectoryName(below) == "editions";
        string locked = File.Exists(Path.Combine(edition, "strata.lock")) ? " --locked" : "";
        Terminal.Line($"Made {folder} of {readme}.");
        Terminal.Line();
        Terminal.Line(isCatalog
            ? $"  cd {folder} && strata build {Path.GetFileName(below)}{locked}"
            : $"  strata build {(Path.IsPathRooted(folder) ? "" : "./")}{(below == "." ? folder : $"{folder}/{below}")}{locked}");
        return 0;
    }
}
