using System.Text;
using Strata.Device.Disks;
using Strata.Flash.Contents;
using Strata.Flash.Targets;

namespace Strata.Fuzz.Targets;

/// <summary>What lies on a stranger's stick, and what the kernel says of its mounts.</summary>
internal static class FlashTargets
{
    private const int Sector = 512;
    private const long DiskBytes = 1L << 40; // a disk has far more than its tables: what is behind the input cannot be read

    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("disk-contents", Read, () => [Gpt(), Mbr()])
        {
            Readers = [typeof(DiskContents), typeof(Strata.Flash.Contents.PartitionTable), typeof(OtherVolumes)],
            Allowed = [], MostBytes = 128 * Sector,
            Words = ["EFI PART", "LUKS\u00ba\u00be", "NTFS    ", "EXFAT   ", "LABELONE", "SWAPSPACE2", "NXSB", "hsqs"],
        },
        FuzzTarget.OfText("mount-table", text => MountTable.Parse(text, text), () =>
            ["36 35 98:0 /a /mnt/my\\040stick rw,noatime master:1 - ext3 /dev/sdb1 rw\nFilename Type\n/dev/sdb2 partition 1 0 -2\n"],
            typeof(MountTable)) with { Allowed = [], Words = ["\\040", "\\777", " - ", "\n/dev/sdb1"] },
    ];

    private static void Read(ReadOnlySpan<byte> bytes)
    {
        byte[] disk = bytes.ToArray();
        DiskContents contents = DiskContents.Read((offset, buffer) => TryCopy(disk, offset, buffer), DiskBytes);
        foreach (DiskVolume volume in contents.Volumes)
        {
            BlockDevice.Printable(volume.Label);
        }
    }

    private static bool TryCopy(byte[] disk, long offset, Span<byte> buffer)
    {
        if (offset < 0 || offset > disk.Length - buffer.Length)
        {
            return false;
        }
        disk.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        return true;
    }

    private static byte[] Gpt()
    {
        byte[] disk = new byte[64 * Sector];
        "EFI PART"u8.CopyTo(disk.AsSpan(Sector));
        (disk[Sector + 72], disk[Sector + 80], disk[Sector + 84]) = (2, 4, 128); // place, number and size of entries
        (disk[2 * Sector], disk[(2 * Sector) + 32], disk[(2 * Sector) + 40]) = (1, 34, 40);
        Encoding.Unicode.GetBytes("mine").CopyTo(disk, (2 * Sector) + 56);
        return disk;
    }

    private static byte[] Mbr()
    {
        byte[] disk = new byte[64 * Sector];
        (disk[446 + 4], disk[446 + 8], disk[446 + 12]) = (0x83, 8, 4);
        (disk[462 + 4], disk[462 + 8], disk[462 + 12]) = (0x0F, 16, 40);
        (disk[510], disk[511]) = (0x55, 0xAA);
        Span<byte> logical = disk.AsSpan(16 * Sector, Sector);
        (logical[446 + 4], logical[446 + 8], logical[446 + 12]) = (0x83, 1, 4);
        (logical[510], logical[511]) = (0x55, 0xAA);
        return disk;
    }
}
