using System.CommandLine;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Kernel.Building;
using Strata.Kernel.Hardware;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Profiles;
using Strata.Packages.Locks;
using Strata.Toolbox;

namespace Strata.Cli.Commands.Kernel;

/// <summary><c>strata kernel suggest</c>: from a machine's devices to the lines of a fragment.</summary>
internal static class SuggestCommand
{
    private const string Here = "/sys";

    public static Command Create()
    {
        Option<string> from = new("--from") { Description = "File with a device alias a line, or a folder that looks like /sys", DefaultValueFactory = _ => Here, HelpName = "file or folder" };
        Option<string?> profile = new("--profile", "-p") { Description = "Leave out what this profile has already", HelpName = "profile" };
        profile.CompletionSources.Add(_ => new KernelCatalog(ShippedData.CatalogFolders()).ProfileNames());
        Option<bool> json = CommonOptions.Json();
        Command command = new("suggest", "Propose the lines of a kernel fragment for exactly the devices of a machine") { from, profile, json };
        command.SetAction(async (result, token) =>
        {
            string place = result.GetValue(from)!;
            IReadOnlyList<string> devices = DeviceAliases.Read(place); // before anything is fetched
            HardwareSuggestion suggestion = await Terminal.WithProgressAsync(async progress =>
            {
                using Workspace workspace = new(result, progress);
                KernelToolchain toolchain = await workspace.KernelToolchainAsync(token);
                KernelConfig? config = result.GetValue(profile) is string name ? (await KernelInsight.ConfigureAsync(workspace, name, toolchain, token)).Config : null;
                ToolSet set = ShippedData.ToolSetNamed(StockModules.ToolSetName);
                PackageLock packages = await workspace.Toolbox.LockAsync(set, update: false, token);
                ModuleAliases modules = await new StockModules(workspace.Store, workspace.Actions, progress)
                    .GetAsync(packages, t => workspace.Toolbox.InstallAsync(set.Name, packages, t), token);
                if (KernelInsight.FindFile("kernel", "built-in.alias") is string builtIn)
                {
                    using StreamReader reader = new(builtIn);
                    modules.ReadText(reader);
                }
                KbuildIndex makefiles = await KernelInsight.MakefilesAsync(workspace, toolchain, token);
                return HardwareSuggestion.For(devices, modules, makefiles, s => config?[s] is "y" or "m");
            });
            if (result.GetValue(json))
            {
                Terminal.Json(suggestion, CliJson.Default.HardwareSuggestion);
                return 0;
            }
            string machine = place == Here ? "this machine" : "the machine of " + Path.GetFileName(place.TrimEnd('/'));
            Console.Out.Write(suggestion.ToFragment($"Drivers of the devices of {machine}"));
            foreach (string driver in suggestion.Untraced)
            {
                Terminal.Line($"# driver {driver}: the source's makefiles do not tell its symbol");
            }
            foreach (string alias in suggestion.Unknown)
            {
                Terminal.Line($"# no driver of the stock kernel claims {alias}");
            }
            string present = result.GetValue(profile) is string named ? $", {suggestion.Present.Count} are in {named} already" : "";
            Terminal.Note($"{devices.Count} devices: {suggestion.Wanted.Count} symbols proposed{present}, {suggestion.Unknown.Count} devices without a driver");
            return 0;
        });
        return command.WithHelp(
            ("Another machine", ["Write its device aliases into a file there, and name the file here:", "  " + DeviceAliases.Command]),
            ("Examples", ["strata kernel suggest --profile nano", "strata kernel suggest --from devices.txt > kernel/fragments/laptop.config"]));
    }
}
