using Strata.Device.Disks;

namespace Strata.Init.State;

/// <summary>The state of an edition on a partition that is mounted.</summary>
/// <param name="Device">The partition.</param>
/// <param name="Folder">Where what the edition keeps lies.</param>
/// <param name="OpenedBy">What opened it when it is encrypted; else empty.</param>
internal sealed record OpenedState(BlockDevice Device, string Folder, string OpenedBy = "");
