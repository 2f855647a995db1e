using Strata.Composition;
using Strata.Machines;
using Strata.Toolbox;

namespace Strata.Editions.Guests;

/// <summary>What guests run with on this host.</summary>
/// <param name="services">Has the tools, and keeps how guests run here.</param>
/// <param name="tools">The set of tools with QEMU.</param>
/// <param name="emulates">True not to use KVM even where it works.</param>
public sealed class GuestHost(BuildServices services, ToolSet tools, bool emulates)
{
    /// <summary>The set of tools with <c>swtpm</c>, which is fetched for machines with a TPM alone.</summary>
    public required ToolSet TpmTools { get; init; }

    /// <summary>The set of tools that run containers, which is fetched for tests of them alone.</summary>
    public required ToolSet ContainerTools { get; init; }

    /// <summary>The tools for containers, unpacked.</summary>
    public Task<ToolTree> InstallContainerAsync(CancellationToken cancellationToken) =>
        services.Toolbox.InstallAsync(ContainerTools, update: false, cancellationToken);

    /// <summary>Those with <c>swtpm</c>, unpacked.</summary>
    public Task<ToolTree> InstallTpmAsync(CancellationToken cancellationToken) =>
        services.Toolbox.InstallAsync(TpmTools, update: false, cancellationToken);

    /// <summary>The tools, unpacked.</summary>
    public Task<ToolTree> InstallAsync(CancellationToken cancellationToken) =>
        services.Toolbox.InstallAsync(tools, update: false, cancellationToken);

    /// <summary>How guests run on this host; found out once a boot of the host.</summary>
    /// <param name="installed">The tools, from <see cref="InstallAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Accelerator> DecideAsync(ToolTree installed, CancellationToken cancellationToken) => emulates
        ? Task.FromResult(Accelerator.Emulation)
        : Accelerator.DecideAsync(installed, Path.Combine(services.Store.Root, "accelerator"), cancellationToken);
}
