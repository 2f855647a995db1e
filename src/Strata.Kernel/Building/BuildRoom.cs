using System.Diagnostics;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Kernel.Building;

/// <summary>How the build is given a root of its own.</summary>
public enum RoomKind
{
    /// <summary>bubblewrap: a mount namespace, as an ordinary user inside a user namespace.</summary>
    Namespaces,

    /// <summary>A plain change of root into a folder of hard links; for root where namespaces are forbidden, as in many containers.</summary>
    ChangedRoot,
}

/// <summary>A folder of the host that shows inside.</summary>
/// <param name="Folder">On the host.</param>
/// <param name="At">Inside, absolute: <c>/source</c>.</param>
/// <param name="IsWritable">False for what must not change.</param>
public sealed record RoomFolder(string Folder, string At, bool IsWritable);

/// <summary>Where a kernel is built: the toolbox's tree is <c>/usr</c>, nothing else of the host is seen.</summary>
/// <remarks>
/// Inside, paths and environment are the same on every host, which is half of a reproducible build. Reasons:
/// docs/decisions/0011-kernels-are-built-in-a-room.md. What is built may be told by somebody else what to do: nothing inside has a
/// capability, gains one, or takes more than <see cref="RoomLimits"/>; docs/decisions/0050-what-a-room-may.md.
/// </remarks>
public sealed class BuildRoom : IDisposable
{
    /// <summary>Programs that Debian only links on installation: the name inside, and what it stands for.</summary>
    private static readonly (string Name, string Program)[] s_alternatives = [("awk", "/usr/bin/gawk")];

    private static readonly TimeSpan s_probeDeadline = TimeSpan.FromSeconds(30);

    private readonly ToolTree _tools;
    private readonly IReadOnlyList<RoomFolder> _folders;
    private readonly ChangedRoot? _changedRoot;

    private BuildRoom(ToolTree tools, RoomKind kind, IReadOnlyList<RoomFolder> folders, ChangedRoot? changedRoot)
    {
        _tools = tools;
        _folders = folders;
        _changedRoot = changedRoot;
        Kind = kind;
    }

    /// <summary>How it works on this host.</summary>
    public RoomKind Kind { get; }

    /// <summary>Makes a room of whichever kind this host allows.</summary>
    /// <param name="tools">The tree of tools; must hold bubblewrap, coreutils, findutils and util-linux.</param>
    /// <param name="folders">What shows inside beside the tools.</param>
    /// <param name="scratch">A new path on the file system of the tools, for a kind that needs a folder; removed in the end.</param>
    /// <param name="kind">Which kind; null to look.</param>
    /// <exception cref="StrataException">The host allows neither; the hint names what forbids it.</exception>
    public static BuildRoom Open(ToolTree tools, IReadOnlyList<RoomFolder> folders, string scratch, RoomKind? kind = null)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ArgumentNullException.ThrowIfNull(folders);
        RoomKind chosen = kind ?? Choose(tools);
        return new BuildRoom(tools, chosen, folders, chosen == RoomKind.ChangedRoot ? ChangedRoot.Make(tools, folders, scratch, s_alternatives) : null);
    }

    /// <summary>The kind that this host allows.</summary>
    /// <exception cref="StrataException">None.</exception>
    public static RoomKind Choose(ToolTree tools)
    {
        if (NamespaceProblem(tools) is not string problem)
        {
            return RoomKind.Namespaces;
        }
        return Environment.IsPrivilegedProcess
            ? RoomKind.ChangedRoot
            : throw new StrataException($"cannot give a kernel build a root of its own: {problem}", NamespaceHint.Find());
    }

    /// <summary>Why namespaces cannot be used here; null when they can.</summary>
    public static string? NamespaceProblem(ToolTree tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        BuildRoom probe = new(tools, RoomKind.Namespaces, [], changedRoot: null);
        ToolResult result = ToolRun.ToEnd(probe.Command(new Dictionary<string, string>(), "/", "/usr/bin/true"), s_probeDeadline);
        return result.ExitCode == 0 ? null : result.Errors.Trim();
    }

    /// <summary>How to start a program inside.</summary>
    /// <param name="environment">All of its environment beside <c>PATH</c>, <c>LC_ALL</c> and <c>TZ</c>.</param>
    /// <param name="at">Folder inside that it starts in.</param>
    /// <param name="program">Path inside.</param>
    /// <param name="arguments">Passed as they are.</param>
    public ProcessStartInfo Command(
        IReadOnlyDictionary<string, string> environment, string at, string program, params IEnumerable<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(environment);
        List<string> line = Kind == RoomKind.Namespaces ? NamespaceArguments(at) : _changedRoot!.Arguments();
        line.AddRange(RoomLimits.Arguments());
        SortedDictionary<string, string> all = new(environment.ToDictionary(), StringComparer.Ordinal)
        {
            ["PATH"] = "/tools:/usr/bin:/usr/sbin",
            ["LC_ALL"] = "C",
            ["TZ"] = "UTC",
        };
        // env(1) and not bubblewrap's own options, so that both kinds do the same
        line.AddRange(["/usr/bin/env", "--ignore-environment", "--chdir=" + at]);
        line.AddRange(all.Select(e => $"{e.Key}={e.Value}"));
        line.Add(program);
        line.AddRange(arguments);
        ProcessStartInfo start = _tools.Command(Kind == RoomKind.Namespaces ? Bubblewrap.Program : "usr/sbin/chroot", line);
        start.Environment.Clear(); // process 1 of the room would show it in /proc/1/environ, with every token that a CI keeps there
        return start;
    }

    /// <summary>Removes what the room needed on the host.</summary>
    public void Dispose() => _changedRoot?.Dispose();

    private List<string> NamespaceArguments(string at)
    {
        List<string> line =
        [
            .. Bubblewrap.Arguments(),
            "--ro-bind", _tools.PathOf("usr"), "/usr",
            "--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
            // settings of the host's kernel are root's and 0644: for root outside, writing takes no capability
            "--proc", "/proc", "--remount-ro", "/proc",
            "--dev", "/dev", "--size", RoomLimits.TemporaryBytes, "--tmpfs", "/tmp", "--dir", "/etc",
        ];
        foreach ((string name, string program) in s_alternatives)
        {
            line.AddRange(["--symlink", program, "/tools/" + name]);
        }
        foreach (RoomFolder folder in _folders)
        {
            line.AddRange([folder.IsWritable ? "--bind" : "--ro-bind", folder.Folder, folder.At]);
        }
        line.AddRange(["--chdir", at, "--"]);
        return line;
    }
}
