using System.CommandLine;
using System.Runtime.InteropServices;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Device.Confinement;
using Strata.Editions.Guests;
using Strata.Kernel.Building;
using Strata.Machines;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Store.Downloads;
using Strata.Toolbox;

namespace Strata.Cli.Commands;

/// <summary>One thing of the host that helps or hinders.</summary>
/// <param name="Thing">What was looked at.</param>
/// <param name="State"><c>good</c>, <c>note</c> or <c>bad</c>.</param>
/// <param name="Finding">What was found and, where it hinders, what to do.</param>
internal sealed record DoctorFinding(string Thing, string State, string Finding);

/// <summary><c>strata doctor</c>: what of the host helps or hinders.</summary>
internal static class DoctorCommand
{
    private const long Room = 2L << 30;

    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        edition.Arity = ArgumentArity.ZeroOrOne;
        edition.Description = "Look at the archives of this edition too";
        Option<bool> json = CommonOptions.Json();
        Command command = new("doctor", "Tell what of this host helps or hinders") { edition, json };
        command.SetAction(async (result, token) =>
        {
            List<DoctorFinding> findings =
            [
                Processor(), Library("libzstd.so.1", "libzstd1"), Library("liblzma.so.5", "liblzma5"), Library("libz.so.1", "zlib1g"),
                HostTool("gpgv", "gpgv (Fedora: gnupg2)", "signatures of the archive are checked with it"),
                HostTool("prlimit", "util-linux", "it sets limits for tools and guests"),
                Keys(), Mirrors(), .. await ArchivesAsync(result, result.GetValue(edition), token),
                StoreRoom(result), await AcceleratorAsync(result, token),
                await ToolsAsync(result, token), await RoomAsync(result, token),
            ];
            if (result.GetValue(json))
            {
                Terminal.Json(findings, CliJson.Default.ListDoctorFinding);
            }
            else
            {
                new Terminal().Table(["", "What", "Finding"], findings.Select(f => (IReadOnlyList<string>)[f.State, f.Thing, f.Finding]));
            }
            return findings.Any(f => f.State == "bad") ? 1 : 0;
        });
        return command.WithHelp(
            ("Settings (environment variables)", HostSettings.Help),
            ("Examples", ["strata doctor", "strata doctor nano", "strata doctor --json"]));
    }

    private static DoctorFinding Processor() => RuntimeInformation.OSArchitecture == Architecture.X64 && OperatingSystem.IsLinux()
        ? new("host", "good", $"x86-64 Linux, {Environment.ProcessorCount} processors")
        : new("host", "bad", $"{RuntimeInformation.RuntimeIdentifier}: tools of the toolbox run on x86-64 Linux only");

    private static DoctorFinding Library(string name, string package)
    {
        if (!NativeLibrary.TryLoad(name, out nint handle))
        {
            return new(name, "bad", $"missing; on Debian it is in package {package}");
        }
        NativeLibrary.Free(handle);
        return new(name, "good", "loads");
    }

    private static DoctorFinding HostTool(string name, string package, string purpose) => HostProgram.Find(name) is ['/', ..] path
        ? new(name, "good", path)
        : new(name, "bad", $"missing; install package {package}: {purpose}");

    private static DoctorFinding Keys()
    {
        try
        {
            return new("keys", "good", string.Join(", ", HostSettings.Keyrings().Select(k => k.Name)));
        }
        catch (StrataException e)
        {
            return new("keys", "bad", $"{e.Message} {e.Hint}");
        }
    }

    private static DoctorFinding Mirrors()
    {
        try
        {
            ArchiveMirrors mirrors = HostSettings.Mirrors();
            return new("mirror", "good", string.Join(", ", mirrors.Main.Concat(mirrors.Security).Select(WebAddress.Shown)));
        }
        catch (StrataException e)
        {
            return new("mirror", "bad", $"{e.Message} {e.Hint}");
        }
    }

    /// <summary>What each suite says of itself: those of the tools, which every build needs, or those of an edition.</summary>
    private static async Task<IReadOnlyList<DoctorFinding>> ArchivesAsync(
        ParseResult result, string? edition, CancellationToken cancellationToken)
    {
        try
        {
            using Workspace workspace = new(result, Core.Progress.SilentProgress.Instance);
            return [.. (await workspace.ArchivesAsync(edition, cancellationToken)).Select(s =>
                new DoctorFinding($"archive {s.Suite}", "good", SuiteRow.Of(s).ToString()))];
        }
        catch (DownloadException e)
        {
            return [new("archives", "note", e.Message)];
        }
        catch (StrataException e)
        {
            return [new("archives", "bad", $"{e.Message} {e.Hint}")];
        }
    }

    private static async Task<DoctorFinding> ToolsAsync(ParseResult result, CancellationToken cancellationToken)
    {
        try
        {
            using Workspace workspace = new(result, Core.Progress.SilentProgress.Instance);
            ToolTree tools = await workspace.Toolbox.InstallAsync(ShippedData.ToolSetNamed("build"), update: false, cancellationToken);
            return tools.RoomProblem() is not string problem ? new("tools", "good", "what reads foreign data runs in a room of its own")
                : new("tools", "note", $"{ToolTree.WithoutRoom(problem)}. {NamespaceHint.Find()}");
        }
        catch (StrataException e)
        {
            return new("tools", "note", $"cannot be tried yet: {e.Message}");
        }
    }

    private static async Task<DoctorFinding> RoomAsync(ParseResult result, CancellationToken cancellationToken)
    {
        try
        {
            using Workspace workspace = new(result, Core.Progress.SilentProgress.Instance);
            ToolTree tools = await workspace.Toolbox.InstallAsync(ShippedData.ToolSetNamed("kernel"), update: false, cancellationToken);
            return BuildRoom.NamespaceProblem(tools) is not string problem ? new("kernel builds", "good", "namespaces can be made")
                : Environment.IsPrivilegedProcess ? new("kernel builds", "note", $"no namespaces ({problem}); as root a plain change of root stands in")
                : new("kernel builds", "note", $"own kernels cannot be built here: {problem}. {NamespaceHint.Find()}");
        }
        catch (StrataException e)
        {
            return new("kernel builds", "note", $"cannot be tried yet: {e.Message}");
        }
    }

    private static DoctorFinding StoreRoom(ParseResult result)
    {
        try
        {
            StoreLocation location = StoreLocation.Resolve(result.GetValue(CommonOptions.Store));
            using ObjectStore store = new(location.Path);
            File.Delete(NewFile(store));
            long free = new DriveInfo(location.Path).AvailableFreeSpace;
            string where = $"{location.Path} (from {location.Origin}), {new ByteSize(free)} free";
            return free < Room ? new("store", "note", $"{where}; builds with their tools take about {new ByteSize(Room)}") : new("store", "good", where);
        }
        catch (Exception e) when (e is StrataException or IOException or UnauthorizedAccessException)
        {
            return new("store", "bad", e.Message);
        }
    }

    private static string NewFile(ObjectStore store)
    {
        string path = store.NewTemporaryPath();
        File.WriteAllBytes(path, [0]);
        return path;
    }

    private static async Task<DoctorFinding> AcceleratorAsync(ParseResult result, CancellationToken cancellationToken)
    {
        if (!File.Exists("/dev/kvm"))
        {
            return new("kvm", "note", "there is no /dev/kvm; guests run in software emulation, several times slower");
        }
        try
        {
            using Workspace workspace = new(result, Core.Progress.SilentProgress.Instance);
            GuestHost host = workspace.Host(emulates: false);
            Accelerator accelerator = await host.DecideAsync(await host.InstallAsync(cancellationToken), cancellationToken);
            return new("kvm", accelerator.Kind == AcceleratorKind.Kvm ? "good" : "note", accelerator.Reason);
        }
        catch (StrataException e)
        {
            return new("kvm", "note", $"cannot be tried yet: {e.Message}");
        }
    }
}
