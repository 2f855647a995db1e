using System.Globalization;
using Strata.Blueprints;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Kernel.Building;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Composition.Builds;

/// <summary>Does the builds of a blueprint, each once for the same inputs, and adds what they leave to its capabilities.</summary>
/// <remarks>
/// What runs is told by a blueprint, which may be somebody else's: it runs in the room that kernels are built in, without network, and
/// what is taken of it is read by <see cref="ForeignFolder"/> alone. Reasons: docs/decisions/0087-builds-run-in-the-room-of-kernels.md.
/// </remarks>
/// <param name="store">Keeps what comes out; the folders that builds work in lie in it.</param>
/// <param name="actions">Remembers it.</param>
/// <param name="progress">Told what is being done; null tells nobody.</param>
/// <param name="time">The clock of the deadline; the system's when null.</param>
public sealed class BuiltSoftware(ObjectStore store, ActionCache actions, IProgressReporter? progress = null, TimeProvider? time = null)
{
    /// <summary>What the room itself needs; the shell starts the command with a umask of its own.</summary>
    public static IReadOnlyList<string> RoomPackages { get; } = ["bubblewrap", "coreutils", "dash", "util-linux"];

    /// <summary>1 January 1980: the earliest time that a ZIP archive can have, so that every format can have it.</summary>
    internal const long SourceDate = 315_532_800;

    private const string OutputsName = "outputs";
    private const int QuotedLines = 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromHours(1);

    private readonly IProgressReporter _progress = progress ?? SilentProgress.Instance;

    /// <summary>The blueprint with the outputs of its builds as files of its capabilities.</summary>
    /// <param name="blueprint">What asks.</param>
    /// <param name="editionLock">Has the packages that builds use.</param>
    /// <param name="toolbox">Unpacks them.</param>
    /// <param name="cancellationToken">Kills the build.</param>
    /// <exception cref="StrataException">A build fails, or leaves no such output; its last lines are quoted.</exception>
    public async Task<Blueprint> WithBuiltAsync(
        Blueprint blueprint, EditionLock editionLock, ToolboxInstaller toolbox, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(editionLock);
        ArgumentNullException.ThrowIfNull(toolbox);
        if (blueprint.Capabilities.All(c => c.Builds.Count == 0))
        {
            return blueprint;
        }
        PackageLock packages = editionLock.Builds ?? throw new StrataException(
            $"cannot build what {blueprint.Edition.Name} asks for below 'builds': the lock has no packages for it",
            $"'strata lock {blueprint.Edition.Name}' makes a lock for the blueprint as it is now.");
        List<Capability> capabilities = [];
        foreach (Capability capability in blueprint.Capabilities)
        {
            Capability whole = capability;
            foreach (OwnBuild build in capability.Builds)
            {
                BuildOutputs taken = await DoAsync(
                    build, packages.Packages.Select(p => $"{p.Name} {p.Version} {p.Sha256}"),
                    token => toolbox.InstallAsync("builds", packages, token), cancellationToken);
                whole = whole with
                {
                    Files = [.. whole.Files, .. taken.Files],
                    Directories = [.. whole.Directories, .. taken.Directories],
                    Links = [.. whole.Links, .. taken.Links],
                };
            }
            capabilities.Add(whole);
        }
        return blueprint with { Capabilities = capabilities };
    }

    /// <summary>Does one build, or finds it done.</summary>
    /// <param name="build">Which.</param>
    /// <param name="tools">What names the packages that it uses, a line each.</param>
    /// <param name="install">Unpacks them; called only when something is really to be done.</param>
    /// <param name="cancellationToken">Kills it.</param>
    internal async Task<BuildOutputs> DoAsync(
        OwnBuild build, IEnumerable<string> tools, Func<CancellationToken, Task<ToolTree>> install, CancellationToken cancellationToken)
    {
        ActionKey key = new ActionKeyBuilder("own-build", 1)
            .WithCode(typeof(BuiltSoftware))
            .Add("tools", tools)
            .Add("inputs", build.InputLines)
            .Build();
        ActionResult result = await actions.GetOrAddAsync(key, async token =>
        {
            ToolTree tree = await install(token);
            if (BuildRoom.NamespaceProblem(tree) is string problem)
            {
                throw new StrataException(
                    $"cannot build '{build.Name}' ({build.Place}): it needs namespaces, which keep it from the network and from this host: "
                        + problem, NamespaceHint.Find());
            }
            byte[] outputs = await RunAsync(build, tree, token);
            return new ActionResult([new ActionOutput(OutputsName, store.AddBytes(outputs), outputs.Length)]);
        }, cancellationToken: cancellationToken);
        using FileStream kept = store.OpenRead(result[OutputsName].Digest);
        return BuildOutputs.Read(kept, build);
    }

    private async Task<byte[]> RunAsync(OwnBuild build, ToolTree tools, CancellationToken cancellationToken)
    {
        using IProgressTask task = _progress.Begin($"building {build.Name}");
        string folder = Directory.CreateDirectory(store.NewTemporaryPath()).FullName;
        Queue<string> said = [];
        try
        {
            WriteInputs(build, folder);
            int exit;
            RoomFolder[] folders = [new(folder, OwnBuild.Folder.ToString(), IsWritable: true)];
            using (BuildRoom room = BuildRoom.Open(tools, folders, store.NewTemporaryPath(), RoomKind.Namespaces))
            {
                Dictionary<string, string> environment = new(StringComparer.Ordinal)
                {
                    ["SOURCE_DATE_EPOCH"] = SourceDate.ToString(CultureInfo.InvariantCulture),
                };
                exit = await RoomRun.RunAsync(
                    room.Command(environment, OwnBuild.Folder.ToString(), "/usr/bin/dash",
                        ["-c", "umask 022; exec \"$@\"", "build", .. build.Command]),
                    line =>
                    {
                        said.Enqueue(line);
                        if (said.Count > QuotedLines)
                        {
                            said.Dequeue();
                        }
                    },
                    s_deadline, time ?? TimeProvider.System, cancellationToken, $"build '{build.Name}'");
            }
            if (exit != 0)
            {
                throw new StrataException(
                    $"cannot build '{build.Name}' ({build.Place}): {build.Command[0]} ended with {exit}{Lines(said)}",
                    exit == 127
                        ? "A program has to come from one of its 'packages'. No maintainer script runs there, so names that scripts make, "
                            + "such as cc, are missing: say gcc."
                        : $"It runs in {OwnBuild.Folder} without network and home, with its 'files' and the programs of its 'packages'.");
            }
            return Collect(build, folder, said);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Collect(OwnBuild build, string folder, Queue<string> said)
    {
        using ForeignFolder left = new(folder);
        try
        {
            return BuildOutputs.Write(build, left);
        }
        catch (StrataException e)
        {
            string why = e.Message.Replace(folder, OwnBuild.Folder.ToString(), StringComparison.Ordinal); // as the build saw it
            throw new StrataException($"cannot build '{build.Name}' ({build.Place}): {why}{Lines(said)}",
                $"What 'outputs' names has to lie in {OwnBuild.Folder} when the command has ended.", e);
        }
    }

    private static string Lines(Queue<string> said) =>
        said.Count == 0 ? "; it said nothing" : "; its last lines:\n  " + string.Join("\n  ", said);

    // files first: nothing is written through a link
    private static void WriteInputs(OwnBuild build, string folder)
    {
        SortedSet<string> folders = new(StringComparer.Ordinal);
        foreach (OwnFile file in build.Files)
        {
            string path = Prepare(file.Path);
            using (FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(file.Bytes.Span);
            }
            File.SetUnixFileMode(path, (UnixFileMode)file.Mode);
            File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(SourceDate).UtcDateTime);
        }
        foreach ((GuestPath path, string target) in build.Links)
        {
            File.CreateSymbolicLink(Prepare(path), target);
        }
        foreach (string made in folders.Reverse())
        {
            File.SetUnixFileMode(made, (UnixFileMode)Modes.Folder);
            Directory.SetLastWriteTimeUtc(made, DateTimeOffset.FromUnixTimeSeconds(SourceDate).UtcDateTime);
        }

        string Prepare(GuestPath path)
        {
            string full = folder + path.ToString()[OwnBuild.Folder.ToString().Length..];
            for (string parent = Path.GetDirectoryName(full)!; parent.Length >= folder.Length; parent = Path.GetDirectoryName(parent)!)
            {
                folders.Add(parent);
            }
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            return full;
        }
    }
}
