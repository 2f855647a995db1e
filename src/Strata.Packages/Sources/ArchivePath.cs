using System.Buffers;

namespace Strata.Packages.Sources;

/// <summary>Rules for a path below the root of an archive: <c>pool/main/b/busybox/busybox_1.37.0-6+b3_amd64.deb</c>.</summary>
internal static class ArchivePath
{
    /// <summary>Longest path accepted, in characters.</summary>
    public const int MaxLength = 1024;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$&'()*+,-./:;=@_~%");

    /// <summary>The rule that a path breaks, or null: relative, no empty component, no <c>.</c>, no <c>..</c>, characters of an address only.</summary>
    public static string? ProblemOf(ReadOnlySpan<char> path)
    {
        if (path.Length is 0 or > MaxLength)
        {
            return $"the path has {path.Length} characters, allowed are 1..{MaxLength}";
        }
        int bad = path.IndexOfAnyExcept(s_allowed);
        if (bad >= 0)
        {
            return $"character U+{(int)path[bad]:X4} is not allowed in a path of an archive";
        }
        foreach (Range range in path.Split('/'))
        {
            ReadOnlySpan<char> part = path[range];
            if (part is "" or "." or "..")
            {
                return $"the path '{path}' has a component '{part}'";
            }
        }
        // an escaped slash or dot would come to life in whoever unescapes the address
        return path.Contains("%2", StringComparison.Ordinal) ? $"the path '{path}' hides a character behind '%2'" : null;
    }

    /// <summary>A path without leading <c>./</c>, which <c>apt-ftparchive packages ./pool</c> writes and apt drops.</summary>
    public static ReadOnlySpan<byte> WithoutLeadingDots(ReadOnlySpan<byte> path)
    {
        while (path.StartsWith("./"u8))
        {
            path = path[2..].TrimStart((byte)'/');
        }
        return path;
    }

    /// <summary>Address of a path below a root, whether or not the root ends in a slash.</summary>
    /// <exception cref="ArgumentException"><paramref name="path"/> breaks a rule.</exception>
    public static Uri Below(Uri root, string path)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (ProblemOf(path) is { } problem)
        {
            throw new ArgumentException(problem, nameof(path));
        }
        return new Uri(root.AbsoluteUri.TrimEnd('/') + "/" + path);
    }
}
