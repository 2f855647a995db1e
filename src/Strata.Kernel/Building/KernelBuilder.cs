using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Profiles;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Yaml;

namespace Strata.Kernel.Building;

/// <summary>The tools and the source that kernels are built with.</summary>
/// <param name="Lock">Their packages; one is <see cref="KernelRecipe.SourcePackage"/>.</param>
/// <param name="Install">Unpacks them; called only when something is really to be done.</param>
public sealed record KernelToolchain(PackageLock Lock, Func<CancellationToken, Task<ToolTree>> Install)
{
    /// <summary>Identity of everything in it: the packages alone, for an archive that changed elsewhere must not compile a kernel anew.</summary>
    public Sha256Digest Digest => Sha256Digest.Of(Encoding.UTF8.GetBytes(
        string.Concat(Lock.Packages.Select(p => $"{p.Name} {p.Version} {p.Sha256}\n"))));

    /// <summary>Name of the package of the source.</summary>
    public static string SourcePackage => KernelRecipe.SourcePackage;

    /// <summary>The package of the source.</summary>
    /// <exception cref="StrataException">It is not among the packages.</exception>
    public LockedPackage Source => Lock.Packages.FirstOrDefault(p => p.Name == KernelRecipe.SourcePackage)
        ?? throw new StrataException($"cannot build a kernel: the tools have no package {KernelRecipe.SourcePackage}", "Set 'kernel' of toolbox/tools.yaml names it.");
}

/// <summary>From a profile to a kernel: configuration, check, compilation. Each is done once for the same inputs.</summary>
/// <param name="store">Keeps everything.</param>
/// <param name="actions">Remembers it.</param>
/// <param name="progress">Told what is being done.</param>
/// <param name="time">The clock of the deadlines.</param>
public sealed class KernelBuilder(ObjectStore store, ActionCache actions, IProgressReporter progress, TimeProvider time)
{
    /// <summary>What the source calls the architecture that kernels are built for.</summary>
    public const string SourceArchitecture = "x86";

    internal const int LargestConfig = 4 << 20;

    private readonly TreeStore _trees = new(store, progress);

    /// <summary>The final configuration of a profile; every wish in it is honoured.</summary>
    /// <exception cref="StrataException">Wishes contradict each other, are unknown, or were not honoured; all of them are told.</exception>
    public async Task<ActionOutput> ConfigAsync(KernelProfile profile, KernelToolchain toolchain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(toolchain);
        ConfigRequest request = RequestOf(profile);
        ActionKey key = new ActionKeyBuilder("kernel-config", KernelRecipe.ConfigVersion)
            .Add("request", request.ToKeyText())
            .Add("toolchain", toolchain.Digest)
            .Build();
        ActionResult result = await actions.GetOrAddAsync(key, async token =>
        {
            using IProgressTask task = progress.Begin($"configuring kernel {profile.Name}");
            (ToolTree tools, string source) = await OpenAsync(toolchain, token);
            KconfigTree tree = KconfigReader.Read(source, KernelArchitecture.Named(profile.Architecture).SourceName);
            ConfigCheck.Known(profile.Name, request, tree);
            KernelWork work = new(store, tools, source, profile.Name, KernelArchitecture.Named(profile.Architecture), time);
            KernelConfig config = KernelConfig.Parse(await work.ConfigureAsync(request, tree, token));
            ConfigCheck.Honoured(profile.Name, request, config, tree);
            byte[] bytes = Encoding.UTF8.GetBytes(config.Text);
            return new ActionResult([new ActionOutput(KernelBuild.ConfigName, store.AddBytes(bytes), bytes.Length)]);
        }, cancellationToken);
        return result[KernelBuild.ConfigName];
    }

    /// <summary>Builds a profile, or finds it built.</summary>
    /// <param name="profile">Which.</param>
    /// <param name="toolchain">With what.</param>
    /// <param name="cancellationToken">Kills the build.</param>
    /// <param name="folder">
    /// A folder in which other kernels have been built and will be, so that make compiles only what differs between them; null for a new one.
    /// What comes out is the same.
    /// </param>
    /// <exception cref="StrataException">A wish is not honoured, or make fails: then the lines that tell why are quoted and the log is named.</exception>
    public async Task<KernelBuild> BuildAsync(
        KernelProfile profile, KernelToolchain toolchain, CancellationToken cancellationToken, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(toolchain);
        ActionOutput config = await ConfigAsync(profile, toolchain, cancellationToken);
        ActionKey key = await BuildKeyAsync(profile, toolchain, config, cancellationToken);
        bool wasKept = true;
        ActionResult result = await actions.GetOrAddAsync(key, async token =>
        {
            wasKept = false;
            (ToolTree tools, string source) = await OpenAsync(toolchain, token);
            KernelWork work = new(store, tools, source, profile.Name, KernelArchitecture.Named(profile.Architecture), time);
            return await work.BuildAsync(config, key.Digest.ToShortString(), progress, token, folder);
        }, cancellationToken);
        KernelBuild build = new(profile.Name, result, wasKept);
        build = build with { PackedModuleBytes = await KernelBudget.PackedModulesAsync(build, store, actions, cancellationToken) };
        KernelBudget.Check(profile, build);
        if (build.IsSigned)
        {
            progress.Note(
                $"the modules of kernel {profile.Name} are signed with a key that was made for this build and thrown away: a build elsewhere has other bytes");
        }
        return build;
    }

    /// <summary>The build of a profile if it has been done already; null otherwise. Nothing is compiled.</summary>
    /// <exception cref="StrataException">As <see cref="ConfigAsync"/>.</exception>
    public async Task<KernelBuild?> FindAsync(KernelProfile profile, KernelToolchain toolchain, CancellationToken cancellationToken)
    {
        ActionOutput config = await ConfigAsync(profile, toolchain, cancellationToken);
        return actions.TryGet(await BuildKeyAsync(profile, toolchain, config, cancellationToken)) is ActionResult result ? new KernelBuild(profile.Name, result, WasKept: true) : null;
    }

    /// <summary>Folder with the unpacked source, which is only read.</summary>
    public async Task<string> SourceAsync(KernelToolchain toolchain, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(toolchain);
        return (await OpenAsync(toolchain, cancellationToken)).Source;
    }

    /// <summary>Reads a configuration out of the store.</summary>
    /// <exception cref="StrataException">It is larger than any configuration is.</exception>
    public static async Task<KernelConfig> ReadConfigAsync(ObjectStore store, ActionOutput config, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(config);
        if (config.Size > LargestConfig)
        {
            throw new StrataException($"cannot read a kernel's configuration: it is larger than {new ByteSize(LargestConfig)}");
        }
        using StreamReader reader = new(store.OpenRead(config.Digest));
        return KernelConfig.Parse(await reader.ReadToEndAsync(cancellationToken));
    }

    /// <summary>The profile's wishes with those of every build.</summary>
    internal static ConfigRequest RequestOf(KernelProfile profile)
    {
        FaultList faults = new();
        ConfigRequest request = ConfigRequest.Of(profile, faults);
        faults.ThrowIfAny($"kernel profile {profile.Name}");
        HashSet<string> decided = [.. request.Wishes.Select(w => w.Line.Symbol)];
        IEnumerable<ConfigWish> always = KernelRecipe.Always.Where(a => !decided.Contains(a.Symbol))
            .Select(a => new ConfigWish(new ConfigLine(a.Symbol, a.Value), "every build", "docs/formats/kernel.md", MayBeModule: false));
        return request with { Wishes = [.. request.Wishes.Concat(always).OrderBy(w => w.Line.Symbol, StringComparer.Ordinal)] };
    }

    private async Task<ActionKey> BuildKeyAsync(KernelProfile profile, KernelToolchain toolchain, ActionOutput config, CancellationToken cancellationToken)
    {
        ActionKeyBuilder key = new("kernel", KernelRecipe.BuildVersion);
        key.Add("architecture", profile.Architecture)
            .Add("config", config.Digest)
            .Add("source", toolchain.Source.Sha256)
            .Add("toolchain", toolchain.Digest);
        foreach (string argument in KernelRecipe.MapArguments(await ReadConfigAsync(store, config, cancellationToken)))
        {
            key.Add("argument", argument); // decides about an output
        }
        return key.Build();
    }

    private async Task<(ToolTree Tools, string Source)> OpenAsync(KernelToolchain toolchain, CancellationToken cancellationToken)
    {
        ToolTree tools = await toolchain.Install(cancellationToken);
        return (tools, await KernelSource.GetAsync(toolchain.Source, tools, store, _trees, time, cancellationToken));
    }
}
