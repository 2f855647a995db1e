using System.Buffers.Binary;
using System.Text.Json;
using Strata.Formats.VirtualDisks;
using Strata.Testing;

namespace Strata.Formats.Tests.VirtualDisks;

/// <summary>What we write, before the reader of QEMU.</summary>
public class VirtualDiskTests
{
    private const int MiB = 1 << 20;
    private static readonly Guid s_id = new("0b2f6c1e-3c52-4f0a-9d77-6a2f1c9b8e10");

    public static TheoryData<string, int> Disks
    {
        get
        {
            TheoryData<string, int> disks = [];
            foreach (string format in (string[])["qcow2", "vmdk", "vhdx", "vdi"])
            {
                foreach (int number in Enumerable.Range(0, 4))
                {
                    disks.Add(format, number);
                }
            }
            return disks;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Disks))]
    public Task Write_AnyDisk_IsSoundAndTheSameForQemu(string format, int number) => JudgeAsync(format, number);

    [SkippableTheory]
    [InlineData("qcow2", 4)] // three L1 entries
    [InlineData("vhdx", 5)] // a second chunk, and the entry of a bitmap between the two
    [Trait("Category", "Slow")] // gigabytes of zeros
    public Task Write_LargeDisk_IsSoundAndTheSameForQemu(string format, int number) => JudgeAsync(format, number);

    [Theory]
    [InlineData("qcow2", 6 * 65536)] // header, L1, refcounts of both kinds, L2, one cluster
    [InlineData("vmdk", 2 * 65536)] // two directories of a table each, one grain
    [InlineData("vhdx", 5 * MiB)]
    [InlineData("vdi", MiB + 512 + 512)]
    public async Task Write_NearlyEmptyDisk_TakesNoRoom(string format, long most)
    {
        using TemporaryFolder folder = new();
        Make(folder["raw"], 1);
        await WriteAsync(format, folder["raw"], folder["packed"]);
        Assert.Equal(most, new FileInfo(folder["packed"]).Length);
    }

    [Theory]
    [InlineData("qcow2")]
    [InlineData("vmdk")]
    [InlineData("vhdx")]
    [InlineData("vdi")]
    public async Task Write_Twice_IsTheSameToTheByte(string format)
    {
        using TemporaryFolder folder = new();
        Make(folder["raw"], 2);
        await WriteAsync(format, folder["raw"], folder["one"]);
        await WriteAsync(format, folder["raw"], folder["two"]);
        Assert.True(File.ReadAllBytes(folder["one"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["two"])));
    }

    // VDICore.h of VirtualBox; VMware's Virtual Disk Format 5.0; [MS-VHDX] 2.2.2 and 2.6.2: numbers typed from there
    [Fact]
    public async Task Write_Identities_LieWhereTheFormatsHaveThem()
    {
        using TemporaryFolder folder = new();
        Make(folder["raw"], 1);
        foreach (string format in (string[])["vmdk", "vhdx", "vdi"])
        {
            await WriteAsync(format, folder["raw"], folder[format]);
        }
        byte[] vdi = File.ReadAllBytes(folder["vdi"]);
        Assert.Equal(s_id, new Guid(vdi.AsSpan(392, 16)));
        Assert.Equal(Guid.Empty, new Guid(vdi.AsSpan(424, 16))); // no parent: QEMU and VirtualBox take it for a difference else
        byte[] vhdx = File.ReadAllBytes(folder["vhdx"]);
        Assert.Equal(s_id, new Guid(vhdx.AsSpan(65536 + 16, 16)));
        Assert.Equal(Guid.Empty, new Guid(vhdx.AsSpan(65536 + 48, 16))); // nothing in the log
        Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(vhdx.AsSpan(65536 + 8)));
        Assert.Equal(1UL, BinaryPrimitives.ReadUInt64LittleEndian(vhdx.AsSpan(131072 + 8)));
        string descriptor = System.Text.Encoding.ASCII.GetString(File.ReadAllBytes(folder["vmdk"]), 512, 10240).TrimEnd('\0');
        Assert.Contains("\nCID=0badcafe\nparentCID=ffffffff\n", descriptor, StringComparison.Ordinal);
        Assert.Contains("\nRW 65536 SPARSE \"made.vmdk\"\n", descriptor, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(513)]
    public async Task Write_NoWholeSectors_IsRefused(int length) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Qcow2Writer.WriteAsync(new MemoryStream(new byte[length]), Stream.Null));

    /// <summary>Disks with edges: all zeros, one byte, many holes, an odd end, more than what one table or one chunk holds.</summary>
    private static long Make(string path, int number)
    {
        using FileStream disk = File.Create(path);
        long size = number switch { 3 => (5 * MiB) + 512, 4 => (1L << 30) + (3 * MiB), 5 => (4L << 30) + (3 * MiB), _ => 32 * MiB };
        disk.SetLength(size);
        byte[] piece = new byte[3000];
        new Random(number).NextBytes(piece);
        long[] places = number switch
        {
            1 => [77],
            2 => [0, 65536 - 10, 3 * MiB, (8 * MiB) - 1500, (17 * MiB) + 65536, (32 * MiB) - 3000],
            3 => [4096, (5 * MiB) + 512 - 3000],
            4 => [0, (1L << 30) - 1000, (1L << 30) + (2 * MiB)], // nothing in the second half GiB
            5 => [0, 1L << 29, (4L << 30) - 2000, (4L << 30) + (2 * MiB)],
            _ => [],
        };
        foreach (long place in places)
        {
            disk.Position = place;
            disk.Write(number == 1 ? piece.AsSpan(0, 1) : piece);
        }
        return size;
    }

    private static async Task WriteAsync(string format, string raw, string packed)
    {
        await using FileStream disk = File.OpenRead(raw);
        await using FileStream output = File.Create(packed);
        await (format switch
        {
            "qcow2" => Qcow2Writer.WriteAsync(disk, output),
            "vmdk" => VmdkWriter.WriteAsync(disk, 0x0badcafe, "made.vmdk", output),
            "vhdx" => VhdxWriter.WriteAsync(disk, s_id, output),
            _ => VdiWriter.WriteAsync(disk, s_id, output),
        });
    }

    private static async Task JudgeAsync(string format, int number)
    {
        using TemporaryFolder folder = new();
        long size = Make(folder["raw"], number);
        await WriteAsync(format, folder["raw"], folder["packed"]);
        Judge("check", "-f", format, folder["packed"]);
        Assert.Contains(
            "Images are identical.", Judge("compare", "-f", "raw", "-F", format, folder["raw"], folder["packed"]),
            StringComparison.Ordinal);
        using JsonDocument facts = JsonDocument.Parse(Judge("info", "-f", format, "--output=json", folder["packed"]));
        Assert.Equal(size, facts.RootElement.GetProperty("virtual-size").GetInt64());
    }

    private static string Judge(params string[] arguments)
    {
        (int exitCode, string output) = Oracle.Run("qemu-img", arguments);
        Assert.True(exitCode == 0, output);
        return output;
    }
}
