using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Building;
using Strata.Editions.Guests;
using Strata.Images.Building;
using Strata.Toolbox;
using Strata.Updates.Releases;
using Strata.Updates.State;

namespace Strata.Cli.Commands;

/// <summary>What <c>strata run</c> asks of the early init of a layered edition: which layers, and where changes go.</summary>
internal static class GuestLayers
{
    /// <summary>The names with nothing between them but commas, each of them a layer of the edition.</summary>
    /// <exception cref="UsageException">The edition is not layered, or one of them is no layer.</exception>
    public static string Check(Workspace workspace, BuildResult built, string names)
    {
        ReleaseLayer[] layers = [.. (BuiltParts.ReleaseOf(workspace.Store, built) ?? throw NotLayered(built, "--caps")).Layers];
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

    /// <summary>Full path of a file with a file system for changes; made when it is missing.</summary>
    /// <exception cref="UsageException">The edition keeps nothing, and is not layered.</exception>
    public static string StateFile(ToolTree tools, BuildResult built, string path) =>
        built.Blueprint.Edition.HasEarlyInit
        ? StateDisk.At(tools, path, built.Blueprint.Edition.State is { Encryption: not StateEncryption.None })
        : throw new UsageException(
            $"cannot use --state with {built.Blueprint.Edition.Name}: it has neither layers nor state",
            "'state:' in a blueprint says what it keeps (docs/state.md); 'layout: layers' makes layers.");

    private static UsageException NotLayered(BuildResult built, string option) => new(
        $"cannot use {option} with {built.Blueprint.Edition.Name}: it is not made of layers",
        "'layout: layers' in a blueprint makes them; see docs/formats/layer.md.");
}
