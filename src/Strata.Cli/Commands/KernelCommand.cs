using System.CommandLine;
using System.Diagnostics;
using Strata.Cli.Commands.Kernel;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Results;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Store.Actions;

namespace Strata.Cli.Commands;

/// <summary>What <c>kernel build --json</c> prints. Full paths; sizes in bytes.</summary>
internal sealed record KernelSummary(
    string Profile, string Release, string Image, long ImageBytes, string Sha256, long PlainBytes, int Modules, long ModuleBytes, long PackedModuleBytes, string Log, bool Signed, bool Unchanged);

/// <summary><c>strata kernel</c>: own kernels out of short profiles.</summary>
internal static class KernelCommand
{
    public static Command Create() => new Command("kernel", "Configure and build kernels from profiles") { Build(), Config(), List(), CheckCommand.Create(), SizeCommand.Create(), DiffCommand.Create(), ExplainCommand.Create(), SuggestCommand.Create(), LadderCommand.Create() };

    internal static Argument<string> Profile()
    {
        Argument<string> profile = new("profile") { Description = "Name of a profile: kernel/profiles/NAME.yaml", HelpName = "profile" };
        profile.CompletionSources.Add(_ => new KernelCatalog(ShippedData.CatalogFolders()).ProfileNames());
        return profile;
    }

    private static Command Build()
    {
        Argument<string> profile = Profile();
        Option<string> output = CommonOptions.Output();
        Option<bool> json = CommonOptions.Json();
        Command command = new("build", "Build the kernel of a profile, with a compiler and a source that strata fetches") { profile, output, json };
        command.SetAction(async (result, token) =>
        {
            long started = Stopwatch.GetTimestamp();
            KernelSummary summary = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelProfile loaded = workspace.KernelCatalog.Load(result.GetValue(profile)!);
                string folder = Path.Combine(result.GetValue(output)!, "kernel-" + loaded.Name);
                ResultFile.CheckWay(folder); // before the work
                KernelToolchain toolchain = await workspace.KernelToolchainAsync(token);
                KernelBuild built = await workspace.KernelBuilder.BuildAsync(loaded, toolchain, token);
                return await PlaceAsync(workspace, built, folder, token);
            });
            if (result.GetValue(json))
            {
                summary = summary with { Image = Path.GetFullPath(summary.Image), Log = Path.GetFullPath(summary.Log) };
                Terminal.Json(summary, CliJson.Default.KernelSummary);
                return 0;
            }
            Terminal.Line($"kernel {summary.Release}: {summary.Image} ({new ByteSize(summary.ImageBytes)} packed, {new ByteSize(summary.PlainBytes)} in memory)");
            Terminal.Line($"sha256 {summary.Sha256}");
            Terminal.Line($"{summary.Modules} modules: {new ByteSize(summary.ModuleBytes)} plain, {new ByteSize(summary.PackedModuleBytes)} packed with xz");
            if (summary.Signed)
            {
                Terminal.Line("not reproducible: modules are signed with a key made for this build");
            }
            Terminal.Note($"{(summary.Unchanged ? "unchanged" : "built")} in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
            return 0;
        });
        return command.WithExamples("strata kernel build nano", "strata kernel build nano --output /srv/kernels");
    }

    private static Command Config()
    {
        Argument<string> profile = Profile();
        Command command = new("config", "Print the whole configuration (.config) that a profile comes to; fails when one of its wishes is not honoured") { profile };
        command.SetAction(async (result, token) =>
        {
            string text = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelProfile loaded = workspace.KernelCatalog.Load(result.GetValue(profile)!);
                ActionOutput config = await workspace.KernelBuilder.ConfigAsync(loaded, await workspace.KernelToolchainAsync(token), token);
                using StreamReader reader = new(workspace.Store.OpenRead(config.Digest));
                return await reader.ReadToEndAsync(token);
            });
            Console.Out.Write(text);
            return 0;
        });
        return command.WithExamples("strata kernel config nano > nano.config", "strata kernel config nano | grep EXT4");
    }

    private static Command List()
    {
        Command command = new("list", "List profiles and fragments");
        command.SetAction(_ =>
        {
            KernelCatalog catalog = new(ShippedData.CatalogFolders());
            IEnumerable<IReadOnlyList<string>> rows = catalog.ProfileNames()
                .Select(n => (IReadOnlyList<string>)["profile", n, catalog.Load(n).Description])
                .Concat(catalog.FragmentNames().Select(n => (IReadOnlyList<string>)["fragment", n, catalog.LoadFragment(n).Description]));
            new Terminal().Table(["kind", "name", "is for"], rows);
        });
        return command.WithExamples("strata kernel list");
    }

    private static async Task<KernelSummary> PlaceAsync(Workspace workspace, KernelBuild built, string folder, CancellationToken cancellationToken)
    {
        string image = Path.Combine(folder, "vmlinuz");
        await ResultFile.PlaceAsync(workspace.Store, built.Image, image, cancellationToken);
        await ResultFile.PlaceAsync(workspace.Store, built.Config, Path.Combine(folder, "config"), cancellationToken);
        await ResultFile.PlaceAsync(workspace.Store, built.SystemMap, Path.Combine(folder, "System.map"), cancellationToken);
        string log = Path.Combine(folder, "log");
        await ResultFile.PlaceAsync(workspace.Store, built.Log, log, cancellationToken);
        foreach ((string path, ActionOutput output) in built.ModuleFiles)
        {
            string target = Path.Combine(folder, "modules", built.Release, path);
            await ResultFile.PlaceAsync(workspace.Store, output, target, cancellationToken, hasNote: false);
        }
        return new KernelSummary(
            built.Profile, built.Release, image, built.Image.Size, built.Image.Digest.ToString(), built.PlainBytes,
            built.Modules.Count(), built.Modules.Sum(m => m.Output.Size), built.PackedModuleBytes, log, built.IsSigned, built.WasKept);
    }
}
