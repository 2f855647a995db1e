using System.Buffers.Binary;
using Strata.Device.Disks;

namespace Strata.Flash.Contents;

/// <summary>Recognises what else lies on people's disks and may be dear to them, beside what a system of ours starts from.</summary>
/// <remarks>
/// NTFS and exFAT (Microsoft, exFAT specification §3.1), LUKS (cryptsetup, on-disk format 1), LVM (LVM2, label in the first four
/// sectors), Linux RAID (include/uapi/linux/raid/md_p.h), swap (include/linux/swap.h), squashfs, and the three of Apple (HFS+, APFS).
/// </remarks>
internal static class OtherVolumes
{
    /// <summary>What it is; null when none of these.</summary>
    public static FileSystemFacts? Probe(ReadBytes read)
    {
        byte[] start = new byte[4096];
        if (!read(0, start))
        {
            return null;
        }
        ReadOnlySpan<byte> bytes = start;
        return bytes[3..].StartsWith("NTFS    "u8) ? Named("ntfs")
            : bytes[3..].StartsWith("EXFAT   "u8) ? Named("exfat")
            : bytes.StartsWith("LUKS"u8) && bytes[4] == 0xBA && bytes[5] == 0xBE ? Named(FileSystemFacts.Encrypted) // version 1; 2 is known
            : bytes.StartsWith("hsqs"u8) ? Named("squashfs")
            : bytes[32..].StartsWith("NXSB"u8) ? Named("apfs")
            : bytes[1024..].StartsWith("H+"u8) || bytes[1024..].StartsWith("HX"u8) ? Named("hfsplus")
            : IsLvm(bytes) ? Named("LVM member")
            : IsRaid(bytes) || (read(4096, start) && IsRaid(start)) ? Named("RAID member")
            : IsSwap(read) ? Named("swap")
            : null;
    }

    private static FileSystemFacts Named(string type) => new(type, "", "");

    private static bool IsLvm(ReadOnlySpan<byte> start)
    {
        for (int sector = 0; sector < 4; sector++)
        {
            if (start[(sector * 512)..].StartsWith("LABELONE"u8))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsRaid(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt32LittleEndian(block) == 0xA92B4EFC;

    private static bool IsSwap(ReadBytes read)
    {
        byte[] end = new byte[10]; // of the first page
        return read(4096 - 10, end) && (end.AsSpan().SequenceEqual("SWAPSPACE2"u8) || end.AsSpan().SequenceEqual("SWAP-SPACE"u8));
    }
}
