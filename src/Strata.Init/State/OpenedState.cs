using Strata.Device.Disks;

namespace Strata.Init.State;

/// <summary>The state of an edition on a partition that is mounted.</summary>
/// <param name="Device">The partition.</param>
/// <param name="Folder">Where what the edition keeps lies.</param>
internal sealed record OpenedState(BlockDevice Device, string Folder);
