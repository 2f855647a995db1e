using System.Buffers;

namespace Strata.Packages.Relations;

/// <summary>Rules for names of packages and architectures.</summary>
internal static class PackageName
{
    /// <summary>Longest name accepted, in characters; file names end at 255 bytes.</summary>
    public const int MaxLength = 200;

    private static readonly SearchValues<char> s_allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789+-.");
    private static readonly SearchValues<char> s_architecture = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The rule of Debian Policy §5.6.1 that a name breaks, or null: lower-case letters, digits and <c>+-.</c>, starting with a letter or digit.</summary>
    /// <remarks>Policy asks for two characters; provided names of one exist in the archive and are accepted.</remarks>
    public static string? ProblemOf(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty)
        {
            return "the name is empty";
        }
        if (name.Length > MaxLength)
        {
            return $"the name has {name.Length} characters, at most {MaxLength} are allowed";
        }
        int bad = name.IndexOfAnyExcept(s_allowed);
        if (bad >= 0)
        {
            return $"character {Show(name[bad])} is not allowed in the name '{name}'";
        }
        return char.IsAsciiLetterLower(name[0]) || char.IsAsciiDigit(name[0]) ? null : $"the name '{name}' starts with neither letter nor digit";
    }

    /// <summary>True for a word such as <c>amd64</c>, <c>any</c> or <c>kfreebsd-amd64</c>.</summary>
    public static bool IsArchitecture(ReadOnlySpan<char> word) =>
        word.Length is > 0 and <= 32 && char.IsAsciiLetterLower(word[0]) && !word.ContainsAnyExcept(s_architecture);

    private static string Show(char c) => c is > ' ' and < '\x7F' ? $"'{c}'" : $"U+{(int)c:X4}";
}
