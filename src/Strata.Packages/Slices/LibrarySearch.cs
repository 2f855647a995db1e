using Strata.Core;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>Where the loader looks for a library that the process does not have yet (ld.so(8)).</summary>
/// <remarks>
/// Not looked at: <c>LD_LIBRARY_PATH</c>, and folders that <c>/etc/ld.so.conf.d</c> names: contents of files are not known here.
/// </remarks>
internal sealed class LibrarySearch(PackageSet packages, GuestArchitecture architecture)
{
    private readonly GuestPath[] _builtIn =
    [
        GuestPath.Parse("/usr/lib/" + architecture.Triplet), GuestPath.Parse("/usr/lib64"), GuestPath.Parse("/usr/lib"),
    ];

    private readonly Dictionary<string, IReadOnlyList<PackagedEntry>> _ways = new(StringComparer.Ordinal);
    private readonly AlternativeLinks _alternatives = new(packages);

    /// <summary>The links on the way to a library and the library, last; empty when there is none.</summary>
    /// <param name="wanting">The object that wants it.</param>
    /// <param name="name">As DT_NEEDED has it.</param>
    /// <param name="isProgram">False when nobody knows the program that will open <paramref name="wanting"/>.</param>
    public IReadOnlyList<PackagedEntry> Find(LoadedObject wanting, string name, bool isProgram)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return GuestPath.TryParse(name, out GuestPath absolute, out _) && packages.Follow(absolute) is { Count: > 0 } direct
                && Fits(wanting.Elf, direct[^1].Entry.Elf) ? direct : [];
        }
        IEnumerable<GuestPath> folders = FoldersOf(wanting).Concat(_builtIn);
        if (!isProgram)
        {
            // the libraries of a private folder have no search path where their program has one, or opens them one after the other
            folders = folders.Append(wanting.Entry.Path.Parent);
        }
        foreach (GuestPath folder in folders)
        {
            if (WayTo($"{folder}/{name}") is { Count: > 0 } way && Fits(wanting.Elf, way[^1].Entry.Elf))
            {
                return way;
            }
        }
        ListingEntry? own = isProgram ? null : wanting.Entry.Package.Listing.Entries
            .FirstOrDefault(e => e.Path.Name == name && e.Elf is not null && Fits(wanting.Elf, e.Elf));
        return own is null ? [] : packages.Follow(own.Path); // of another private folder of the same package
    }

    /// <summary>Where a library lies that the loader does not find; null when no package has one of these names.</summary>
    public PackagedEntry? Elsewhere(IReadOnlyList<string> names) => packages.Entries
        .Where(e => names.Contains(e.Path.Name) && e.Entry.Kind != ListingKind.Directory).MinBy(e => e.Path);

    private static bool Fits(ElfFile wanted, ElfFile? candidate) =>
        candidate is not null && candidate.Class == wanted.Class && candidate.Machine == wanted.Machine;

    private IReadOnlyList<PackagedEntry> WayTo(string path)
    {
        if (!_ways.TryGetValue(path, out IReadOnlyList<PackagedEntry>? way))
        {
            way = [];
            if (GuestPath.TryParse(path, out GuestPath parsed, out _))
            {
                way = packages.Follow(parsed) is { Count: > 0 } there ? there : _alternatives.Follow(MergedUsr.Canonical(parsed));
            }
            _ways.Add(path, way);
        }
        return way;
    }

    /// <summary>
    /// DT_RUNPATH of the object alone; where it has none, DT_RPATH of the object and of those for which it was loaded, up to the program.
    /// An object with DT_RUNPATH has no DT_RPATH.
    /// </summary>
    private IEnumerable<GuestPath> FoldersOf(LoadedObject wanting)
    {
        if (wanting.Elf.Runpath is string runpath)
        {
            return Expand(runpath, wanting);
        }
        IEnumerable<GuestPath> folders = [];
        for (LoadedObject? loaded = wanting; loaded is not null; loaded = loaded.Loader)
        {
            if (loaded.Elf is { Runpath: null, Rpath: string rpath })
            {
                folders = folders.Concat(Expand(rpath, loaded));
            }
        }
        return folders;
    }

    private IEnumerable<GuestPath> Expand(string folders, LoadedObject of)
    {
        string origin = of.Entry.Path.Parent.ToString();
        string library = "lib/" + architecture.Triplet;
        foreach (string part in folders.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string expanded = part
                .Replace("${ORIGIN}", origin, StringComparison.Ordinal).Replace("$ORIGIN", origin, StringComparison.Ordinal)
                .Replace("${LIB}", library, StringComparison.Ordinal).Replace("$LIB", library, StringComparison.Ordinal);
            if (expanded.StartsWith('/') && GuestPath.Root.TryResolveLink(expanded, out GuestPath folder))
            {
                yield return MergedUsr.Canonical(folder);
            }
        }
    }
}
