using System.Text.RegularExpressions;

namespace Strata.Blueprints.Names;

/// <summary>What names look like.</summary>
internal static partial class NamePatterns
{
    /// <summary>Of editions, capabilities, services and the like: lower-case letters, digits and dashes, at most 63.</summary>
    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,62}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Name();

    /// <summary>Of users and groups: lower-case letters, digits, <c>_</c> and <c>-</c>, at most 31.</summary>
    [GeneratedRegex(@"\A[a-z_][a-z0-9_-]{0,30}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Account();
}
