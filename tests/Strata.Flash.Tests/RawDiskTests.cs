using Strata.Core.Progress;
using Strata.Device.Disks;
using Strata.Device.Posix;
using Strata.Flash.Targets;
using Strata.Flash.Writing;
using Strata.Testing;

namespace Strata.Flash.Tests;

/// <summary>The same on what the kernel gives: files, and loop devices where this host lets one make them.</summary>
public class RawDiskTests
{
    private const int MiB = 1 << 20;

    [SkippableFact]
    public void Write_ToAFile_IsSparseAndKeepsItsSize()
    {
        using MadeImage made = new(12 * MiB, bytes => bytes.AsSpan(2 * MiB, 8 * MiB).Clear());
        string target = made.Beside("stick.img");
        File.WriteAllBytes(target, new byte[20 * MiB]);
        using (RawDisk disk = RawDisk.OpenFileOf(target))
        {
            FlashOutcome outcome = Flasher.Write(made.Image, disk, SilentProgress.Instance, CancellationToken.None);
            Assert.Equal(8 * MiB, outcome.Cleared);
        }
        byte[] written = File.ReadAllBytes(target);
        Assert.Equal(20 * MiB, written.Length);
        Assert.True(written.AsSpan(0, 12 * MiB).SequenceEqual(made.Bytes));
        (int exitCode, string blocks) = Oracle.Run("stat", "--format=%b", target); // of 512 bytes
        Assert.Equal(0, exitCode);
        Assert.InRange(long.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) * 512, 4 * MiB, (11 * MiB) + (64 << 10));
    }

    [Fact]
    public void Write_FileOfOddLength_IsWrittenToo()
    {
        using MadeImage made = new(MiB + 512);
        string target = made.Beside("odd.img");
        File.WriteAllBytes(target, new byte[(3 * MiB) + 77]);
        using RawDisk disk = RawDisk.OpenFileOf(target);
        Assert.False(Flasher.Write(made.Image, disk, SilentProgress.Instance, CancellationToken.None).FromDisk);
        Assert.True(File.ReadAllBytes(target).AsSpan(0, MiB + 512).SequenceEqual(made.Bytes));
    }

    [SkippableFact]
    public void Write_ToALoopDevice_IsThereAndTheDeviceIsOurs()
    {
        using MadeImage made = new((9 * MiB) + 512);
        string backing = made.Beside("backing");
        File.WriteAllBytes(backing, [.. Enumerable.Repeat((byte)0xA5, 16 * MiB)]);
        (int exitCode, string output) = Oracle.Run("losetup", "--find", "--show", backing);
        Skip.If(exitCode != 0, $"this host makes no loop device: {output.Trim()}");
        string device = output.Trim();
        try
        {
            FlashTarget target = new TargetCatalog().Find(device[5..])!;
            Assert.Equal((16L * MiB, false, backing), (target.Size, target.IsRemovable, target.Model));
            using (RawDisk disk = RawDisk.OpenDevice(device, target.Name, target.Numbers))
            {
                Assert.True(disk.IsPresent);
                Assert.Equal(512, disk.BlockSize);
                Assert.True(Flasher.Write(made.Image, disk, SilentProgress.Instance, CancellationToken.None).FromDisk);
                PosixException e = Assert.Throws<PosixException>(() => RawDisk.OpenDevice(device, target.Name, target.Numbers));
                Assert.Equal(PosixError.Busy, e.Error);
            }
        }
        finally
        {
            Oracle.Run("losetup", "--detach", device);
        }
        byte[] written = File.ReadAllBytes(backing);
        Assert.True(written.AsSpan(0, made.Bytes.Length).SequenceEqual(made.Bytes));
        Assert.Equal(-1, written.AsSpan(made.Bytes.Length, (15 * MiB) - made.Bytes.Length).IndexOfAnyExcept((byte)0xA5));
    }

    [SkippableFact]
    public void Find_MountedLoopDevice_IsInUse()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["volume"], new byte[16 * MiB]);
        Assert.Equal(0, Oracle.Run("mke2fs", "-q", "-F", folder["volume"]).ExitCode);
        (int exitCode, string output) = Oracle.Run("losetup", "--find", "--show", folder["volume"]);
        Skip.If(exitCode != 0, $"this host makes no loop device: {output.Trim()}");
        string device = output.Trim();
        try
        {
            Directory.CreateDirectory(folder["mount point"]);
            (exitCode, output) = Oracle.Run("mount", device, folder["mount point"]);
            Skip.If(exitCode != 0, $"this host mounts nothing: {output.Trim()}");
            try
            {
                FlashTarget target = new TargetCatalog().Find(device[5..])!;
                Assert.Equal($"is mounted at {folder["mount point"]}", target.Uses.Single().How);
                PosixException e =
                    Assert.Throws<PosixException>(() => RawDisk.OpenDevice(device, target.Name, target.Numbers));
                Assert.Equal(PosixError.Busy, e.Error);
            }
            finally
            {
                Oracle.Run("umount", folder["mount point"]);
            }
        }
        finally
        {
            Oracle.Run("losetup", "--detach", device);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x51, 0x46, 0x49, 0xFB }, "it is packed (qcow2)", "'--image disk'")]
    [InlineData(new byte[] { 0x1F, 0x8B }, "it is packed (gz)", "Unpack it first.")]
    [InlineData(new byte[] { 0 }, "its first sector does not end in 55 aa", "can be written")]
    public void Open_NoImageOfADisk_IsRefusedWithWhatItIs(byte[] start, string problem, string hint)
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[4096];
        start.CopyTo(bytes, 0);
        File.WriteAllBytes(folder["image"], bytes);
        Strata.Core.StrataException e = Assert.Throws<Strata.Core.StrataException>(() => FlashImage.Open(folder["image"]));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains(hint, e.Hint, StringComparison.Ordinal);
    }
}
