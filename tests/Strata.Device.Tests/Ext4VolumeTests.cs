using System.Buffers.Binary;
using Strata.Device.Disks;
using Strata.Testing;

namespace Strata.Device.Tests;

/// <summary>What the superblock of an ext4 file system says. Offsets are those of Linux, struct ext4_super_block.</summary>
public sealed class Ext4VolumeTests : IDisposable
{
    private const int Start = 1024;
    private const uint Has64Bit = 0x80;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2, 16384, 0, Has64Bit, 64L << 20)]
    [InlineData(0, 16384, 0, 0u, 16L << 20)]
    [InlineData(2, 1, 1, Has64Bit, ((1L << 32) + 1) * 4096)]
    [InlineData(2, 1, 1, 0u, 4096)] // without the feature the upper half is somebody else's
    [InlineData(6, uint.MaxValue, uint.MaxValue, Has64Bit, long.MaxValue)]
    public void TryRead_Size_IsThatOfItsBlocks(uint logarithm, uint low, uint high, uint features, long expected)
    {
        byte[] volume = Volume(logarithm);
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(Start + 0x4), low);
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(Start + 0x150), high);
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(Start + 0x60), features);
        Assert.Equal(new Ext4Health(1024 << (int)logarithm, expected, HasErrors: false), Read(volume));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)] // unmounted cleanly
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void TryRead_State_TellsErrors(ushort state, bool expected)
    {
        byte[] volume = Volume(2);
        BinaryPrimitives.WriteUInt16LittleEndian(volume.AsSpan(Start + 0x3A), state);
        Assert.Equal(expected, Read(volume)!.Value.HasErrors);
    }

    [Fact]
    public void TryRead_NoExt4_IsNull()
    {
        Assert.Null(Read(Volume(7))); // blocks of 128 KiB
        Assert.Null(Read(new byte[4096]));
        Assert.Null(Read([]));
    }

    private Ext4Health? Read(byte[] volume)
    {
        File.WriteAllBytes(_folder["volume"], volume);
        return Ext4Volume.TryRead(_folder["volume"]);
    }

    private static byte[] Volume(uint logarithm)
    {
        byte[] volume = new byte[4096];
        BinaryPrimitives.WriteUInt32LittleEndian(volume.AsSpan(Start + 0x18), logarithm);
        BinaryPrimitives.WriteUInt16LittleEndian(volume.AsSpan(Start + 0x38), 0xEF53);
        return volume;
    }
}
