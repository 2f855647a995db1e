using System.Diagnostics;
using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Kernel.Building;

/// <summary>One build folder and what make does in it; the folder is gone when the work is done or has failed.</summary>
/// <param name="store">Takes the results; the folder lies in it.</param>
/// <param name="tools">What the room has in <c>/usr</c>.</param>
/// <param name="source">Folder of the source.</param>
/// <param name="profile">Name for messages and for the log.</param>
/// <param name="architecture">For which processor.</param>
/// <param name="time">The clock of the deadlines.</param>
internal sealed class KernelWork(ObjectStore store, ToolTree tools, string source, string profile, KernelArchitecture architecture, TimeProvider time)
{
    private const string Make = "/usr/bin/make";
    private const int QuotedLines = 12;
    private static readonly TimeSpan s_configDeadline = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan s_buildDeadline = TimeSpan.FromHours(6);

    /// <summary>Makes <c>.config</c>: the base, the wishes over it, and the kernel's own program to fill in the rest.</summary>
    public async Task<string> ConfigureAsync(ConfigRequest request, KconfigTree tree, CancellationToken cancellationToken)
    {
        string folder = NewFolder();
        try
        {
            MakeLog log = new(writer: null);
            await RunAsync(folder, log, s_configDeadline, [request.Base], progress: null, cancellationToken);
            StringBuilder lines = new(ReadConfig(folder));
            foreach (ConfigWish wish in request.Wishes)
            {
                lines.Append(new ConfigLine(wish.Line.Symbol, ConfigCheck.ValueFor(wish, tree))).Append('\n'); // a later line overrules an earlier one
            }
            await WriteConfigAsync(folder, lines.ToString(), cancellationToken);
            await RunAsync(folder, log, s_configDeadline, ["olddefconfig"], progress: null, cancellationToken);
            return ReadConfig(folder);
        }
        finally
        {
            Remove(folder);
        }
    }

    /// <summary>Compiles, and puts everything that matters into the store.</summary>
    /// <param name="config">The final configuration.</param>
    /// <param name="name">Short name of the work, for its log.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellationToken">Kills the build.</param>
    /// <param name="kept">A folder in which other kernels have been built and will be: make then compiles only what differs. Null for a new one.</param>
    public async Task<ActionResult> BuildAsync(
        ActionOutput config, string name, IProgressReporter progress, CancellationToken cancellationToken, string? kept = null)
    {
        RoomSpace.Check(store.Root, $"build kernel {profile}");
        string folder = kept ?? NewFolder();
        string logFile = Path.Combine(Directory.CreateDirectory(Path.Combine(store.Root, "logs")).FullName, $"kernel-{profile}-{name}.log");
        try
        {
            KernelConfig parsed = await KernelBuilder.ReadConfigAsync(store, config, cancellationToken);
            await WriteConfigAsync(folder, parsed.Text, cancellationToken);
            using (StreamWriter writer = new(logFile, append: false) { AutoFlush = true }) // people follow it
            using (IProgressTask task = progress.Begin($"compiling kernel {profile} (log: {logFile})", MakeProgress.Estimate(parsed)))
            {
                MakeLog log = new(writer);
                string jobs = "--jobs=" + RoomSpace.Jobs().ToString(CultureInfo.InvariantCulture);
                bool hasModules = parsed.IsBuiltIn("MODULES");
                string[] targets = [jobs, architecture.ImageTarget, .. hasModules ? ["modules"] : (string[])[], .. KernelRecipe.MapArguments(parsed)];
                await RunAsync(folder, log, s_buildDeadline, targets, new MakeProgress(task), cancellationToken, logFile);
                Remove(Path.Combine(folder, KernelHarvest.InstallFolder));
                if (hasModules)
                {
                    string[] install = ["modules_install", $"INSTALL_MOD_PATH={KernelRecipe.BuildFolder}/{KernelHarvest.InstallFolder}",
                        "INSTALL_MOD_STRIP=1", "DEPMOD=true"];
                    await RunAsync(folder, log, s_buildDeadline, install, progress: null, cancellationToken, logFile);
                }
            }
            KernelHarvest harvest = new(store, profile, architecture);
            return await harvest.CollectAsync(folder, config, logFile, parsed, cancellationToken);
        }
        finally
        {
            if (kept is null)
            {
                Remove(folder);
            }
        }
    }

    private static string ReadConfig(string folder)
    {
        using ForeignFolder build = new(folder);
        return build.ReadText(KernelHarvest.ConfigFile, KernelBuilder.LargestConfig);
    }

    // renamed into place: what an earlier build left under this name may be a link, and would be written through
    internal async Task WriteConfigAsync(string folder, string text, CancellationToken cancellationToken)
    {
        string aside = store.NewTemporaryPath();
        await File.WriteAllTextAsync(aside, text, cancellationToken);
        File.Move(aside, Path.Combine(folder, KernelHarvest.ConfigFile), overwrite: true);
    }

    private async Task RunAsync(
        string folder, MakeLog log, TimeSpan deadline, string[] targets, MakeProgress? progress, CancellationToken cancellationToken, string? logFile = null)
    {
        int exit;
        RoomFolder[] folders = [new(source, KernelRecipe.SourceFolder, IsWritable: false), new(folder, KernelRecipe.BuildFolder, IsWritable: true)];
        using (BuildRoom room = BuildRoom.Open(tools, folders, store.NewTemporaryPath()))
        {
            ProcessStartInfo start = room.Command(
                KernelRecipe.Environment, KernelRecipe.BuildFolder, Make, [.. KernelRecipe.MakeArguments(architecture), .. targets]);
            exit = await RoomRun.RunAsync(start, line =>
            {
                log.Take(line);
                progress?.Take(line);
            }, deadline, time, cancellationToken);
        }
        if (exit != 0)
        {
            string where = logFile is null ? "" : $"\nThe whole log: {logFile}";
            throw new StrataException(
                $"cannot build kernel {profile}: make ended with {exit}:\n  {string.Join("\n  ", log.Failure(QuotedLines))}{where}",
                log.Mentions("No space left on device")
                    ? "The disk is full: make room ('strata store gc'), or use another store with --store."
                    : $"Debian's own configuration of this source compiles: look at what the profile asks for, with 'strata kernel config {profile}' "
                        + "and 'strata kernel explain CONFIG_X'.");
        }
    }

    private string NewFolder() => Directory.CreateDirectory(store.NewTemporaryPath()).FullName;

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
