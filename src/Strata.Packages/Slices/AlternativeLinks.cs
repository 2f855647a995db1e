using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Formats.Deb;
using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>
/// Links that update-alternatives(1) makes when a package is installed, such as <c>liblapack.so.3</c>: the loader finds some libraries
/// by no other name. Taken from the calls in <c>postinst</c> that have their words written out; what a shell would have to compute is
/// not there.
/// </summary>
internal sealed partial class AlternativeLinks(PackageSet packages)
{
    private sealed record Alternative(GuestPath Link, string Name, GuestPath Target, int Priority, ListedPackage Package);

    private ILookup<GuestPath, Alternative>? _byLink; // most closures never ask

    /// <summary>
    /// The two links, and the way to what the alternative of the highest priority names (the automatic mode); empty when there is none.
    /// </summary>
    public IReadOnlyList<PackagedEntry> Follow(GuestPath link)
    {
        _byLink ??= packages.Packages.SelectMany(Read).ToLookup(a => a.Link);
        foreach (Alternative alternative in _byLink[link].OrderByDescending(a => a.Priority).ThenBy(a => a.Target))
        {
            if (packages.Follow(alternative.Target) is { Count: > 0 } way
                && GuestPath.TryParse("/etc/alternatives/" + alternative.Name, out GuestPath chosen, out _))
            {
                return [LinkOf(alternative, link, chosen), LinkOf(alternative, chosen, alternative.Target), .. way];
            }
        }
        return [];
    }

    private static PackagedEntry LinkOf(Alternative alternative, GuestPath from, GuestPath to) => new(
        from,
        alternative.Package,
        new ListingEntry { Path = from, Kind = ListingKind.Symlink, Permissions = Modes.Link, Target = to.ToString() });

    private static IEnumerable<Alternative> Read(ListedPackage package)
    {
        string script = package.Scripts.GetValueOrDefault("postinst", "").Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (Match call in InstallCall().Matches(script))
        {
            string[] words =
            [
                .. call.Groups["words"].Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim('"', '\'')),
            ];
            if (words.Length < 4 || !int.TryParse(words[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int priority))
            {
                continue;
            }
            for (int at = 0; at + 2 < words.Length; at += at == 0 ? 5 : 4) // LINK NAME PATH PRIORITY, then --slave LINK NAME PATH …
            {
                bool isNext = at == 0 || words[at - 1] == "--slave";
                if (isNext && GuestPath.TryParse(words[at], out GuestPath link, out _)
                    && GuestPath.TryParse(words[at + 2], out GuestPath target, out _))
                {
                    yield return new Alternative(MergedUsr.Canonical(link), words[at + 1], target, priority, package);
                }
            }
        }
    }

    [GeneratedRegex(@"update-alternatives\b[^\n;&|$]*?--install\s+(?<words>[^\n;&|$`]+)", RegexOptions.CultureInvariant)]
    private static partial Regex InstallCall();
}
