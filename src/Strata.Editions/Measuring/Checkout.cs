using System.Diagnostics;
using Strata.Toolbox;

namespace Strata.Editions.Measuring;

/// <summary>What git says about the checkout an edition lies in. Everything is null where there is no git or no checkout.</summary>
/// <param name="folder">A folder of the checkout.</param>
public sealed class Checkout(string folder)
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    /// <summary>The commit that is checked out, with <c>+</c> when files differ from it.</summary>
    public string? Commit()
    {
        if (Git("rev-parse", "HEAD") is not string commit)
        {
            return null;
        }
        // the history itself changes with every measurement that is recorded
        string? changed = Git("status", "--porcelain", "--untracked-files=no", "--", ":/", ":(exclude,top)**/measurements.jsonl");
        return changed?.Length > 0 ? commit + "+" : commit;
    }

    /// <summary>The commit that a name stands for.</summary>
    public string? Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith('-') ? null : Git("rev-parse", "--verify", "--quiet", name + "^{commit}");
    }

    /// <summary>Commits from one backwards, nearest first.</summary>
    public IReadOnlyList<string> Ancestors(string commit) =>
        Git("rev-list", "--max-count=1000", commit)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private string? Git(params string[] arguments)
    {
        ProcessStartInfo start = new("git") { WorkingDirectory = folder };
        // settings of the folder's own .git may name programs; of those that these commands would start, this is the one that can be left
        // out
        foreach (string argument in (string[])["-c", "core.fsmonitor=false", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }
        try
        {
            ToolResult result = ToolRun.ToEnd(start, s_deadline);
            return result.ExitCode == 0 ? result.Output.Trim() : null;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or Core.StrataException)
        {
            return null;
        }
    }
}
