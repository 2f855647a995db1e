using System.Text;

namespace Strata.Formats.Iso;

/// <summary>The two names of a file: short, and that of Rock Ridge.</summary>
internal static class IsoNames
{
    /// <summary>Longest name in bytes of UTF-8: with it the directory record stays below 255 bytes.</summary>
    public const int MaxBytes = 140;

    private const int MaxShort = 30; // §7.5.1, level 2 (§10.2): name and extension together, without the dot

    /// <summary>What is wrong with a name; null for nothing.</summary>
    public static string? ProblemOf(string name) =>
        Encoding.UTF8.GetByteCount(name) > MaxBytes ? $"it has more than {MaxBytes} bytes"
        : name.Any(char.IsControl) ? "it has a control character"
        : null;

    /// <summary>Short names for the children of a directory, in the same order: distinct, of letters, digits and underscores.</summary>
    public static string[] Short(IReadOnlyList<(string Name, bool IsDirectory)> children)
    {
        string[] names = new string[children.Count];
        HashSet<string> taken = new(StringComparer.Ordinal);
        for (int i = 0; i < names.Length; i++)
        {
            (string stem, string extension) = Parts(children[i].Name, children[i].IsDirectory);
            string name = Join(stem, extension, children[i].IsDirectory);
            for (int number = 1; !taken.Add(name); number++)
            {
                string tail = $"_{number.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
                name = Join(stem[..Math.Min(stem.Length, MaxShort - extension.Length - tail.Length)] + tail, extension, children[i].IsDirectory);
            }
            names[i] = name;
        }
        return names;
    }

    /// <summary>Order of §9.3: stem, then extension, both as if padded with spaces, which come before every character that is used.</summary>
    public static int Compare(string a, string b)
    {
        (string stemA, string extensionA) = Split(a);
        (string stemB, string extensionB) = Split(b);
        int stems = string.CompareOrdinal(stemA, stemB);
        return stems != 0 ? stems : string.CompareOrdinal(extensionA, extensionB);
    }

    private static (string Stem, string Extension) Parts(string name, bool isDirectory)
    {
        string clean = string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '.' ? c : '_'));
        int dot = isDirectory ? -1 : clean.LastIndexOf('.');
        string stem = (dot < 0 ? clean : clean[..dot]).Replace('.', '_');
        string extension = dot < 0 ? "" : clean[(dot + 1)..];
        extension = extension[..Math.Min(extension.Length, 8)];
        stem = stem[..Math.Min(stem.Length, MaxShort - extension.Length)];
        return (stem.Length == 0 && extension.Length == 0 ? "_" : stem, extension);
    }

    private static string Join(string stem, string extension, bool isDirectory) => isDirectory ? stem : $"{stem}.{extension};1"; // §7.5.1: the dot always stands

    private static (string Stem, string Extension) Split(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
    }
}
