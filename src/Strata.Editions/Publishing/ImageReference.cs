using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Formats.Oci;

namespace Strata.Editions.Publishing;

/// <summary>Where a container image is in a registry: <c>registry.example.org/team/app:1.0</c>.</summary>
/// <param name="Repository">Registry and name: <c>registry.example.org/team/app</c>.</param>
/// <param name="Tag">The tag; null when none is said.</param>
public sealed partial record ImageReference(string Repository, string? Tag)
{
    private const int LongestName = 255;
    private const string Expected = "Expected REGISTRY/NAME:TAG, like registry.example.org/team/app:1.0.";

    /// <summary>
    /// Reads a reference. A registry is never assumed: what stands before the first slash has a dot, a port, or is <c>localhost</c>.
    /// </summary>
    /// <exception cref="StrataException">It is none, and why.</exception>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (text.Contains("://", StringComparison.Ordinal))
        {
            throw Refused(text, "it is a web address");
        }
        if (text.Contains('@', StringComparison.Ordinal))
        {
            throw Refused(text, "it names an image by its digest, which follows from the image");
        }
        string registry = slash > 0 ? text[..slash] : "";
        if (registry != "localhost" && registry.AsSpan().IndexOfAny(".:") < 0)
        {
            throw Refused(text, "it names no registry");
        }
        string rest = text[(slash + 1)..];
        int colon = rest.LastIndexOf(':');
        string name = colon < 0 ? rest : rest[..colon];
        string? tag = colon < 0 ? null : rest[(colon + 1)..];
        if (!Registry().IsMatch(registry))
        {
            throw Refused(text, $"'{registry}' is no host, nor one with a port");
        }
        if (name.Length > LongestName || !Name().IsMatch(name))
        {
            throw Refused(text, $"'{name}' is no name of an image: lower-case letters, digits, and single . _ - or / between them");
        }
        if (tag is not null && !OciTag.IsTag(tag))
        {
            throw Refused(text, $"'{tag}' is no tag: letters, digits, and _ . - but not at its start");
        }
        return new ImageReference($"{registry}/{name}", tag);
    }

    /// <inheritdoc/>
    public override string ToString() => Tag is null ? Repository : $"{Repository}:{Tag}";

    private static StrataException Refused(string text, string why) => new($"cannot push to '{text}': {why}", Expected);

    [GeneratedRegex(@"\A([A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,39}\])(:[0-9]{1,5})?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Registry();

    // distribution-spec 1.1, "Pulling manifests"
    [GeneratedRegex(@"\A[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
