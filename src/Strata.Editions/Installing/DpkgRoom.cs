using System.Diagnostics;
using System.IO.Pipelines;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;
using Strata.Packages.Slices;
using Strata.Store;
using Strata.Toolbox;

namespace Strata.Editions.Installing;

/// <summary>
/// A root in which dpkg itself installs packages, scripts and all, to see what they come to: never for what is built, which no script of
/// a package touches.
/// </summary>
/// <remarks>
/// Namespaces of its own for mounts, processes, network and names of the host. Scripts give files to many accounts, so it takes root, or
/// numbers of accounts that the host lends to its user (subuid(5), newuidmap(1)). As root, scripts are root of the host in a root of their
/// own, with the capabilities that files and accounts take and no others: what is installed is signed, or the owner's.
/// </remarks>
public sealed class DpkgRoom
{
    /// <summary>Name of the set in <c>toolbox/tools.yaml</c>: what can install packages, and makes the room.</summary>
    public const string Tools = "dpkg";

    private const int LastLines = 12;
    private static readonly TimeSpan s_probeDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_removal = TimeSpan.FromMinutes(10);

    private readonly ToolTree _tools;
    private readonly ObjectStore _store;
    private readonly string _folder;
    private readonly HashSet<string> _base;

    private DpkgRoom(ToolTree tools, ObjectStore store, string folder, IReadOnlyList<ListedPackage> packages)
    {
        (_tools, _store, _folder) = (tools, store, folder);
        _base = [.. packages.Select(p => p.Name)];
        Before = Run(packages, folder, root: null, before: new InstalledFiles(new FileTree(), new HashSet<GuestPath>()));
    }

    /// <summary>The root before anything is installed beside what every system has.</summary>
    public InstalledFiles Before { get; }

    /// <summary>Why there can be no such room on this host, and what would help; null when there can.</summary>
    /// <param name="tools">An unpacked tree of the set <see cref="Tools"/>.</param>
    public static string? ProblemOf(ToolTree tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ToolResult result = ToolRun.ToEnd(tools.Command("usr/bin/unshare", [.. Namespaces(), .. InTree(tools, "usr/bin/true")]),
            s_probeDeadline);
        return result.ExitCode == 0 ? null
            : $"dpkg has no room here: {result.Errors.Trim()}; it takes root with CAP_SYS_ADMIN, or "
                + "numbers of accounts that the host lends (subuid(5))";
    }

    /// <summary>Removes a folder of a room, whose files belong to accounts that only the room's namespace may speak for.</summary>
    /// <param name="tools">The tree that made it.</param>
    /// <param name="folder">The folder; nothing happens when it is not there.</param>
    /// <exception cref="StrataException">Something in it cannot be removed.</exception>
    public static void Remove(ToolTree tools, string folder)
    {
        ArgumentNullException.ThrowIfNull(tools);
        ToolResult result = ToolRun.ToEnd(
            tools.Command("usr/bin/unshare", [.. Namespaces(), .. InTree(tools, "usr/bin/rm"), "-rf", "--", folder]), s_removal);
        if (result.ExitCode != 0)
        {
            throw new StrataException($"cannot remove {folder}: {result.Errors.Trim()}");
        }
    }

    /// <summary>Makes a root of what every system has.</summary>
    /// <param name="tools">An unpacked tree of <paramref name="packages"/>, whose programs make the room.</param>
    /// <param name="store">Has the packages.</param>
    /// <param name="packages">What every system has, dpkg among it, with all that it depends on.</param>
    /// <param name="folder">New; whoever asks removes it with <see cref="Remove"/>.</param>
    /// <exception cref="StrataException">The host allows no such room, or a package cannot be installed.</exception>
    public static DpkgRoom Make(ToolTree tools, ObjectStore store, IReadOnlyList<ListedPackage> packages, string folder)
    {
        ArgumentNullException.ThrowIfNull(packages);
        return new DpkgRoom(tools, store, folder, packages);
    }

    /// <summary>Where its root lies.</summary>
    public string Folder => _folder;

    /// <summary>The tree that it was made with.</summary>
    public ToolTree Tree => _tools;

    /// <summary>Installs packages into a fresh root, and tells what is there afterwards.</summary>
    /// <param name="packages">The packages with all that they depend on; what every system has is passed over.</param>
    /// <param name="folder">New; whoever asks removes it with <see cref="Remove"/>.</param>
    /// <exception cref="StrataException">dpkg, or a script, failed; its last words are quoted.</exception>
    public InstalledFiles Install(IReadOnlyList<ListedPackage> packages, string folder)
    {
        ArgumentNullException.ThrowIfNull(packages);
        return Run([.. packages.Where(p => !_base.Contains(p.Name))], folder, Path.Combine(_folder, "root"), Before);
    }

    private InstalledFiles Run(IReadOnlyList<ListedPackage> packages, string folder, string? root, InstalledFiles before)
    {
        Directory.CreateDirectory(folder);
        string debs = Path.GetDirectoryName(Path.GetDirectoryName(PathOf(packages.Count > 0 ? packages[0].Digest : null)))!;
        PackageSet all = new(packages);
        IEnumerable<string> list = packages.OrderBy(p => DependencyClosure.Of(p, all).Count).ThenBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => "/debs/" + Path.GetRelativePath(debs, PathOf(p.Digest)));
        File.WriteAllText(Path.Combine(folder, RoomScript.List), string.Concat(list.Select(p => p + "\n")));
        ProcessStartInfo start = _tools.Command("usr/bin/unshare",
            [
                .. Namespaces(), .. InTree(_tools, "usr/bin/dash"), "-c", RoomScript.Text, "sh", _tools.Root, folder, debs,
                .. root is null ? Array.Empty<string>() : [root],
            ]);
        Pipe pipe = new();
        using Stream output = pipe.Writer.AsStream(leaveOpen: true);
        Task<InstalledFiles> reading = Task.Run(() => InstalledFiles.Read(pipe.Reader.AsStream(), before));
        try
        {
            using ToolPipe tool = new(start, output);
            tool.Finish();
        }
        catch (StrataException e)
        {
            pipe.Writer.Complete(e);
            throw new StrataException(
                $"cannot install {(packages.Count == 1 ? packages[0].Name : $"{packages.Count} packages")} with dpkg: "
                + $"{e.Message}\n{LastWords(folder)}",
                Environment.IsPrivilegedProcess
                    ? null : "It takes root, or numbers of accounts that the host lends to you (subuid(5)).", e);
        }
        pipe.Writer.Complete();
        return reading.GetAwaiter().GetResult();
    }

    private static string[] Namespaces() =>
    [
        .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user", "--map-auto"],
        "--mount", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc",
    ];

    private static string[] InTree(ToolTree tools, string program) =>
        [tools.PathOf("usr/lib64/ld-linux-x86-64.so.2"), "--library-path", tools.LibraryFolder, tools.PathOf(program)];

    private string PathOf(Sha256Digest? digest) =>
        digest is Sha256Digest known && _store.TryGetPath(known, out string? path) ? path
            : Path.Combine(_store.Root, "cas", "00", "none"); // nothing is installed: any folder serves

    private static string LastWords(string folder)
    {
        string log = Path.Combine(folder, "log");
        return !File.Exists(log) ? "" : string.Join('\n', File.ReadLines(log).TakeLast(LastLines));
    }
}
