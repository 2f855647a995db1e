using Strata.Cli.Wiring;
using Strata.Kernel.Building;
using Strata.Kernel.Kconfig;
using Strata.Kernel.Makefiles;
using Strata.Kernel.Profiles;
using Strata.Kernel.Sizes;
using Strata.Store.Actions;

namespace Strata.Cli.Commands.Kernel;

/// <summary>A profile and its final configuration.</summary>
internal sealed record ConfiguredKernel(KernelProfile Profile, KernelConfig Config);

/// <summary>What commands that look into kernels share: opening profiles, maps and the source.</summary>
internal static class KernelInsight
{
    /// <summary>Reads a profile and makes its configuration.</summary>
    public static async Task<ConfiguredKernel> ConfigureAsync(Workspace workspace, string name, KernelToolchain toolchain, CancellationToken cancellationToken)
    {
        KernelProfile profile = workspace.KernelCatalog.Load(name);
        ActionOutput config = await workspace.KernelBuilder.ConfigAsync(profile, toolchain, cancellationToken);
        return new ConfiguredKernel(profile, await KernelBuilder.ReadConfigAsync(workspace.Store, config, cancellationToken));
    }

    /// <summary>What each file takes in a kernel.</summary>
    public static LinkMap ObjectMapOf(Workspace workspace, KernelBuild build) => ReadMap(workspace, build.ObjectMap);

    /// <summary>The map of the finished kernel, with addresses.</summary>
    public static LinkMap LinkMapOf(Workspace workspace, KernelBuild build) => ReadMap(workspace, build.LinkMap);

    /// <summary>What the source lets one choose.</summary>
    public static async Task<KconfigTree> KconfigAsync(Workspace workspace, KernelToolchain toolchain, CancellationToken cancellationToken) =>
        KconfigReader.Read(await workspace.KernelBuilder.SourceAsync(toolchain, cancellationToken), KernelBuilder.SourceArchitecture);

    /// <summary>Which symbol brings in which file.</summary>
    public static async Task<KbuildIndex> MakefilesAsync(Workspace workspace, KernelToolchain toolchain, CancellationToken cancellationToken) =>
        KbuildReader.Read(await workspace.KernelBuilder.SourceAsync(toolchain, cancellationToken), KernelBuilder.SourceArchitecture);

    /// <summary>A number for people: grouped digits.</summary>
    public static string Number(long number) => number.ToString("#,0", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A file of the data that strata comes with, here first; null when there is none.</summary>
    public static string? FindFile(params string[] path) => ShippedData.CatalogFolders().Select(f => Path.Combine([f, .. path])).FirstOrDefault(File.Exists);

    private static LinkMap ReadMap(Workspace workspace, ActionOutput map)
    {
        using StreamReader reader = new(workspace.Store.OpenRead(map.Digest));
        return LinkMapReader.Read(reader);
    }
}
