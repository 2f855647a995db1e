using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Packages.Slices;

namespace Strata.Composition.Trees;

/// <summary>Puts the tree of an edition together: each capability's own files and its slices of packages, in order. Effects come later.</summary>
public sealed class Composer
{
    private readonly Blueprint _blueprint;
    private readonly PackageSet _packages;
    private readonly SliceClosure _closure;
    private readonly FileTree _tree = new();
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private GuestPath? _contested;

    // one node for all names of a file, so that hard links stay hard links
    private readonly Dictionary<(Sha256Digest Package, long Offset), FileNode> _files = [];

    private Composer(Blueprint blueprint, PackageSet packages)
    {
        _blueprint = blueprint;
        _packages = packages;
        _closure = new SliceClosure(packages, blueprint.Edition.Architecture);
    }

    /// <summary>Composes.</summary>
    /// <returns>The tree, the names of the packages it takes files from, and what its owner should know, as full sentences.</returns>
    /// <exception cref="StrataException">Something named is not there, or two parts disagree about a path; all such faults are named.</exception>
    public static (FileTree Tree, IReadOnlySet<string> UsedPackages, IReadOnlyList<string> Warnings) Compose(
        Blueprint blueprint, PackageSet packages)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(packages);
        Composer composer = new(blueprint, packages);
        foreach (Capability capability in blueprint.Capabilities)
        {
            foreach ((GuestPath path, _) in capability.Replaces)
            {
                composer._tree.Remove(path);
            }
            composer.AddOwn(capability);
            foreach (PackageSlice slice in capability.Packages)
            {
                composer.AddSlice(capability, slice);
            }
            composer._problems.AddRange(capability.Replaces.Where(r => !composer._tree.Contains(r.Path))
                .Select(r => $"{r.Place}: capability '{capability.Name}' replaces {r.Path} but brings nothing there"));
        }
        IReadOnlyList<string> unloadable = composer._closure.Problems;
        composer._problems.AddRange(unloadable);
        if (composer._problems.Count > 0)
        {
            throw new StrataException(
                $"cannot compose {blueprint.Edition.Name}:\n  {string.Join("\n  ", composer._problems)}",
                composer._contested is GuestPath path
                    ? $"What shall stand for something that is there already says so in its capability: 'replaces: [{path}]', and "
                        + "'requires:' whose it is."
                    : unloadable.Count > 0
                    ? "Name the package that has the library below 'packages' too; a program of a whole package that nobody needs is left "
                        + "out with 'except: [PATH]'."
                    : null);
        }
        return (composer._tree, composer._used, composer._closure.Warnings);
    }

    private void AddOwn(Capability capability)
    {
        foreach (OwnDirectory directory in capability.Directories)
        {
            Add(directory.Path, new DirectoryNode { Permissions = directory.Mode }, new Origin(capability.Name, null, "directory of the capability"));
            if (_tree.TryGet(directory.Path, out TreeEntry there) && there.Node is DirectoryNode node && node.Permissions != directory.Mode)
            {
                _problems.Add(
                    $"{capability.File}: capability '{capability.Name}' gives {directory.Path} the mode {Octal(directory.Mode)}, "
                    + $"capability '{there.Origin.Capability}' before it {Octal(node.Permissions)}");
            }
        }
        foreach ((GuestPath path, string target) in capability.Links)
        {
            Add(path, new SymlinkNode { Permissions = Modes.Link, Target = target }, new Origin(capability.Name, null, "link of the capability"));
        }
        foreach (OwnFile file in capability.Files)
        {
            Add(file.Path, new FileNode { Permissions = file.Mode, Content = new InlineContent(file.Bytes) }, new Origin(capability.Name, null, "file of the capability"));
        }
    }

    private static string Octal(int mode) => "0" + Convert.ToString(mode, 8);

    private void AddSlice(Capability capability, PackageSlice slice)
    {
        if (!_packages.TryGetPackage(slice.Package, out ListedPackage? package))
        {
            _problems.Add($"{slice.Place}: package '{slice.Package}' is not in the lock");
            return;
        }
        IReadOnlyList<ListedPackage> along = slice.IsWholeWithDepends ? DependencyClosure.Of(package, _packages) : [package];
        foreach ((PackagedEntry entry, string reason) in Select(slice, package, along))
        {
            foreach (TakenEntry taken in _closure.Take(entry, reason, isNamed: !slice.IsWhole))
            {
                AddEntry(capability, taken);
            }
        }
        foreach ((GuestPath path, int mode, string place) in slice.Modes)
        {
            SetMode(slice, path, mode, place);
        }
    }

    // every name of the file gets them: permissions are of the inode
    private void SetMode(PackageSlice slice, GuestPath path, int mode, string place)
    {
        if (!_tree.TryGet(path, out TreeEntry entry) || entry.Node is not FileNode file || entry.Origin.Package != slice.Package)
        {
            IEnumerable<string> taken = _tree.Entries
                .Where(e => e.Node is FileNode && e.Origin.Package == slice.Package).Select(e => e.Path.ToString());
            _problems.Add($"{place}: no file {path} of package '{slice.Package}' is taken{NearMiss.Suggestion(path.ToString(), taken)}");
            return;
        }
        FileNode node = new() { Permissions = mode, Uid = file.Uid, Gid = file.Gid, Content = file.Content };
        foreach (TreeEntry name in _tree.Entries.Where(e => ReferenceEquals(e.Node, file)).ToList())
        {
            _tree.Replace(name.Path, node, name.Origin);
        }
    }

    private IEnumerable<(PackagedEntry Entry, string Reason)> Select(
        PackageSlice slice, ListedPackage package, IReadOnlyList<ListedPackage> along)
    {
        List<PackagedEntry> own = [.. along.SelectMany(_packages.EntriesOf)];
        bool Wanted(PackagedEntry entry) => !slice.Except.Any(p => p.Matches(entry.Path));
        IEnumerable<PackagedEntry> narrowed =
            slice.Plugins.Count > 0 ? _packages.Entries
            : slice.IsWhole || slice.Files.Count > 0 ? own
            : [];
        _problems.AddRange(slice.Except.Where(p => !narrowed.Any(e => p.Matches(e.Path)))
            .Select(p => $"{slice.Place}: '{p}' below 'except' is nothing that package '{slice.Package}' would bring otherwise"));
        if (slice.IsWhole)
        {
            return own.Where(e => !e.Path.IsRoot && !MergedUsr.IsMovedDirectory(e.Entry.Path) && !DropPolicy.Drops(e.Path, _blueprint.Edition) && Wanted(e))
                .Select(e => (e, e.Package == package ? "whole package" : "dependency of " + package.Name));
        }
        List<(PackagedEntry, string)> selected = [];
        foreach (string program in slice.Programs)
        {
            selected.AddRange(FindProgram(slice, own, program).Select(e => (e, "program")));
        }
        foreach (PathPattern pattern in slice.Files)
        {
            AddMatches(pattern, own.Where(Wanted), "file", $"package {package.Name}");
        }
        foreach (PathPattern pattern in slice.Plugins)
        {
            AddMatches(pattern, _packages.Entries.Where(Wanted), "plugin", "any package of the lock");
        }
        return selected;

        void AddMatches(PathPattern pattern, IEnumerable<PackagedEntry> among, string reason, string where)
        {
            List<PackagedEntry> matches = [.. among.Where(e => e.Entry.Kind != ListingKind.Directory && pattern.Matches(e.Path)).OrderBy(e => e.Path)];
            if (matches.Count == 0)
            {
                string name = pattern.Text[(pattern.Text.LastIndexOf('/') + 1)..];
                IEnumerable<string> names = own.Where(e => e.Path.Name == name).Select(e => e.Path.ToString());
                string elsewhere = name.Length > 0 && names.FirstOrDefault() is string found ? $" (did you mean {found}?)" : "";
                _problems.Add($"{slice.Place}: '{pattern}' names nothing in {where}{elsewhere}");
            }
            selected.AddRange(matches.Select(m => (m, reason)));
        }
    }

    private IEnumerable<PackagedEntry> FindProgram(PackageSlice slice, List<PackagedEntry> own, string program)
    {
        List<PackagedEntry> programs = [.. own.Where(e => e.Entry.Kind != ListingKind.Directory && IsProgramFolder(e.Path.Parent.ToString()))];
        PackagedEntry? found = program.StartsWith('/')
            ? own.Find(e => e.Entry.Kind != ListingKind.Directory && GuestPath.TryParse(program, out GuestPath path, out _) && e.Path == MergedUsr.Canonical(path))
            : programs.Find(e => e.Path.Name == program);
        if (found is not null)
        {
            return [found];
        }
        string near = NearMiss.Suggestion(program, programs.Select(e => program.StartsWith('/') ? e.Path.ToString() : e.Path.Name));
        string known = programs.Count is > 0 and <= 12 ? $"; it has {string.Join(", ", programs.Select(p => p.Path.Name))}" : "";
        _problems.Add($"{slice.Place}: package '{slice.Package}' has no program '{program}'{(near.Length > 0 ? near : known)}");
        return [];
    }

    private static bool IsProgramFolder(string folder) => folder is "/usr/bin" or "/usr/sbin" or "/usr/games" or "/usr/libexec";

    private void AddEntry(Capability capability, TakenEntry taken)
    {
        ListingEntry entry = taken.Entry.Entry;
        ListedPackage package = taken.Entry.Package;
        Origin origin = new(capability.Name, package.Name, taken.Reason);
        TreeNode node = entry.Kind switch
        {
            ListingKind.Directory => new DirectoryNode { Permissions = entry.Permissions, Uid = entry.Uid, Gid = entry.Gid },
            ListingKind.Symlink => new SymlinkNode { Permissions = Modes.Link, Target = entry.Target, Uid = entry.Uid, Gid = entry.Gid },
            _ => FileOf(entry, package.Digest),
        };
        if (Add(taken.Entry.Path, node, origin))
        {
            _used.Add(package.Name);
            AddProtectedParents(entry.Path, package, origin);
        }
    }

    // a directory that its package closes to others, or gives to somebody, stays so when a slice takes only what is in it
    private void AddProtectedParents(GuestPath path, ListedPackage package, Origin origin)
    {
        for (GuestPath parent = path.Parent; !parent.IsRoot; parent = parent.Parent)
        {
            if (package.Listing.TryGet(parent, out ListingEntry? entry) && entry.Kind == ListingKind.Directory && !MergedUsr.IsMovedDirectory(parent)
                && (entry.Permissions != Modes.Program || entry.Uid != 0 || entry.Gid != 0))
            {
                DirectoryNode node = new() { Permissions = entry.Permissions, Uid = entry.Uid, Gid = entry.Gid };
                Add(MergedUsr.Canonical(parent), node, origin with { Reason = "directory of " + path });
            }
        }
    }

    private FileNode FileOf(ListingEntry entry, Sha256Digest package)
    {
        // empty files have no place of their own in the archive, so they are never taken for links of each other
        if (entry.Size > 0 && _files.TryGetValue((package, entry.Offset), out FileNode? node))
        {
            return node;
        }
        node = new FileNode { Permissions = entry.Permissions, Uid = entry.Uid, Gid = entry.Gid, Content = entry.ContentIn(package) };
        if (entry.Size > 0)
        {
            _files.Add((package, entry.Offset), node);
        }
        return node;
    }

    private bool Add(GuestPath path, TreeNode node, Origin origin)
    {
        try
        {
            _tree.Add(path, node, origin);
            return true;
        }
        catch (StrataException e)
        {
            _problems.Add(e.Message);
            _contested ??= _tree.Contains(path) ? path : null;
            return false;
        }
    }
}
