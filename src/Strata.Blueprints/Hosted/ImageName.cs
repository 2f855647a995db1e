using System.Text.RegularExpressions;

namespace Strata.Blueprints.Hosted;

/// <summary>The name of an image in a registry, as engines take it: <c>registry.example.org:5000/team/app:1.0@sha256:…</c>.</summary>
internal static partial class ImageName
{
    private const int Longest = 512;

    /// <summary>What is wrong with a name; null when it is one. A registry is never assumed, and neither is a tag.</summary>
    public static string? Problem(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string registry = slash > 0 ? text[..slash] : "";
        return text.Contains("://", StringComparison.Ordinal) ? "it is a web address"
            : registry != "localhost" && registry.AsSpan().IndexOfAny(".:") < 0 ? "it names no registry"
            : text.Length > Longest || !Pattern().IsMatch(text) ? "that is no name of an image"
            : text[slash..].AsSpan().IndexOfAny(":@") < 0 ? "it names neither a tag nor a digest"
            : null;
    }

    // distribution-spec 1.1, "Pulling manifests"; a registry is a host with or without a port
    [GeneratedRegex(
        @"\A([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+"
        + @"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
