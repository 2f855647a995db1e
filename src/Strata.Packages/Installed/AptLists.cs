using System.Text;
using Strata.Core;
using Strata.Packages.Deb822;
using Strata.Store;

namespace Strata.Packages.Installed;

/// <summary>Where installed packages can be from, as far as the lists tell that apt keeps of archives.</summary>
/// <param name="IsDebians">True when an archive of Debian's lists the package.</param>
/// <param name="Others">What other archives call themselves that list the very version that is installed.</param>
public sealed record PackageOrigin(bool IsDebians, IReadOnlyList<string> Others);

/// <summary>
/// Reads <c>/var/lib/apt/lists</c> of a system. Signatures are not looked at: what a list says is an opinion, never a reason to believe a
/// package.
/// </summary>
public static class AptLists
{
    /// <summary>Where the lists are, below the root.</summary>
    public const string Folder = "var/lib/apt/lists";

    private const string Debian = "Debian";
    private const string PackagesEnd = "_Packages";
    private const int MostFiles = 10_000;
    private const int MostLists = 200;
    private const long LargestList = 512 << 20;
    private const long LargestRelease = 16 << 20;
    private const int HeadBytes = 64 * 1024;
    private const int LongestOrigin = 80;

    /// <summary>Origins of packages by name; null when there is no list that could be read, as in images that were cleaned.</summary>
    /// <param name="root">The system's root.</param>
    /// <param name="installed">What is installed there.</param>
    /// <param name="notRead">Gets a sentence for each list that could not be read.</param>
    public static IReadOnlyDictionary<string, PackageOrigin>? Read(
        ForeignFolder root, IEnumerable<InstalledPackage> installed, ICollection<string> notRead)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(notRead);
        string[] names = [.. (root.TryList(Folder, MostFiles) ?? []).Where(n => !n.IsFolder && n.LinkTarget is null).Select(n => n.Name)];
        string[] lists = [.. names.Where(n => n.EndsWith(PackagesEnd, StringComparison.Ordinal)).Take(MostLists)];
        if (lists.Length == 0)
        {
            return null;
        }
        ILookup<string, string> versions = installed.ToLookup(p => p.Name, p => p.Version, StringComparer.Ordinal);
        Dictionary<string, (bool Named, bool Same, SortedSet<string> Others)> found = new(StringComparer.Ordinal);
        foreach (string list in lists)
        {
            string origin = OriginOf(root, list, names);
            try
            {
                using FileStream stream = root.OpenRead(Path.Combine(Folder, list), LargestList);
                foreach ((string name, string version) in ReadNames(stream))
                {
                    if (versions.Contains(name))
                    {
                        Note(name, versions[name].Contains(version), origin);
                    }
                }
            }
            catch (Exception e) when (e is StrataException or ImageFormatException or IOException)
            {
                notRead.Add($"a list of apt's could not be read: {e.Message}");
            }
        }
        return found.ToDictionary(
            f => f.Key, f => new PackageOrigin(f.Value.Same || (f.Value.Named && f.Value.Others.Count == 0), [.. f.Value.Others]),
            StringComparer.Ordinal);

        void Note(string name, bool isSame, string origin)
        {
            (bool named, bool same, SortedSet<string> others) = found.GetValueOrDefault(name, (false, false, new(StringComparer.Ordinal)));
            if (origin == Debian)
            {
                (named, same) = (true, same || isSame);
            }
            else if (isSame)
            {
                others.Add(origin);
            }
            found[name] = (named, same, others);
        }
    }

    /// <summary>Names and versions of a <c>Packages</c> file, stanza by stanza.</summary>
    internal static IEnumerable<(string Name, string Version)> ReadNames(Stream list)
    {
        Deb822Reader reader = new(list, "a list of apt's");
        while (reader.Read())
        {
            if (reader.StanzaFault is null && reader.TryGet("Package"u8, out ReadOnlySpan<byte> name)
                && reader.TryGet("Version"u8, out ReadOnlySpan<byte> version))
            {
                yield return (Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(version));
            }
        }
    }

    // 'HOST_PATH_dists_SUITE_COMPONENT_binary-ARCH_Packages' has its Release in 'HOST_PATH_dists_SUITE_InRelease'
    private static string OriginOf(ForeignFolder root, string list, string[] names)
    {
        foreach (string end in (string[])["_InRelease", "_Release"])
        {
            string? release = names.Where(n => n.EndsWith(end, StringComparison.Ordinal)
                && list.StartsWith(n[..^end.Length] + "_", StringComparison.Ordinal)).MaxBy(n => n.Length);
            if (release is not null && ReadOrigin(root, Path.Combine(Folder, release)) is string origin)
            {
                return origin;
            }
        }
        return "an archive without a name";
    }

    private static string? ReadOrigin(ForeignFolder root, string release)
    {
        try
        {
            using FileStream stream = root.OpenRead(release, LargestRelease);
            byte[] head = new byte[HeadBytes];
            int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            string? line = Encoding.UTF8.GetString(head, 0, length).Split('\n')
                .FirstOrDefault(l => l.StartsWith("Origin:", StringComparison.Ordinal));
            string? origin = line?["Origin:".Length..].Trim();
            return origin is { Length: > 0 and <= LongestOrigin } && !origin.Any(char.IsControl) ? origin : null;
        }
        catch (Exception e) when (e is StrataException or IOException)
        {
            return null;
        }
    }
}
