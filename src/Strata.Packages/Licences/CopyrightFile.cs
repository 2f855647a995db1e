using System.Text;
using Strata.Core;

namespace Strata.Packages.Licences;

/// <summary>Reads which licences a Debian copyright file names (copyright-format 1.0, once DEP-5).</summary>
/// <remarks>
/// People write these files, so this is no strict reader: of a file that says it has the format, every line that starts with <c>License:</c> counts, and
/// nothing of a file that does not. Not read: which files a licence is for, and what joins several names (<c>and</c>, <c>or</c>).
/// </remarks>
public static class CopyrightFile
{
    /// <summary>Largest file that is looked at, in bytes: the largest of trixie's main archive have about 3 MB.</summary>
    public const int MaxBytes = 8 << 20;

    private const int MostNames = 256;
    private const int LongestName = 128;

    private static readonly string[] s_joints = [" and/or ", " or ", " and ", ",", "|"];

    /// <summary>Where a package has its copyright file (Debian Policy §12.5); it may be a link into another of the same source.</summary>
    public static GuestPath PathOf(string package) => GuestPath.Parse($"/usr/share/doc/{package}/copyright");

    /// <summary>The package that a path is the copyright file of; null for other paths.</summary>
    public static string? PackageOf(GuestPath path) =>
        path.Name == "copyright" && path.Parent.Parent.ToString() == "/usr/share/doc" ? path.Parent.Name : null;

    /// <summary>Names of all licences, sorted, each once: SPDX identifiers as <see cref="SpdxNames"/> gives them.</summary>
    /// <returns>Empty when the file has another form, or more than 256 names: then it has to be read by a person.</returns>
    public static IReadOnlyList<string> LicencesOf(ReadOnlySpan<byte> file)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        bool isFormatted = IsFormatted(file);
        foreach (Range range in file.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = file[range].TrimEnd(" \t\r"u8);
            if (isFormatted && StartsWith(line, "License:"u8))
            {
                Add(Encoding.UTF8.GetString(line["License:".Length..]), names);
            }
        }
        return names.Count <= MostNames ? [.. names] : [];
    }

    /// <summary>True when a file says that it has the format; the header paragraph starts with that.</summary>
    internal static bool IsFormatted(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> start = file.TrimStart(" \t\r\n"u8);
        return StartsWith(start, "Format:"u8) || StartsWith(start, "Format-Specification:"u8); // the second in old files
    }

    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field) =>
        line.Length >= field.Length && Ascii.EqualsIgnoreCase(line[..field.Length], field);

    private static void Add(string expression, SortedSet<string> names)
    {
        string spaced = string.Join(' ', expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); // a tab parts words too
        foreach (string name in spaced.Split(s_joints, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string plain = name.Trim('(', ')', ' ');
            foreach (string word in (string[])["or ", "and "]) // after a comma
            {
                plain = plain.StartsWith(word, StringComparison.OrdinalIgnoreCase) ? plain[word.Length..].Trim() : plain;
            }
            if (plain.Length is > 0 and <= LongestName && SpdxNames.Of(plain) is string known)
            {
                names.Add(known);
            }
        }
    }
}
