using Strata.Blueprints;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;

namespace Strata.Cli.Commands;

/// <summary><c>strata init --example NAME FOLDER</c>: one of the examples that strata comes with, as a beginning.</summary>
internal static class ExampleCopy
{
    // names the schema by a path that only holds among the examples
    private const string SchemaLine = "# yaml-language-server: $schema=";

    public static ExampleCatalog Examples => new(Path.Combine(ShippedData.Home, "examples"));

    /// <summary>Prints what there is.</summary>
    public static int List(bool isJson)
    {
        if (isJson)
        {
            Terminal.Json([.. Examples.All().Select(e => new ExampleRow(e.Name, e.Description))], CliJson.Default.ExampleRowArray);
            return 0;
        }
        new Terminal().Table(["example", "what it is"], Examples.All().Select(e => (IReadOnlyList<string>)[e.Name, e.Description]));
        return 0;
    }

    /// <summary>Copies an example into a folder that is not there or empty, and says what can be done with it.</summary>
    public static int Make(string name, string folder, bool isJson)
    {
        Example example = Examples.Find(name);
        string target = Path.GetFullPath(folder);
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
        {
            throw new StrataException(
                $"cannot copy example '{name}': {target} exists and is not an empty folder", "Choose another name, or edit what is there.");
        }
        EnumerationOptions all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }; // and so no link
        foreach (string file in Directory.EnumerateFiles(example.Folder, "*", all).Order(StringComparer.Ordinal))
        {
            CopyFile(file, Path.Combine(target, Path.GetRelativePath(example.Folder, file)));
        }
        if (isJson)
        {
            Terminal.Json(InitResult.Of(target), CliJson.Default.InitResult);
            return 0;
        }
        string shown = Path.GetRelativePath(Environment.CurrentDirectory, target);
        Terminal.Line($"Made {shown} of the example '{name}': {example.Description}");
        Terminal.Line();
        string start = example.Editions.Contains(".") ? "" : $"cd {shown} && ";
        foreach (string edition in example.Editions)
        {
            bool isTested = File.Exists(Path.Combine(target, edition, "tests.yaml"));
            string named = edition == "." ? NameOf(shown)
                : Path.GetDirectoryName(edition) == "editions" ? Path.GetFileName(edition) : $"./{edition}";
            Terminal.Line($"  {start}strata {(isTested ? "test" : "build")} {named}");
        }
        return 0;
    }

    private static string NameOf(string path) =>
        Path.IsPathRooted(path) || path.StartsWith("..", StringComparison.Ordinal) ? path : $"./{path}";

    private static void CopyFile(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (Path.GetExtension(from) != ".yaml")
        {
            File.Copy(from, to);
            return;
        }
        string text = File.ReadAllText(from);
        int end = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        File.WriteAllText(to, text.StartsWith(SchemaLine, StringComparison.Ordinal) ? text[end..] : text);
    }
}
