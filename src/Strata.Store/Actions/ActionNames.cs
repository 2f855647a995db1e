using System.Buffers;

namespace Strata.Store.Actions;

/// <summary>Rules for the names in action keys and results: they appear in one-line records and in paths of the remote protocol.</summary>
internal static class ActionNames
{
    /// <summary>Longest name of an input, an output or a note, in characters.</summary>
    public const int LongestName = 255;

    /// <summary>Longest name of a step, in characters.</summary>
    public const int LongestStep = 64;

    private static readonly SearchValues<char> s_step = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._+-");
    private static readonly SearchValues<char> s_name =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-/:@~=,");

    /// <summary>1..64 of <c>a-z 0-9 . _ + -</c>.</summary>
    public static bool IsStep(ReadOnlySpan<char> text) => text.Length is > 0 and <= LongestStep && !text.ContainsAnyExcept(s_step);

    /// <summary>
    /// 1..255 of letters, digits and <c>. _ + - / : @ ~ = ,</c>; between slashes something stands that is neither <c>.</c> nor <c>..</c>
    /// </summary>
    public static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestName || text.ContainsAnyExcept(s_name))
        {
            return false;
        }
        // names become paths: in a remote, and below a folder of modules
        foreach (Range part in text.Split('/'))
        {
            if (text[part] is "" or "." or "..")
            {
                return false;
            }
        }
        return true;
    }

    public static void ThrowIfNoStep(string step)
    {
        if (!IsStep(step))
        {
            throw new ArgumentException($"'{step}' is no name of a step: 1..{LongestStep} of a-z 0-9 . _ + -", nameof(step));
        }
    }

    public static void ThrowIfNoName(string name)
    {
        if (!IsName(name))
        {
            throw new ArgumentException(
                $"'{name}' is no name: 1..{LongestName} letters, digits or . _ + - / : @ ~ = , and no empty part, '.' or '..' between "
                + "slashes", nameof(name));
        }
    }
}
