using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Strata.Core;

namespace Strata.Kernel.Makefiles;

/// <summary>
/// Reads what the makefiles of a kernel's source say about objects (Documentation/kbuild/makefiles.rst, sections 3.1 to 3.6): lists of
/// objects under symbols, and the parts of composite objects.
/// </summary>
/// <remarks>
/// Not a make: conditions around lines (<c>ifdef</c>) are taken to hold, and of functions only <c>addprefix</c> is followed. That is enough
/// for the question "which symbol brings in this file"; where it is not, the answer says so (<see cref="KbuildObjects.IsWhole"/>).
/// </remarks>
public static partial class KbuildReader
{
    private const int LargestFile = 1 << 20;
    private const int MostFiles = 20_000;
    private const int MostEntries = 1_000_000;

    /// <summary>Folders of the source that no kernel is made of.</summary>
    private static readonly string[] s_left = ["Documentation", "scripts", "tools", "samples", "usr", "debian"];

    /// <summary>Reads all makefiles of a source.</summary>
    /// <param name="source">Its root.</param>
    /// <param name="architecture">What the source calls the architecture; those of others are left out.</param>
    /// <exception cref="StrataException">There is no makefile, or there are too many; one is too large.</exception>
    public static KbuildIndex Read(string source, string architecture)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(architecture);
        string root = Path.GetFullPath(source);
        FileSystemEnumerable<string> files = new(root, (ref FileSystemEntry e) => e.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
        {
            ShouldRecursePredicate = (ref FileSystemEntry e) => (e.Attributes & FileAttributes.ReparsePoint) == 0 && IsOfKernel(e, root, architecture),
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory && (e.FileName is "Makefile" or "Kbuild" || e.FileName.StartsWith("Makefile.")),
        };
        string[] sorted = [.. files.Take(MostFiles + 1).Order(StringComparer.Ordinal)];
        if (sorted.Length is 0 or > MostFiles)
        {
            throw new StrataException($"cannot read the makefiles of the kernel's source: there are {(sorted.Length == 0 ? "none" : $"more than {MostFiles}")}");
        }
        List<KbuildTarget> targets = [];
        List<KbuildPart> parts = [];
        foreach (string file in sorted)
        {
            string shown = Path.GetRelativePath(root, file);
            if (new FileInfo(file).Length > LargestFile)
            {
                throw new StrataException($"cannot read {shown} of the kernel's source: it is larger than {new ByteSize(LargestFile)}");
            }
            ReadText(System.IO.File.ReadAllText(file), Path.GetDirectoryName(shown) ?? "", targets, parts);
            if (targets.Count + parts.Count > MostEntries)
            {
                throw new StrataException($"cannot read {shown} of the kernel's source: the makefiles name more than {MostEntries} objects");
            }
        }
        return new KbuildIndex(targets, parts);
    }

    /// <summary>Reads one makefile.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="folder">Its folder, from the root of the source; empty for the root.</param>
    /// <param name="targets">Gets the objects under symbols.</param>
    /// <param name="parts">Gets the parts of composite objects.</param>
    public static void ReadText(string text, string folder, ICollection<KbuildTarget> targets, ICollection<KbuildPart> parts)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(parts);
        foreach (string line in KbuildWords.Lines(text))
        {
            Match match = Assignment().Match(line);
            if (!match.Success)
            {
                continue;
            }
            string name = match.Groups["name"].Value;
            string[] symbols = [.. Symbol().Matches(match.Groups["under"].Value).Select(m => m.Groups[1].Value).Distinct(StringComparer.Ordinal)];
            if (symbols.Length == 0)
            {
                symbols = [""]; // 'obj-y': always
            }
            foreach (string word in KbuildWords.Of(match.Groups["value"].Value))
            {
                string? path = PathOf(folder, word);
                foreach (string symbol in symbols)
                {
                    if (name is not ("obj" or "lib"))
                    {
                        parts.Add(new KbuildPart(PathOf(folder, name + ".o")!, symbol, path ?? ""));
                    }
                    else if (path is not null)
                    {
                        targets.Add(new KbuildTarget(symbol, folder, path));
                    }
                }
            }
        }
    }

    /// <summary>The path from the root of the source; null for what is no object and no folder, or lies outside.</summary>
    private static string? PathOf(string folder, string word)
    {
        bool isFolder = word.EndsWith('/');
        if (word.Contains('$', StringComparison.Ordinal) || word.StartsWith('/') || !(isFolder || word.EndsWith(".o", StringComparison.Ordinal)))
        {
            return null;
        }
        List<string> path = [.. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (string part in word.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (path.Count == 0)
                {
                    return null;
                }
                path.RemoveAt(path.Count - 1);
            }
            else if (part != ".")
            {
                path.Add(part);
            }
        }
        return string.Join('/', path) + (isFolder ? "/" : "");
    }

    private static bool IsOfKernel(in FileSystemEntry entry, string root, string architecture)
    {
        string name = entry.FileName.ToString();
        return entry.Directory.Length == root.Length ? !s_left.Contains(name, StringComparer.Ordinal)
            : !entry.Directory.EndsWith("/arch") || entry.Directory.Length != root.Length + "/arch".Length || name == architecture;
    }

    [GeneratedRegex(@"\A\s*(?<name>[A-Za-z0-9_.+-]{1,120}?)(?:-objs)?-(?<under>y|m|objs|\$\([^=:]{1,120}\))\s*[:+?]?=\s*(?<value>.*)\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"CONFIG_([A-Za-z0-9_]{1,100})", RegexOptions.CultureInvariant)]
    private static partial Regex Symbol();
}
