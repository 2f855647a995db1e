using Strata.Core;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>One entry that a slice takes, and why.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Reason"><c>program</c>, <c>file</c>, <c>library libz.so.1 of /usr/bin/curl</c> …</param>
public sealed record TakenEntry(PackagedEntry Entry, string Reason);

/// <summary>
/// Everything that programs need to start: their interpreter and libraries (DT_NEEDED, System V ABI chapter 5), the libraries that they open
/// themselves and say so (ELF dlopen notes of priority <em>required</em> and <em>recommended</em>), and the links on the way.
/// </summary>
/// <param name="packages">Where it may come from.</param>
/// <param name="architecture">Debian architecture, for the directory of libraries.</param>
public sealed class SliceClosure(PackageSet packages, GuestArchitecture architecture)
{
    private readonly GuestPath[] _folders =
    [
        GuestPath.Parse("/usr/lib/" + architecture.Triplet), GuestPath.Parse("/usr/lib64"), GuestPath.Parse("/usr/lib"),
    ];

    // by package too: what two packages bring under one name is for whoever builds the tree to judge
    private readonly HashSet<(GuestPath Path, Sha256Digest Package)> _taken = [];
    private readonly Queue<PackagedEntry> _toSearch = [];
    private readonly List<TakenEntry> _new = [];

    /// <summary>What could not be found so far, as full sentences.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Takes an entry with everything it needs; what was taken before is not returned again.</summary>
    public IReadOnlyList<TakenEntry> Take(PackagedEntry entry, string reason)
    {
        ArgumentNullException.ThrowIfNull(entry);
        _new.Clear();
        Keep(entry, reason);
        if (entry.Entry.Kind == ListingKind.Symlink && entry.Path.Parent.TryResolveLink(entry.Entry.Target, out GuestPath target))
        {
            foreach (PackagedEntry step in packages.Follow(target)) // empty for a link to /proc, /run, or to what an effect makes
            {
                Keep(step, reason);
            }
        }
        while (_toSearch.TryDequeue(out PackagedEntry? next))
        {
            SearchNeeds(next);
        }
        return [.. _new];
    }

    private static bool Fits(ElfFile wanted, ElfFile? candidate) => candidate is not null && candidate.Class == wanted.Class && candidate.Machine == wanted.Machine;

    private void TakeWay(GuestPath path, string reason, string who)
    {
        IReadOnlyList<PackagedEntry> way = packages.Follow(path);
        if (way.Count == 0)
        {
            Problems.Add($"{who} needs {path}, which none of the packages brings");
        }
        foreach (PackagedEntry step in way)
        {
            Keep(step, reason);
        }
    }

    private void Keep(PackagedEntry step, string reason)
    {
        if (_taken.Add((step.Path, step.Package.Digest)))
        {
            _new.Add(new TakenEntry(step, reason));
            if (step.Entry.Elf is not null)
            {
                _toSearch.Enqueue(step);
            }
        }
    }

    private void SearchNeeds(PackagedEntry file)
    {
        ElfFile elf = file.Entry.Elf!;
        if (elf.Interpreter is string interpreter && GuestPath.TryParse(interpreter, out GuestPath loader, out _))
        {
            TakeWay(MergedUsr.Canonical(loader), $"loader of {file.Path}", $"{file.Path} of package {file.Package.Name}");
        }
        foreach (string needed in elf.Needed)
        {
            if (FindLibrary(file, elf, needed) is GuestPath library)
            {
                TakeWay(library, $"library {needed} of {file.Path}", file.Path.ToString());
            }
            else
            {
                Problems.Add($"{file.Path} of package {file.Package.Name} needs library {needed}, which none of the packages brings");
            }
        }
        foreach (DlopenNote note in elf.DlopenNotes.Where(n => n.Priority != DlopenPriority.Suggested))
        {
            GuestPath? library = note.Sonames.Select(s => FindLibrary(file, elf, s)).FirstOrDefault(l => l is not null);
            if (library is GuestPath found)
            {
                TakeWay(found, $"library {found.Name} opened by {file.Path} for {note.Feature}", file.Path.ToString());
            }
            else if (note.Priority == DlopenPriority.Required)
            {
                Problems.Add($"{file.Path} of package {file.Package.Name} opens {string.Join(" or ", note.Sonames)} ({note.Description}), which none of the packages brings");
            }
        }
    }

    private GuestPath? FindLibrary(PackagedEntry file, ElfFile elf, string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return GuestPath.TryParse(name, out GuestPath absolute, out _) && packages.TryGet(absolute, out PackagedEntry? direct) ? direct.Path : null;
        }
        foreach (GuestPath folder in SearchPath(file, elf))
        {
            if (GuestPath.TryParse($"{folder}/{name}", out GuestPath path, out _)
                && packages.Follow(path) is { Count: > 0 } way && Fits(elf, way[^1].Entry.Elf))
            {
                return MergedUsr.Canonical(path);
            }
        }
        return null;
    }

    /// <summary>ld.so(8): DT_RPATH where there is no DT_RUNPATH, DT_RUNPATH, then the directories built into the loader.</summary>
    private IEnumerable<GuestPath> SearchPath(PackagedEntry file, ElfFile elf)
    {
        foreach (string part in (elf.Runpath ?? elf.Rpath ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string origin = file.Path.Parent.ToString();
            string expanded = part.Replace("${ORIGIN}", origin, StringComparison.Ordinal).Replace("$ORIGIN", origin, StringComparison.Ordinal)
                .Replace("${LIB}", "lib/" + architecture.Triplet, StringComparison.Ordinal).Replace("$LIB", "lib/" + architecture.Triplet, StringComparison.Ordinal);
            if (expanded.StartsWith('/') && GuestPath.Root.TryResolveLink(expanded, out GuestPath folder))
            {
                yield return MergedUsr.Canonical(folder);
            }
        }
        foreach (GuestPath builtIn in _folders)
        {
            yield return builtIn;
        }
    }
}
