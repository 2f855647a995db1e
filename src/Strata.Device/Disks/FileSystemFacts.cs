namespace Strata.Device.Disks;

/// <summary>What a file system says of itself in its superblock.</summary>
/// <param name="Type">Name of the kernel's driver: <c>vfat</c>.</param>
/// <param name="Label">Its label, or empty.</param>
/// <param name="Uuid">Its identity as <c>/dev/disk/by-uuid</c> writes it, or empty.</param>
public sealed record FileSystemFacts(string Type, string Label, string Uuid)
{
    /// <summary><see cref="Type"/> of a LUKS 2 volume, which is no file system: blkid(8) calls it so.</summary>
    public const string Encrypted = "crypto_LUKS";
}
