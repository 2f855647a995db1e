using System.Collections.Concurrent;
using System.Diagnostics;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Confinement;

namespace Strata.Toolbox;

/// <summary>The room of a tool that reads what somebody else made: its tree and what the caller names, and nothing else of the host.</summary>
/// <remarks>
/// Paths inside are those of the host and the tool is started through its loader as without a room, so the same command line serves both,
/// and a store may lie anywhere. There is no /proc: no tool of a build needs it. docs/decisions/0051-a-room-for-each-tool.md.
/// </remarks>
internal static class ToolRoom
{
    private const string TemporaryBytes = "67108864"; // of /tmp, which lies in memory

    private const string RunBytes = "1048576";
    private static readonly TimeSpan s_probeDeadline = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<string, Lazy<string?>> s_problems = new(StringComparer.Ordinal);
    private static int s_told;

    /// <summary>
    /// A command in a room; where the host allows no namespaces what <see cref="ToolTree.Confined"/> makes, which is told once.
    /// </summary>
    /// <param name="room">The tree that has bubblewrap.</param>
    /// <param name="tools">The tree that the command is of.</param>
    /// <param name="view">What it sees.</param>
    /// <param name="program">A path in the tree.</param>
    /// <param name="arguments">Passed as they are.</param>
    /// <param name="progress">Told when there is no room.</param>
    /// <exception cref="StrataException">The tree has no bubblewrap: a lock that leaves it out must not open the host.</exception>
    public static ToolStart Around(
        ToolTree room, ToolTree tools, ToolView view, string program, IEnumerable<string> arguments, IProgressReporter progress)
    {
        ToolStart alone = tools.Confined(new ProcessView { Reads = view.Reads, Writes = view.Writes }, program, arguments);
        if (ProblemOf(room) is not string problem)
        {
            ToolView seen = room == tools ? view : view with { Reads = [.. view.Reads, tools.Root] };
            return Inside(room, seen, [alone.Command.FileName, .. alone.Command.ArgumentList]);
        }
        if (progress != SilentProgress.Instance && Interlocked.Exchange(ref s_told, 1) == 0) // else nobody would ever hear it
        {
            progress.Warn($"{WithoutIt(problem)}. {NamespaceHint.Find()}");
        }
        return alone;
    }

    /// <summary>What stands between the host and a tool where no room can be made; a sentence without its end.</summary>
    public static string WithoutIt(string problem) =>
        $"tools that read foreign data have no room of their own ({problem}), but limits, no capabilities, "
        + $"{(Landlock.IsThere ? "no other files" : "all files of this user")}, "
        + (SocketFilter.IsThere ? "and no network" : Landlock.ForbidsTcp ? "and no TCP" : "and the network");

    /// <summary>Why no room can be made here; null when it can. Asked of the host once.</summary>
    public static string? ProblemOf(ToolTree tools) =>
        s_problems.GetOrAdd(tools.Root, _ => new Lazy<string?>(() => Probe(tools))).Value;

    private static string? Probe(ToolTree tools)
    {
        ToolResult result = ToolRun.ToEnd(Inside(tools, ToolView.None, [tools.Loader, "--version"]), s_probeDeadline);
        return result.ExitCode == 0 ? null : result.Errors.Trim();
    }

    private static ProcessStartInfo Inside(ToolTree tools, ToolView view, IEnumerable<string> command)
    {
        ProcessStartInfo start = tools.Command(
            Bubblewrap.Program,
            [
                .. Bubblewrap.Arguments(),
                "--dev", "/dev", "--size", TemporaryBytes, "--tmpfs", "/tmp", // first: a store may lie below them
                "--size", RunBytes, "--tmpfs", "/run", // systemd's tools make folders there
                "--ro-bind", tools.Root, tools.Root,
                .. view.Reads.SelectMany(p => (string[])["--ro-bind", p, p]),
                .. view.Writes.SelectMany(p => (string[])["--bind", p, p]),
                "--remount-ro", "/dev", "--remount-ro", "/", // they lie in memory, and have no size
                "--chdir", "/", ToolTree.RoomEnd, .. command,
            ]);
        start.Environment.Clear();
        return start;
    }
}
