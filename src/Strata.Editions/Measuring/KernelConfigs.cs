using Strata.Composition;
using Strata.Kernel.Building;
using Strata.Kernel.Profiles;
using Strata.Packages.Locks;
using Strata.Store.Actions;

namespace Strata.Editions.Measuring;

/// <summary>Configurations of kernels, as the lock of an edition makes them.</summary>
internal sealed class KernelConfigs(BuildServices services)
{
    /// <summary>Source and compiler of a lock.</summary>
    public KernelToolchain ToolchainOf(PackageLock tools) =>
        new(tools, token => services.Toolbox.InstallAsync(services.KernelTools.Name, tools, token));

    /// <summary>The final configuration of a profile.</summary>
    public async Task<KernelConfig> OfAsync(KernelProfile profile, PackageLock tools, CancellationToken cancellationToken)
    {
        ActionOutput config = await services.Kernels.ConfigAsync(profile, ToolchainOf(tools), cancellationToken);
        return await KernelBuilder.ReadConfigAsync(services.Store, config, cancellationToken);
    }
}
