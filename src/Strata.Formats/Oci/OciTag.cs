using System.Buffers;

namespace Strata.Formats.Oci;

/// <summary>Tags of images: what stands behind the colon in <c>nano:1.0</c> (distribution-spec 1.1, "Pulling manifests").</summary>
public static class OciTag
{
    /// <summary>Longest tag, in characters.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

    /// <summary>True for letters, digits and <c>_ . -</c>, at most <see cref="MaxLength"/>, not starting with a dot or a hyphen.</summary>
    public static bool IsTag(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(s_allowed) && text[0] is not ('.' or '-');

    /// <summary>
    /// The tag of a version: an underscore stands for whatever a tag cannot have, as for the <c>+</c> of charts in registries.
    /// </summary>
    /// <param name="version">Not empty; what is beyond <see cref="MaxLength"/> is left out.</param>
    public static string Of(string version)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        string tag = string.Concat(version.Take(MaxLength).Select(c => s_allowed.Contains(c) ? c : '_'));
        return tag[0] is '.' or '-' ? "_" + tag[1..] : tag;
    }
}
