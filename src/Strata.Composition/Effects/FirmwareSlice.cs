using Strata.Blueprints;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Yaml;

namespace Strata.Composition.Effects;

/// <summary>
/// Takes the firmware that the kernel's drivers name (<c>firmware=</c> of their module information) from the packages that capabilities allow,
/// and nothing else of those packages.
/// </summary>
/// <remarks>A driver names files for every chip it knows; those that no allowed package has are passed over, as the kernel itself does.</remarks>
internal sealed class FirmwareSlice
{
    private const string Key = "firmware=";
    private const int MostLinks = 8;
    private static readonly string[] s_endings = ["", ".xz", ".zst"];

    private readonly EffectContext _context;
    private readonly KernelFiles _kernel;
    private readonly Dictionary<GuestPath, PackagedEntry> _available = [];
    private readonly Dictionary<string, (Capability Capability, YamlScalar Place)> _allowed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    public FirmwareSlice(EffectContext context, KernelFiles kernel)
    {
        _context = context;
        _kernel = kernel;
        foreach (Capability capability in context.Blueprint.Capabilities)
        {
            foreach (YamlScalar package in capability.FirmwarePackages)
            {
                _allowed.TryAdd(package.Text, (capability, package));
            }
        }
        GuestPath folder = GuestPath.Parse("/usr/lib/firmware");
        IEnumerable<PackagedEntry> entries = _allowed.Count == 0 ? [] : context.Packages.Entries;
        foreach (PackagedEntry entry in entries.Where(e => _allowed.ContainsKey(e.Package.Name) && e.Path.IsAtOrBelow(folder)))
        {
            _available.TryAdd(entry.Path, entry);
        }
    }

    /// <summary>Takes what a module names.</summary>
    public void Add(TakenModule module) => Add(module.Info, module.Path.Name);

    /// <summary>Takes what drivers name that are built into the kernel: <c>modules.builtin.modinfo</c>, texts <c>module.key=value</c> with zero bytes between.</summary>
    public void AddBuiltIn()
    {
        if (_available.Count == 0)
        {
            return;
        }
        foreach (string line in _kernel.ReadList("modules.builtin.modinfo", _context.Contents).Split('\0'))
        {
            int dot = line.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0)
            {
                Add([line[(dot + 1)..]], line[..dot]);
            }
        }
    }

    /// <summary>Fails when a package was allowed of which no driver names anything: whoever wrote it expects firmware from it.</summary>
    /// <exception cref="StrataException">There is such a package.</exception>
    public void ThrowIfUnused()
    {
        List<string> unused =
        [
            .. _allowed.Values.Where(a => !_used.Contains(a.Place.Text))
                .Select(a => (a.Place, a.Capability.Name))
                .Select(a => $"{a.Place.File}:{a.Place.Line}:{a.Place.Column}: package '{a.Place.Text}' of capability '{a.Name}'"),
        ];
        if (unused.Count > 0)
        {
            throw new StrataException(
                $"cannot take firmware of packages of which no driver that is taken of kernel {_kernel.Version} names a file:\n  "
                + string.Join("\n  ", unused),
                "Take the driver's module too ('kernel: modules:'), list files below 'packages:', or take the package out of 'firmware'.");
        }
    }

    private void Add(IEnumerable<string> info, string driver)
    {
        foreach (string line in info.Where(l => _available.Count > 0 && l.StartsWith(Key, StringComparison.Ordinal)))
        {
            foreach (string ending in s_endings)
            {
                if (GuestPath.TryParse($"/usr/lib/firmware/{line[Key.Length..]}{ending}", out GuestPath path, out _))
                {
                    Take(path, driver, MostLinks);
                }
            }
        }
    }

    private void Take(GuestPath path, string driver, int links)
    {
        if (!_available.TryGetValue(path, out PackagedEntry? file) || file.Entry.Kind == ListingKind.Directory)
        {
            return;
        }
        _used.Add(file.Package.Name);
        if (_context.Tree.Contains(path))
        {
            return;
        }
        Origin origin = new(_allowed[file.Package.Name].Capability.Name, file.Package.Name, $"firmware of {driver}");
        if (file.Entry.Kind == ListingKind.Symlink)
        {
            _context.Tree.Add(path, new SymlinkNode { Permissions = Modes.Link, Target = file.Entry.Target }, origin);
            if (links > 0 && path.Parent.TryResolveLink(file.Entry.Target, out GuestPath target))
            {
                Take(target, driver, links - 1);
            }
            return;
        }
        _context.Tree.Add(path, new FileNode { Permissions = Modes.File, Content = file.Entry.ContentIn(file.Package.Digest) }, origin);
    }
}
