using Strata.Blueprints;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Images.Building;
using Strata.Toolbox;
using Strata.Updates.Releases;

namespace Strata.Cli.Commands;

/// <summary>What <c>strata run</c> asks of the early init of a layered edition: which layers, and where changes go.</summary>
internal static class GuestLayers
{
    /// <summary>Label of the file system that keeps changes.</summary>
    public const string StateLabel = "strata-state";

    private const string StateSize = "1G"; // sparse: it takes what is written
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    /// <summary>The names with nothing between them but commas, each of them a layer of the edition.</summary>
    /// <exception cref="UsageException">The edition is not layered, or one of them is no layer.</exception>
    public static string Check(Workspace workspace, BuildResult built, string names)
    {
        ReleaseLayer[] layers = [.. ReleaseOf(workspace, built, "--caps").Layers];
        string[] wanted = names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in wanted.Where(n => n != LayerSelection.NoneWord && layers.All(l => l.Name != n)))
        {
            string[] known = [.. layers.Select(l => l.Name)];
            throw new UsageException(
                $"cannot compose {built.Blueprint.Edition.Name} of '{name}': it has no such layer{NearMiss.Suggestion(name, known)}",
                $"Its layers are {string.Join(", ", known)}; '{LayerSelection.NoneWord}' is the base alone.");
        }
        return string.Join(',', wanted); // a blank would end the word of the kernel command line
    }

    /// <summary>Full path of a file with an ext4 file system for changes; made when it is missing.</summary>
    public static string StateFile(ToolTree tools, BuildResult built, string path)
    {
        if (built.Blueprint.Edition.Layout != EditionLayout.Layers)
        {
            throw NotLayered(built, "--state");
        }
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return full;
        }
        ToolResult made = ToolRun.ToEnd(tools.Command("usr/sbin/mke2fs", "-q", "-t", "ext4", "-L", StateLabel, full, StateSize), s_deadline);
        if (made.ExitCode == 0)
        {
            return full;
        }
        File.Delete(full);
        throw new StrataException($"cannot make {path} for changes: {(made.Output + made.Errors).Trim()}", "Is there room, and may you write there?");
    }

    private static Release ReleaseOf(Workspace workspace, BuildResult built, string option) => workspace.ReleaseOf(built) ?? throw NotLayered(built, option);

    private static UsageException NotLayered(BuildResult built, string option) => new(
        $"cannot use {option} with {built.Blueprint.Edition.Name}: it is not made of layers", "'layout: layers' in a blueprint makes them; see docs/formats/layer.md.");
}
