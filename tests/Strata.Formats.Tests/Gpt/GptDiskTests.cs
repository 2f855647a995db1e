using Strata.Core;
using Strata.Formats.Gpt;
using Strata.Testing;

namespace Strata.Formats.Tests.Gpt;

public class GptDiskTests
{
    [Fact]
    public async Task Read_MutatedTables_OnlyFormatExceptionsLeave()
    {
        byte[] sound = await Disks.WriteAsync(Disks.Sample());
        Random random = new(1);
        byte[] bytes = [.. sound];
        for (int round = 0; round < 3000; round++)
        {
            int place = random.Next(2) == 0 ? random.Next(34 * 512) : sound.Length - 1 - random.Next(33 * 512);
            bytes[place] ^= (byte)(1 << random.Next(8));
            bool refused = false;
            try
            {
                GptDisk.Read(new MemoryStream(bytes));
            }
            catch (ImageFormatException)
            {
                refused = true;
            }
            // Only the boot program, the disk signature and cylinder addresses are covered by nothing.
            Assert.True(refused || place < 462, $"a change of byte {place} went unseen");
            bytes[place] = sound[place];
        }
    }

    [Fact]
    public async Task Read_HostileHeaderWithARightChecksum_OnlyFormatExceptionsLeave()
    {
        byte[] sound = await Disks.WriteAsync(Disks.Sample());
        Random random = new(2);
        byte[] bytes = [.. sound];
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            foreach (int header in (int[])[512, sound.Length - 512])
            {
                bytes[header + 24 + random.Next(68)] = random.Next(2) == 0 ? (byte)0xFF : (byte)random.Next(256);
                bytes.AsSpan(header + 16, 4).Clear();
                BitConverter.TryWriteBytes(bytes.AsSpan(header + 16), Crc32.Of(bytes.AsSpan(header, 92)));
            }
            try
            {
                GptDisk.Read(new MemoryStream(bytes));
            }
            catch (ImageFormatException)
            {
                refused++;
            }
            sound.AsSpan(512, 512).CopyTo(bytes.AsSpan(512));
            sound.AsSpan(sound.Length - 512).CopyTo(bytes.AsSpan(sound.Length - 512));
        }
        Assert.InRange(refused, 2900, 3000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(5 * 512)]
    [InlineData(100_000)]
    public void Read_NoDisk_IsRefused(int length) => Assert.Throws<ImageFormatException>(() => GptDisk.Read(new MemoryStream(new byte[length])));

    [SkippableFact]
    public void Read_DiskOfSgdisk_IsUnderstood()
    {
        using TemporaryFolder folder = new();
        using (FileStream file = File.Create(folder["disk"]))
        {
            file.SetLength(64 << 20);
        }
        (int exitCode, string output) = Oracle.Run(
            "sgdisk", "-n", "1:2048:+10M", "-t", "1:ef00", "-c", "1:EFI system", "-n", "5:0:+20M", "-t", "5:8304", folder["disk"]);
        Assert.True(exitCode == 0, output);
        using FileStream disk = File.OpenRead(folder["disk"]);
        GptDisk read = GptDisk.Read(disk);
        Assert.Equal("esp 2048..22527 'EFI system'", Describe(read.Entries[0]!));
        Assert.StartsWith("root-x86-64 22528..63487", Describe(read.Entries[4]!), StringComparison.Ordinal);
        Assert.Equal(2, read.Entries.Count(e => e is not null));
    }

    private static string Describe(GptEntry entry) => $"{PartitionType.NameOf(entry.Type)} {entry.FirstLba}..{entry.LastLba} '{entry.Label}'";
}
