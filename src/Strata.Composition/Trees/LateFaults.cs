using Strata.Blueprints;
using Strata.Composition.InitSystems;
using Strata.Composition.Scripts.Commands;
using Strata.Composition.Units;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Composition.Trees;

/// <summary>
/// What would be seen only when the system runs: programs and scripts whose loader or interpreter is not there, programs of one's own that
/// lack a library, links below <c>/etc</c> that lead nowhere, and services of systemd that fail when they start.
/// It is an error where the edition named the thing itself, and worth a warning where it came along with a package, and in a container
/// image, as the image that is built upon it may bring the rest.
/// </summary>
internal sealed class LateFaults
{
    private const int AnyExecute = 0x49; // 0111
    private const int MostNames = 4;

    // filled when the system starts
    private static readonly GuestPath[] s_elsewhere =
        [.. new[] { "/dev", "/proc", "/run", "/sys", "/tmp", "/var" }.Select(GuestPath.Parse)];

    private static readonly GuestPath s_systemd = GuestPath.Parse("/usr/lib/systemd/systemd");

    private readonly Blueprint _blueprint;
    private readonly FileTree _tree;
    private readonly PackageSet _packages;
    private readonly List<string> _errors = [];
    private HashSet<string>? _names; // of all files and links, when they are first asked for
    private readonly SortedDictionary<string, List<string>> _warnings = new(StringComparer.Ordinal);

    private readonly HashSet<GuestPath> _started = []; // what a service that the edition names starts

    private LateFaults(Blueprint blueprint, FileTree tree, PackageSet packages) =>
        (_blueprint, _tree, _packages) = (blueprint, tree, packages);

    /// <summary>Looks for them in a tree to which all effects were applied.</summary>
    /// <returns>What its owner should know, as full sentences.</returns>
    /// <exception cref="StrataException">Something that the edition named cannot work; all such faults are named.</exception>
    public static IReadOnlyList<string> Check(Blueprint blueprint, FileTree tree, PackageSet packages, IContentReader contents)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        LateFaults faults = new(blueprint, tree, packages);
        faults.CheckServices(contents);
        faults.CheckPrograms();
        faults.CheckLinks();
        return faults._errors.Count == 0
            ? [.. faults._warnings.Select(w => w.Key + ": " + Some(w.Value))]
            : throw new StrataException(
                $"cannot build {blueprint.Edition.Name}, as it would fail when it runs:\n  {string.Join("\n  ", faults._errors)}",
                "Take the package that has what is missing ('packages:'), or leave out what needs it.");
    }

    private void CheckServices(IContentReader contents)
    {
        foreach (DeclaredService declared in ServicePlan.Of(_blueprint)?.Services ?? [])
        {
            AddStarted(declared.Service.Command[0]);
        }
        if (!_tree.Contains(s_systemd))
        {
            return; // nothing reads units
        }
        IReadOnlyList<ServiceUnit> units = ServiceUnits.Of(_tree, contents.ReadText);
        foreach (string program in units.Where(u => u.IsNamed).SelectMany(UnitFaults.ProgramsOf))
        {
            AddStarted(program);
        }
        foreach ((ServiceUnit unit, string fault) in new UnitFaults(_tree, contents.ReadText).Of(units))
        {
            Add(unit.Entry, unit.IsNamed, "services that fail when they start, as " + fault, $"{unit.Name} fails when it starts: {fault}");
        }
    }

    private void AddStarted(string program)
    {
        if (GuestPath.TryParse(program, out GuestPath path, out _) && _tree.TryResolve(path, out TreeEntry entry))
        {
            _started.Add(entry.Path);
        }
    }

    private void CheckPrograms()
    {
        Dictionary<(Sha256Digest Package, long Offset), string> interpreters = [];
        foreach (ListedPackage package in _packages.Packages)
        {
            foreach (ListingEntry entry in package.Listing.Entries)
            {
                if ((entry.Elf?.Interpreter ?? entry.Interpreter) is { Length: > 0 } interpreter)
                {
                    interpreters.TryAdd((package.Digest, entry.Offset), interpreter);
                }
            }
        }
        foreach (TreeEntry entry in _tree.Entries)
        {
            if (entry.Node is not FileNode file || (file.Permissions & AnyExecute) == 0)
            {
                continue;
            }
            if (file.Content is InlineContent { Bytes: var bytes } && ElfFile.HasMagic(bytes.Span))
            {
                CheckOwnProgram(entry, bytes.Span);
                continue;
            }
            string line = file.Content switch
            {
                InlineContent own => ScriptHead.InterpreterOf(own.Bytes.Span),
                PackageContent packaged => interpreters.GetValueOrDefault((packaged.Package, packaged.Offset), ""),
                _ => "",
            };
            if (line.Length > 0 && Missing(line) is string missing)
            {
                Add(entry, isNamed: entry.Origin.Package is null || entry.Origin.Reason == "program" || _started.Contains(entry.Path),
                    $"programs that nothing can start, as {missing}", $"nothing can start it, as {missing}");
            }
        }
    }

    // the libraries of a package's program came along with it; those of one's own have to be there
    private void CheckOwnProgram(TreeEntry entry, ReadOnlySpan<byte> bytes)
    {
        ElfFile elf;
        try
        {
            elf = ElfFile.Read(bytes);
        }
        catch (ImageFormatException)
        {
            return; // whatever it is, it is not started by this system's loader
        }
        _names ??= [.. _tree.Entries.Where(e => e.Node is not DirectoryNode).Select(e => e.Path.Name)];
        string? missing = elf.Interpreter is { Length: > 0 } loader ? Missing(loader) : null;
        missing ??= elf.Needed.FirstOrDefault(n => !_names.Contains(n)) is string library ? $"{library} is not in the image" : null;
        if (missing is not null)
        {
            Add(entry, isNamed: true, $"programs that nothing can start, as {missing}", $"nothing can start it, as {missing}");
        }
    }

    private void CheckLinks()
    {
        GuestPath etc = GuestPath.Parse("/etc");
        foreach (TreeEntry entry in _tree.Entries.Where(e => e.Node is SymlinkNode && e.Path.IsAtOrBelow(etc)))
        {
            if (!_tree.TryResolve(entry.Path, out _) && !s_elsewhere.Any(LastNameOf(entry).IsAtOrBelow))
            {
                Add(entry, isNamed: entry.Origin.Package is null, "links below /etc that lead nowhere",
                    $"it is a link to {((SymlinkNode)entry.Node).Target}, which is not in the image");
            }
        }
    }

    private void Add(TreeEntry entry, bool isNamed, string kind, string fault)
    {
        if (isNamed && _blueprint.Edition.HasKernel)
        {
            string whose = entry.Origin.Capability is string capability ? $" (capability '{capability}')" : "";
            _errors.Add($"{entry.Path}{whose}: {fault}");
            return;
        }
        if (!_warnings.TryGetValue(kind, out List<string>? names))
        {
            _warnings.Add(kind, names = []);
        }
        names.Add($"{entry.Path} of {entry.Origin.Package ?? entry.Origin.Capability ?? "the system"}");
    }

    // what is amiss with the line behind '#!' or the loader of a program; null for nothing
    private string? Missing(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (!GuestPath.TryParse(words[0], out GuestPath interpreter, out _))
        {
            return words[0] + " is no path";
        }
        if (!_tree.TryResolve(interpreter, out _))
        {
            return _tree.TryResolve(MergedUsr.Canonical(interpreter), out TreeEntry there)
                ? $"{interpreter} is not in the image, which has {there.Path} (capability 'base' brings the links to /usr)"
                : $"{interpreter} is not in the image";
        }
        // env looks for the program itself: options and settings come before its name (env(1))
        string? program = interpreter.Name == "env" ? words.Skip(1).FirstOrDefault(w => !w.StartsWith('-') && !w.Contains('=')) : null;
        return program is null || program.Contains('/')
            || BuiltIns.SearchPath.Any(f => GuestPath.TryParse($"{f}/{program}", out GuestPath path, out _)
                && _tree.TryResolve(path, out _))
            ? null : program + " is not in the image";
    }

    private GuestPath LastNameOf(TreeEntry link)
    {
        GuestPath at = link.Path;
        for (int hops = 0; hops < 40 && _tree.TryGet(at, out TreeEntry entry) && entry.Node is SymlinkNode next; hops++)
        {
            if (!at.Parent.TryResolveLink(next.Target, out at))
            {
                break;
            }
        }
        return at;
    }

    private static string Some(List<string> names) => string.Join(", ", names.Take(MostNames))
        + (names.Count > MostNames ? $" and {names.Count - MostNames} more" : "");
}
