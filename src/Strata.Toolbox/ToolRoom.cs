using System.Collections.Concurrent;
using System.Diagnostics;
using Strata.Core;
using Strata.Core.Progress;

namespace Strata.Toolbox;

/// <summary>The room of a tool that reads what somebody else made: its tree and what the caller names, and nothing else of the host.</summary>
/// <remarks>
/// Paths inside are those of the host and the tool is started through its loader as without a room, so the same command line serves both,
/// and a store may lie anywhere. There is no /proc: no tool of a build needs it. docs/decisions/0051-a-room-for-each-tool.md.
/// </remarks>
internal static class ToolRoom
{
    private const string TemporaryBytes = "67108864"; // of /tmp, which lies in memory

    private static readonly TimeSpan s_probeDeadline = TimeSpan.FromSeconds(30);
    private static readonly ConcurrentDictionary<string, Lazy<string?>> s_problems = new(StringComparer.Ordinal);
    private static int s_told;

    /// <summary>A command in a room; where the host allows no namespaces the command alone, which is told once.</summary>
    /// <param name="tools">The tree that the command is of.</param>
    /// <param name="view">What it sees.</param>
    /// <param name="alone">From <see cref="ToolTree.Command"/>; its environment is cleared.</param>
    /// <param name="progress">Told when there is no room.</param>
    /// <exception cref="StrataException">The tree has no bubblewrap: a lock that leaves it out must not open the host.</exception>
    public static ProcessStartInfo Around(ToolTree tools, ToolView view, ProcessStartInfo alone, IProgressReporter progress)
    {
        alone.Environment.Clear(); // no tool of a build needs any of it, and a CI keeps its tokens there
        if (ProblemOf(tools) is not string problem)
        {
            return Inside(tools, view, [alone.FileName, .. alone.ArgumentList]);
        }
        if (Interlocked.Exchange(ref s_told, 1) == 0)
        {
            progress.Warn($"tools that read foreign data run with limits, but without a room of their own: {problem}. {NamespaceHint.Find()}");
        }
        return alone;
    }

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
