namespace Strata.Flash.Targets;

/// <summary>A reason why a disk must not be written: something uses it.</summary>
/// <param name="Device">The part of it that is used, or the mapping above: <c>sdb1</c>, <c>dm-0</c>.</param>
/// <param name="How">How, as the end of a sentence: <c>is mounted at /mnt</c>.</param>
/// <param name="IsSystem">True when the running system itself lies there.</param>
/// <param name="MountPoint">Where it is mounted; null when it is used in another way.</param>
public sealed record DiskUse(string Device, string How, bool IsSystem, string? MountPoint = null);
