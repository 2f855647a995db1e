using System.Globalization;
using Strata.Composition.Scripts.Commands;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Units;

/// <summary>Why a service of systemd fails when it starts, as far as its image tells: systemd.service(5), systemd.exec(5).</summary>
internal sealed class UnitFaults
{
    private const int AnyExecute = 0x49; // 0111

    // what has to be there, or the unit is passed over without a fault: systemd.unit(5)
    private static readonly HashSet<string> s_conditions = new(
        [
            "ConditionPathExists", "ConditionFileIsExecutable", "ConditionFileNotEmpty", "ConditionDirectoryNotEmpty",
            "ConditionPathIsDirectory",
        ],
        StringComparer.Ordinal);

    private static readonly GuestPath[] s_filledLater = [.. new[] { "/dev", "/proc", "/run", "/sys", "/tmp" }.Select(GuestPath.Parse)];

    private readonly FileTree _tree;
    private readonly Func<FileContent, string> _read;
    private readonly Dictionary<string, string> _homes = new(StringComparer.Ordinal); // by user
    private readonly HashSet<string> _groups = new(StringComparer.Ordinal);
    private string? _madeLater;

    /// <summary>Begins.</summary>
    /// <param name="tree">A tree to which all effects were applied.</param>
    /// <param name="read">Reads a text of the tree.</param>
    public UnitFaults(FileTree tree, Func<FileContent, string> read)
    {
        (_tree, _read) = (tree, read);
        foreach (string[] fields in Lines("/etc/passwd").Where(f => f.Length == 7))
        {
            _homes.TryAdd(fields[0], fields[5]);
        }
        _groups.UnionWith(Lines("/etc/group").Select(f => f[0]));
    }

    /// <summary>Finds those of services that start with a system: whose, and what is amiss.</summary>
    public IEnumerable<(ServiceUnit Unit, string Fault)> Of(IReadOnlyList<ServiceUnit> units)
    {
        foreach (ServiceUnit unit in units.Where(Starts))
        {
            if (FaultOf(unit) is string fault)
            {
                yield return (unit, fault);
            }
        }
    }

    /// <summary>The programs that a service starts, as it names them.</summary>
    public static IEnumerable<string> ProgramsOf(ServiceUnit unit) =>
        unit.Values("ExecStartPre").Concat(unit.Values("ExecStart")).Select(UnitText.ProgramOf).OfType<string>();

    private static IEnumerable<GuestPath> PlacesOf(string program)
    {
        IEnumerable<string> places = program.Contains('/') ? [program] : BuiltIns.SearchPath.Select(f => $"{f}/{program}");
        foreach (string place in places)
        {
            if (GuestPath.TryParse(place, out GuestPath path, out _))
            {
                yield return path;
            }
        }
    }

    private bool Starts(ServiceUnit unit) => unit.Settings.Where(s => s.Section == "Unit" && s_conditions.Contains(s.Key))
        .All(s => s.Value is ['!' or '|', ..] || !GuestPath.TryParse(s.Value, out GuestPath path, out _) || IsThere(path));

    private string? FaultOf(ServiceUnit unit)
    {
        foreach (string program in ProgramsOf(unit))
        {
            if (ProgramFault(program) is string fault)
            {
                return $"it starts {program}, which {fault}";
            }
        }
        bool isMadeAtStart = unit.Value("DynamicUser") is "yes" or "true" or "on" or "1";
        string? user = unit.Value("User");
        if (!isMadeAtStart && user is not null && !IsKnown(user, _homes.ContainsKey))
        {
            return $"it runs as user {user}, whom no account names";
        }
        string? unknown = new[] { unit.Value("Group") }.Concat(unit.Values("SupplementaryGroups").SelectMany(v => v.Split(' ')))
            .FirstOrDefault(g => g is { Length: > 0 } && !(isMadeAtStart && g == unit.Value("Group")) && !IsKnown(g, _groups.Contains));
        if (unknown is not null)
        {
            return $"it runs with group {unknown}, which is not there";
        }
        return FolderFault(unit, user);
    }

    private string? FolderFault(ServiceUnit unit, string? user)
    {
        string? folder = unit.Value("WorkingDirectory");
        bool isHome = folder == "~";
        folder = isHome ? _homes.GetValueOrDefault(user ?? "root") : folder;
        if (folder is null or ['-', ..] || !GuestPath.TryParse(folder, out GuestPath path, out _) || IsThere(path)
            || MakesItself(unit).Contains(path) || MadeLater.Contains($" {path} ", StringComparison.Ordinal))
        {
            return null;
        }
        return isHome ? $"it works in the home of {user ?? "root"}, and {path} is not in the image"
            : $"it works in {path}, which is not in the image";
    }

    private static IEnumerable<GuestPath> MakesItself(ServiceUnit unit)
    {
        foreach ((string key, string folder) in new[]
        {
            ("StateDirectory", "/var/lib"), ("CacheDirectory", "/var/cache"), ("LogsDirectory", "/var/log"),
            ("ConfigurationDirectory", "/etc"),
        })
        {
            foreach (string name in unit.Values(key).SelectMany(v => v.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            {
                if (GuestPath.TryParse($"{folder}/{name.Split(':')[0]}", out GuestPath path, out _))
                {
                    yield return path;
                }
            }
        }
    }

    private string? ProgramFault(string program)
    {
        GuestPath[] places = [.. PlacesOf(program)];
        if (places.Any(p => s_filledLater.Any(p.IsAtOrBelow)))
        {
            return null;
        }
        TreeEntry? found = null;
        foreach (GuestPath place in places)
        {
            if (_tree.TryResolve(place, out TreeEntry entry))
            {
                found = entry;
                break;
            }
        }
        return found is not TreeEntry there ? "is not in the image"
            : there.Node is FileNode { Permissions: int mode } && (mode & AnyExecute) != 0 ? null : "is no file that may be executed";
    }

    private bool IsThere(GuestPath path) => _tree.TryResolve(path, out _) || s_filledLater.Any(path.IsAtOrBelow);

    private static bool IsKnown(string name, Func<string, bool> isThere) =>
        name is "root" || name.Contains('%') || isThere(name)
            || uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>The lines of tmpfiles.d(5), by which folders are made at the start, with single blanks.</summary>
    private string MadeLater => _madeLater ??= string.Join('\n', _tree.Entries
        .Where(e => e.Node is FileNode && e.Path.Parent.Name == "tmpfiles.d")
        .SelectMany(e => _read(((FileNode)e.Node).Content).Split('\n'))
        .Select(l => string.Join(' ', l.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)) + ' '));

    private IEnumerable<string[]> Lines(string path) =>
        _tree.TryResolve(GuestPath.Parse(path), out TreeEntry entry) && entry.Node is FileNode file
            ? _read(file.Content).Split('\n').Select(l => l.Split(':')) : [];
}
