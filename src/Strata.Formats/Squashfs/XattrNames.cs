using System.Diagnostics.CodeAnalysis;

namespace Strata.Formats.Squashfs;

/// <summary>Name spaces of extended attributes and their numbers on disk.</summary>
internal static class XattrNames
{
    /// <summary>For messages.</summary>
    public const string Allowed = "user.*, trusted.* and security.*";

    private static readonly string[] s_prefixes = ["user.", "trusted.", "security."];

    /// <summary>Splits <c>security.capability</c> into 2 and <c>capability</c>.</summary>
    public static bool TrySplit(string name, out ushort prefix, [NotNullWhen(true)] out string? rest)
    {
        int found = Array.FindIndex(s_prefixes, p => name.StartsWith(p, StringComparison.Ordinal));
        prefix = (ushort)Math.Max(0, found);
        rest = found < 0 ? null : name[s_prefixes[found].Length..];
        return found >= 0;
    }

    /// <summary>Prefix of a number.</summary>
    public static bool TryGetPrefix(int number, [NotNullWhen(true)] out string? prefix)
    {
        prefix = number >= 0 && number < s_prefixes.Length ? s_prefixes[number] : null;
        return prefix is not null;
    }
}
