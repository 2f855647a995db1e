using System.Security.Cryptography;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>A volume as text: the numbers of its boot sector, then a line a name. The same volume gives the same text.</summary>
internal static class FatDump
{
    /// <summary>
    /// <c>/EFI/BOOT/BOOTX64.EFI BOOTX64.EFI file 126976 2024-01-01T00:00:00Z cluster 5 9d8f48db</c>; contents by the first 8 digits of
    /// their SHA-256.
    /// </summary>
    public static string Of(FatReader volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        FatBootSector boot = volume.Boot;
        StringBuilder text = new();
        text.Append(FormattableString.Invariant($"FAT{(int)boot.Type} label '{volume.Label}' id {boot.VolumeId:X8} media {boot.Media:x2}\n"));
        text.Append(FormattableString.Invariant(
            $"{boot.TotalSectors} sectors of {boot.SectorSize} after {boot.HiddenSectors}, {boot.ReservedSectors} reserved, 2 x {boot.FatSectors} table, {boot.RootSectors} root\n"));
        text.Append(FormattableString.Invariant($"{boot.ClusterCount} clusters of {boot.ClusterSize}, {volume.FreeClusters} free\n"));
        foreach (FatEntry entry in volume.Entries)
        {
            text.Append(FormattableString.Invariant($"{entry.Path} {entry.ShortName} "));
            text.Append(entry.IsDirectory ? "dir" : FormattableString.Invariant($"file {entry.Size}"));
            text.Append(FormattableString.Invariant($" {entry.Modified:yyyy-MM-ddTHH:mm:ssZ} cluster {entry.FirstCluster}"));
            if (!entry.IsDirectory)
            {
                text.Append(' ').Append(DigestOf(volume, entry).ToString()[..8]);
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Digest of a file's bytes.</summary>
    public static Sha256Digest DigestOf(FatReader volume, FatEntry file)
    {
        ArgumentNullException.ThrowIfNull(volume);
        using SHA256 hash = SHA256.Create();
        using (CryptoStream sink = new(Stream.Null, hash, CryptoStreamMode.Write))
        {
            volume.CopyTo(file, sink);
        }
        return new Sha256Digest(hash.Hash);
    }
}
