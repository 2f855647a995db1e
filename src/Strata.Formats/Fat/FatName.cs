using System.Buffers;
using System.Text;

namespace Strata.Formats.Fat;

/// <summary>Rules for names: 8.3 short names (FAT §6.1), long names (FAT §7) and the aliases between them (FAT §7.2).</summary>
internal static class FatName
{
    public const int ShortLength = 11;
    public const int MaxLongLength = 255;
    public const int UnitsInPart = 13;

    private static readonly SearchValues<char> s_forbiddenInLong = SearchValues.Create("\"*/:<>?\\|\u007f");
    private static readonly SearchValues<char> s_shortCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'()-@^_`{}~");

    public static bool IsShortCharacter(char c) => s_shortCharacters.Contains(c);

    /// <summary>Why a name cannot be stored; null when it can.</summary>
    public static string? ProblemOf(string name)
    {
        if (name.Length > MaxLongLength)
        {
            return $"it has {name.Length} UTF-16 units, at most {MaxLongLength} are possible";
        }
        if (name[^1] is '.' or ' ')
        {
            return "it ends in a dot or a space";
        }
        int bad = name.AsSpan().IndexOfAny(s_forbiddenInLong);
        if (bad >= 0 || name.Any(char.IsControl))
        {
            return "it has a control character or one of \" * / : < > ? \\ |";
        }
        for (int i = 0; i < name.Length; i++)
        {
            if (char.IsSurrogate(name[i]) && (++i == name.Length || !char.IsSurrogatePair(name[i - 1], name[i])))
            {
                return "it is not well-formed Unicode";
            }
        }
        return null;
    }

    /// <summary>True for a name that a short record can hold as it is: upper case, 1..8 characters, and 1..3 after the dot if there is one.</summary>
    public static bool IsPlainShort(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        ReadOnlySpan<char> stem = dot < 0 ? name : name.AsSpan(0, dot);
        ReadOnlySpan<char> extension = dot < 0 ? "" : name.AsSpan(dot + 1);
        return stem.Length is >= 1 and <= 8 && extension.Length is >= 0 and <= 3 && (dot < 0 || extension.Length > 0)
            && !stem.ContainsAnyExcept(s_shortCharacters) && !extension.ContainsAnyExcept(s_shortCharacters);
    }

    /// <summary>Short names for all names of one directory, none twice, as 11 padded characters; the order of the result is that of the names.</summary>
    /// <param name="names">Names that differ by more than case, each without a problem, in ordinal order.</param>
    public static string[] Alias(IReadOnlyList<string> names)
    {
        string[] result = new string[names.Count];
        HashSet<string> taken = new(StringComparer.Ordinal);
        // Names that keep their letters come first, so that numbered aliases step aside for them whatever the order.
        for (int i = 0; i < names.Count; i++)
        {
            string upper = names[i].ToUpperInvariant();
            if (IsPlainShort(upper) && taken.Add(Pad(upper)))
            {
                result[i] = Pad(upper);
            }
        }
        Dictionary<string, int> next = new(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++)
        {
            if (result[i] is null)
            {
                (string stem, string extension) = Basis(names[i]);
                result[i] = Numbered(stem, extension, taken, next);
            }
        }
        return result;
    }

    /// <summary>Checksum that ties the parts of a long name to their short record (FAT §7.2, ChkSum).</summary>
    public static byte Checksum(ReadOnlySpan<byte> shortName)
    {
        int sum = 0;
        foreach (byte b in shortName)
        {
            sum = (((sum & 1) << 7) + (sum >> 1) + b) & 0xFF;
        }
        return (byte)sum;
    }

    /// <summary>Number of records that a long name takes besides its short record.</summary>
    public static int LongParts(string name) => (name.Length + UnitsInPart - 1) / UnitsInPart;

    /// <summary>An 11-character short name as people write it.</summary>
    public static string Display(string padded)
    {
        string stem = padded[..8].TrimEnd(' ');
        string extension = padded[8..].TrimEnd(' ');
        return extension.Length == 0 ? stem : stem + "." + extension;
    }

    private static string Pad(string shortName)
    {
        int dot = shortName.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? shortName.PadRight(ShortLength) : shortName[..dot].PadRight(8) + shortName[(dot + 1)..].PadRight(3);
    }

    /// <summary>Basis-name of FAT §7.2: upper case, without spaces and leading dots, foreign characters as '_', the last dot parts the extension.</summary>
    private static (string Stem, string Extension) Basis(string name)
    {
        string upper = name.ToUpperInvariant().Replace(" ", "", StringComparison.Ordinal).TrimStart('.');
        int dot = upper.LastIndexOf('.');
        string stem = Keep(dot < 0 ? upper : upper[..dot], 6);
        string extension = Keep(dot < 0 ? "" : upper[(dot + 1)..], 3);
        return (stem.Length == 0 ? "_" : stem, extension);
    }

    private static string Keep(string text, int most)
    {
        StringBuilder kept = new(most);
        foreach (char c in text)
        {
            if (kept.Length < most && c != '.' && !char.IsLowSurrogate(c))
            {
                kept.Append(IsShortCharacter(c) ? c : '_');
            }
        }
        return kept.ToString();
    }

    private static string Numbered(string stem, string extension, HashSet<string> taken, Dictionary<string, int> next)
    {
        string key = stem + "." + extension;
        for (int n = next.GetValueOrDefault(key, 1); ; n++)
        {
            string tail = FormattableString.Invariant($"~{n}");
            string candidate = (stem.Length + tail.Length > 8 ? stem[..(8 - tail.Length)] : stem) + tail;
            string padded = candidate.PadRight(8) + extension.PadRight(3);
            if (taken.Add(padded))
            {
                next[key] = n + 1;
                return padded;
            }
        }
    }
}
