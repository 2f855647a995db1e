using System.Diagnostics;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Formats.Elf;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.DevicePrograms;

/// <summary>
/// Makes programs of the device out of their sources: the .NET SDK compiles one ahead of time, the linker of the toolbox links it.
/// </summary>
/// <remarks>
/// The host needs the SDK and nothing else: no compiler driver, no linker, no C library to link with. The result is one static program,
/// a function of the sources, the compiler's packages (<see cref="DevicePackages"/>), the SDK's version and the lock of the tools.
/// </remarks>
/// <param name="store">Takes the program.</param>
/// <param name="actions">Remembers it.</param>
/// <param name="installTools">Unpacks a set of tools of that name.</param>
/// <param name="progress">Told what is being done.</param>
/// <param name="home">Folder of the checkout: it has the projects.</param>
/// <param name="time">The clock of deadlines.</param>
public sealed class DeviceProgramBuilder(
    ObjectStore store, ActionCache actions, Func<string, CancellationToken, Task<ToolTree>> installTools, IProgressReporter progress,
    string home, TimeProvider time) : IDevicePrograms
{
    private const int RecipeVersion = 2;
    private const int MaxMessageLines = 20;
    private const long LargestProgram = 256 << 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(20);

    /// <inheritdoc/>
    public Sha256Digest SourcesOf(DeviceProgram program, GuestArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (!File.Exists(Path.Combine(home, program.ProjectFile)))
        {
            throw new StrataException(
                $"cannot build {program.Name}: {home} has no {program.ProjectFile}",
                "Run strata from its checkout, or point STRATA_HOME at one.");
        }
        return ProgramSources.DigestOf(home, program.ProjectFile, DeviceTarget.Of(architecture));
    }

    /// <inheritdoc/>
    public async Task<ActionOutput> BuildAsync(DeviceProgram program, GuestArchitecture architecture, CancellationToken cancellationToken)
    {
        Sha256Digest sources = SourcesOf(program, architecture);
        DeviceTarget target = DeviceTarget.Of(architecture);
        ToolTree tools = await installTools(target.ToolSet, cancellationToken);
        string sdk = await SdkVersion.OfAsync(
            actions, DotnetRoot, home, t => RunAsync(Dotnet("--version"), "ask for the version of the .NET SDK", t), cancellationToken);
        ActionKey key = new ActionKeyBuilder("device-program", RecipeVersion)
            .Add("name", program.Name)
            .Add("architecture", target.Architecture.Name)
            .Add("sources", sources)
            .Add("sdk", sdk)
            .Add("tools", Path.GetFileName(Path.GetDirectoryName(tools.Root)!)) // a tree is named by the digest of its lock
            .Build();
        ActionResult result = await actions.GetOrAddAsync(key, token => MakeAsync(program, target, tools, token), cancellationToken);
        return result["program"];
    }

    private async Task<ActionResult> MakeAsync(
        DeviceProgram program, DeviceTarget target, ToolTree tools, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin($"compiling {program.Name} for {target.Architecture}");
        string folder = Directory.CreateDirectory(store.NewTemporaryPath()).FullName; // the store reclaims it when this process is killed
        try
        {
            string native = Path.Combine(folder, "native");
            string artifacts = Path.Combine(folder, "artifacts");
            string? joined = JoinedSources.TryWrite(home, program.ProjectFile, target, Path.Combine(artifacts, "joined"));
            string[] common =
            [
                Path.Combine(home, program.ProjectFile), "-c", "Release", "-v", "q", "-nologo", "-nodeReuse:false",
                "-p:UseSharedCompilation=false", $"-p:StrataDevice={target.RuntimeIdentifier}", "-p:RunAnalyzers=false",
                $"-p:ArtifactsPath={Escape(artifacts)}",
                // of Microsoft.Common.targets: imports that file
                .. joined is null ? (string[])[] : [$"-p:CustomBeforeMicrosoftCommonTargets={Escape(joined)}"],
                "-p:NuGetAudit=false", // with its packages at hand it builds without a network
            ];
            await RunAsync(
                Dotnet(["build", .. common, "-t:Restore"]),
                $"restore the packages of {program.Name}",
                cancellationToken,
                "The compiler for programs without a runtime comes from the package source of NuGet, once; check the network or the host's "
                + "NuGet configuration.");
            DevicePackages.Read(Path.Combine(home, DevicePackages.ListPath)).Check(artifacts);
            await RunAsync(
                Dotnet(["build", .. common, "--no-restore", "-t:StrataNativeObject", $"-p:StrataNativeOutput={Escape(native)}"]),
                $"compile {program.Name}",
                cancellationToken);
            string output = Path.Combine(folder, program.Name);
            string[] archives = ReadLines(native, "archives.txt");
            IReadOnlyList<string> line = DeviceLink.Arguments(target, tools, Path.Combine(native, "program.o"), archives, output);
            await RunAsync(tools.InRoom(new ToolView(archives, [folder]), target.Linker, line), $"link {program.Name}", cancellationToken);
            Check(program, target, output);
            long size = new FileInfo(output).Length;
            Sha256Digest digest = await store.AddFileAsync(output, move: true, cancellationToken);
            return new ActionResult([new ActionOutput("program", digest, size)]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] ReadLines(string folder, string name)
    {
        using ForeignFolder made = new(folder);
        return made.ReadText(name, LargestProgram).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>
    /// A path as the value of a property: at a comma or semicolon MSBuild would begin the next one ("MSBuild special characters").
    /// </summary>
    internal static string Escape(string path) =>
        string.Concat(path.Select(c => "%*?@$();',\"".Contains(c, StringComparison.Ordinal) ? $"%{(int)c:X2}" : c.ToString()));

    private static void Check(DeviceProgram program, DeviceTarget target, string path)
    {
        using ForeignFolder made = new(Path.GetDirectoryName(path)!);
        ElfFile elf = ElfFile.Read(made.Read(Path.GetFileName(path), LargestProgram));
        if (elf.Interpreter is not null || elf.Needed.Count > 0)
        {
            throw new StrataException(
                $"cannot use {program.Name}: it needs {string.Join(", ", elf.Needed)}, and an initrd has no libraries");
        }
        if (elf.Machine != target.Machine)
        {
            throw new StrataException($"cannot use {program.Name}: it is for {elf.Machine}, not for {target.Architecture}");
        }
    }

    /// <summary>The folder of the SDK that is told by the environment; null for whichever is on the search path.</summary>
    private static string? DotnetRoot => Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root
        && File.Exists(Path.Combine(root, "dotnet")) ? root : null;

    private ProcessStartInfo Dotnet(params IEnumerable<string> arguments)
    {
        string program = DotnetRoot is string root ? Path.Combine(root, "dotnet") : "dotnet";
        ProcessStartInfo start = new(program) { WorkingDirectory = home };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        // what a surrounding build or test run leaves in the environment would be taken for settings of this build
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }
        start.Environment["DOTNET_TieredPGO"] = "0"; // compilers this short-lived do not win back what instrumentation costs
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        return start;
    }

    private async Task<string> RunAsync(ToolStart start, string what, CancellationToken cancellationToken, string? hint = null)
    {
        ToolResult result;
        try
        {
            result = await ToolRun.RunAsync(start, s_deadline, time, cancellationToken)
                ?? throw new StrataException($"cannot {what}: it did not end within {s_deadline.TotalMinutes:0} minutes");
        }
        catch (StrataException e) when (e.InnerException is System.ComponentModel.Win32Exception)
        {
            throw new StrataException($"cannot {what}: {e.Message}", "Install the .NET 10 SDK, or set DOTNET_ROOT to the folder of one.", e);
        }
        if (result.ExitCode == 0)
        {
            return result.Output;
        }
        IEnumerable<string> lines = (result.Output + result.Errors).Split('\n').Select(l => l.Trim())
            .Where(l => l.Contains("error", StringComparison.OrdinalIgnoreCase)).Distinct(StringComparer.Ordinal).Take(MaxMessageLines);
        throw new StrataException($"cannot {what}:\n  {string.Join("\n  ", lines)}", hint);
    }
}
