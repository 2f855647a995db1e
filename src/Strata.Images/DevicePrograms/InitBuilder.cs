using System.Diagnostics;
using System.IO.Enumeration;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Formats.Elf;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.DevicePrograms;

/// <summary>Makes the early init out of its sources: the .NET SDK compiles it ahead of time, the linker of the toolbox links it.</summary>
/// <remarks>
/// The host needs the SDK and nothing else: no compiler driver, no linker, no C library to link with. The result is one static program,
/// a function of the sources, the compiler's packages (<see cref="InitPackages"/>), the SDK's version and the lock of the tools.
/// </remarks>
/// <param name="store">Takes the program.</param>
/// <param name="actions">Remembers it.</param>
/// <param name="progress">Told what is being done.</param>
/// <param name="home">Folder of the checkout: it has <c>src/Strata.Init</c>.</param>
/// <param name="time">The clock of deadlines.</param>
public sealed class InitBuilder(ObjectStore store, ActionCache actions, IProgressReporter progress, string home, TimeProvider time)
{
    /// <summary>Name of the set of tools that links it.</summary>
    public const string ToolSetName = "device-amd64";

    private const int RecipeVersion = 1;
    private const int MaxMessageLines = 20;
    private const long LargestProgram = 256 << 20;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(20);

    // what the program consists of; what a change of these files changes
    private static readonly string[] s_projects = ["Strata.Core", "Strata.Device", "Strata.Formats", "Strata.Init", "Strata.Updates"];
    private static readonly string[] s_shared = ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json"];

    /// <summary>The program: a static ELF file for x86-64.</summary>
    /// <param name="tools">The tree of the set <see cref="ToolSetName"/>.</param>
    /// <param name="cancellationToken">Stops the work with every process of it.</param>
    /// <exception cref="StrataException">There are no sources or no SDK, packages cannot be restored, or compiling or linking fails.</exception>
    public async Task<ActionOutput> BuildAsync(ToolTree tools, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tools);
        if (!File.Exists(Path.Combine(home, "src", "Strata.Init", "Strata.Init.csproj")))
        {
            throw new StrataException($"cannot build the early init: {home} has no src/Strata.Init", "Run strata from its checkout, or point STRATA_HOME at one.");
        }
        string sdk = (await RunAsync(Dotnet("--version"), "ask for the version of the .NET SDK", cancellationToken)).Trim();
        ActionKey key = new ActionKeyBuilder("early-init", RecipeVersion)
            .Add("sources", SourcesDigest())
            .Add("sdk", sdk)
            .Add("tools", Path.GetFileName(Path.GetDirectoryName(tools.Root)!)) // a tree is named by the digest of its lock
            .Build();
        ActionResult result = await actions.GetOrAddAsync(key, token => MakeAsync(tools, token), cancellationToken);
        return result["init"];
    }

    /// <summary>Digest of the names and contents of everything that the program is made of.</summary>
    internal Sha256Digest SourcesDigest()
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string shared in s_shared.Where(s => File.Exists(Path.Combine(home, s))))
        {
            files.Add(shared, Path.Combine(home, shared));
        }
        foreach (string project in s_projects)
        {
            string folder = Path.Combine(home, "src", project);
            FileSystemEnumerable<string> found = new(folder, (ref FileSystemEntry e) => e.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
            {
                ShouldIncludePredicate = (ref FileSystemEntry e) =>
                    !e.IsDirectory
                        && (e.FileName.EndsWith(".cs", StringComparison.Ordinal) || e.FileName.EndsWith(".csproj", StringComparison.Ordinal)
                    || e.FileName.SequenceEqual(InitPackages.FileName)),
                ShouldRecursePredicate = (ref FileSystemEntry e) =>
                    (e.Attributes & FileAttributes.ReparsePoint) == 0 && e.FileName is not ("bin" or "obj"),
            };
            foreach (string file in found)
            {
                files.Add(Path.GetRelativePath(home, file), file);
            }
        }
        List<string> lines = [.. files.Select(f => $"{f.Key} {Sha256Digest.Of(File.ReadAllBytes(f.Value))}\n")];
        return Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(string.Concat(lines)));
    }

    private async Task<ActionResult> MakeAsync(ToolTree tools, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("compiling the early init");
        string folder = Directory.CreateDirectory(store.NewTemporaryPath()).FullName; // the store reclaims it when this process is killed
        try
        {
            string native = Path.Combine(folder, "native");
            string project = Path.Combine(home, "src", "Strata.Init", "Strata.Init.csproj");
            string[] common =
            [
                project, "-c", "Release", "-v", "q", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:StrataDevice=true",
                "-p:RunAnalyzers=false", $"-p:ArtifactsPath={Escape(Path.Combine(folder, "artifacts"))}",
                "-p:NuGetAudit=false", // with its packages at hand it builds without a network
            ];
            await RunAsync(
                Dotnet(["build", .. common, "-t:Restore"]),
                "restore the packages of the early init",
                cancellationToken,
                "The compiler for programs without a runtime comes from the package source of NuGet, once; check the network or the host's NuGet configuration.");
            InitPackages.Read(Path.Combine(Path.GetDirectoryName(project)!, InitPackages.FileName))
                .Check(Path.Combine(folder, "artifacts"));
            await RunAsync(
                Dotnet(["build", .. common, "--no-restore", "-t:StrataNativeObject", $"-p:StrataNativeOutput={Escape(native)}"]),
                "compile the early init",
                cancellationToken);
            string program = Path.Combine(folder, "init");
            string[] archives = ReadLines(native, "archives.txt");
            await RunAsync(
                tools.Command("usr/bin/ld", InitLink.Arguments(tools, Path.Combine(native, "init.o"), archives, program)), "link the early init", cancellationToken);
            CheckStatic(program);
            long size = new FileInfo(program).Length;
            Sha256Digest digest = await store.AddFileAsync(program, move: true, cancellationToken);
            return new ActionResult([new ActionOutput("init", digest, size)]);
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

    private static void CheckStatic(string program)
    {
        using ForeignFolder made = new(Path.GetDirectoryName(program)!);
        ElfFile elf = ElfFile.Read(made.Read(Path.GetFileName(program), LargestProgram));
        if (elf.Interpreter is not null || elf.Needed.Count > 0)
        {
            throw new StrataException($"cannot use the early init: it needs {string.Join(", ", elf.Needed)}, and the initrd has no libraries");
        }
    }

    private ProcessStartInfo Dotnet(params IEnumerable<string> arguments)
    {
        string? root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        string program = root is { Length: > 0 } && File.Exists(Path.Combine(root, "dotnet")) ? Path.Combine(root, "dotnet") : "dotnet";
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
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        return start;
    }

    private async Task<string> RunAsync(ProcessStartInfo start, string what, CancellationToken cancellationToken, string? hint = null)
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
        IEnumerable<string> lines = (result.Output + result.Errors).Split('\n').Select(l => l.Trim()).Where(l => l.Contains("error", StringComparison.OrdinalIgnoreCase));
        throw new StrataException($"cannot {what}:\n  {string.Join("\n  ", lines.Distinct(StringComparer.Ordinal).Take(MaxMessageLines))}", hint);
    }
}
