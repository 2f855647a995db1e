using Strata.Blueprints;
using Strata.Core;
using Strata.Store;

namespace Strata.Editions.Readmes;

/// <summary>All files that a blueprint consists of, but for those that strata comes with.</summary>
/// <remarks>
/// The folders of the edition and of what it extends are taken whole, without <c>out</c>, <c>.git</c> and READMEs; of another folder that a
/// capability was found in, <c>capabilities</c> and <c>kernel</c>. A blueprint's sources lie below these (decision 106).
/// </remarks>
internal sealed class BlueprintFiles
{
    private const int MostNames = ReadmeFile.MostFiles;
    private const string Readme = "README.md";

    private static readonly string[] s_ofCatalogs = ["capabilities", "kernel"];

    private readonly List<ReadmeFile> _files = [];
    private readonly string _root;
    private long _bytes;

    private BlueprintFiles(string root) => _root = root;

    /// <summary>The files, in ordinal order, and the folder that their paths are seen from.</summary>
    /// <param name="blueprint">The edition.</param>
    /// <param name="home">Folder of what strata comes with.</param>
    /// <exception cref="StrataException">Something among them is no file, or is too large or too many for a README.</exception>
    public static (IReadOnlyList<ReadmeFile> Files, string Root) Of(Blueprint blueprint, string home)
    {
        string[] shipped = [.. ((string[])["editions", .. s_ofCatalogs]).Select(s => Path.Combine(home, s))];
        List<string> folders =
        [
            blueprint.Edition.Folder,
            .. blueprint.Edition.Folders.Skip(1).Where(f => !shipped.Any(s => IsBelow(f, s))),
        ];
        string[] catalogs =
        [
            .. blueprint.Capabilities.Select(c => c.File).Where(f => f.Length > 0).Concat(blueprint.KernelProfile?.Files ?? [])
                .Select(f => CatalogOf(Path.GetFullPath(f))).OfType<string>()
                .Distinct(StringComparer.Ordinal).Where(c => c != home && !folders.Exists(f => IsBelow(c, f))),
        ];
        folders.AddRange(catalogs.SelectMany(c => s_ofCatalogs.Select(s => Path.Combine(c, s))).Where(Directory.Exists));
        string root = folders.Select(Path.GetFullPath).Aggregate(Common);
        BlueprintFiles taken = new(root);
        foreach (string folder in folders.Where(f => !folders.Exists(o => o != f && IsBelow(f, o))).Distinct(StringComparer.Ordinal))
        {
            taken.Take(folder);
        }
        return ([.. taken._files.OrderBy(f => f.Path, StringComparer.Ordinal)], root);
    }

    // the folder above the nearest 'capabilities' or 'kernel'; null for what lies in none, an edition's own part
    private static string? CatalogOf(string file)
    {
        string? folder = Path.GetDirectoryName(file);
        while (folder is not null && !s_ofCatalogs.Contains(Path.GetFileName(folder)))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return Path.GetDirectoryName(folder);
    }

    private static bool IsBelow(string path, string folder) =>
        path == folder || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar,
            StringComparison.Ordinal);

    private static string Common(string one, string other)
    {
        while (!IsBelow(other, one))
        {
            one = Path.GetDirectoryName(one) ?? "/";
        }
        return one;
    }

    private void Take(string folder)
    {
        using ForeignFolder own = new(folder);
        Stack<string> open = new(["."]);
        while (open.TryPop(out string? below))
        {
            foreach (ForeignName name in own.TryList(below, MostNames) ?? [])
            {
                string path = below == "." ? name.Name : $"{below}/{name.Name}";
                if (name.IsFolder)
                {
                    if (path is not ("out" or ".git"))
                    {
                        open.Push(path);
                    }
                }
                else if (path != Readme)
                {
                    Add(own, path, Path.Combine(folder, path));
                }
            }
        }
    }

    private void Add(ForeignFolder own, string path, string full)
    {
        (byte[] bytes, bool isProgram) = own.ReadProgram(path, ReadmeFile.MostBytes);
        _bytes += bytes.Length;
        if (_bytes > ReadmeFile.MostOfAll || _files.Count == ReadmeFile.MostFiles)
        {
            throw new StrataException(
                $"cannot write a README of {_root}: its files are more than {ReadmeFile.MostFiles}, or have more than "
                    + $"{new ByteSize(ReadmeFile.MostOfAll)}",
                "What a build makes can lie elsewhere ('--output'), or in 'out', which is left out.");
        }
        _files.Add(new ReadmeFile(Path.GetRelativePath(_root, full), bytes, isProgram));
    }
}
