using System.Buffers.Binary;
using System.Text;
using Strata.Device.Mapping;

namespace Strata.Device.Tests;

public class MappingTests
{
    // include/uapi/linux/dm-ioctl.h: offsets counted by hand, the request numbers as strace prints them for dmsetup
    [Fact]
    public void DeviceMapperMessage_Table_IsLaidOutAsTheKernelReadsIt()
    {
        Assert.Equal(0xC138FD03UL, DeviceMapperMessage.Request(3));
        Assert.Equal(0xC138FD09UL, DeviceMapperMessage.Request(9));
        byte[] message = DeviceMapperMessage.Table("strata-a", 64, "verity", "1 7:3");
        Assert.Equal(312 + 40 + 8, message.Length); // 5 characters and a zero byte, padded to 8
        Assert.Equal(4, message[0]);
        Assert.Equal(message.Length, BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(12)));
        Assert.Equal(312, BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(16)));
        Assert.Equal(1, BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(20)));
        Assert.Equal(1, BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(28)));
        Assert.Equal("strata-a\0", Encoding.ASCII.GetString(message, 48, 9));
        Assert.Equal(64, BinaryPrimitives.ReadInt64LittleEndian(message.AsSpan(312 + 8)));
        Assert.Equal("verity\0", Encoding.ASCII.GetString(message, 312 + 24, 7));
        Assert.Equal("1 7:3\0", Encoding.ASCII.GetString(message, 312 + 40, 6));
        Assert.Throws<ArgumentException>(() => DeviceMapperMessage.Header(new string('x', 128), isReadOnly: true));
        // dm_ioctl.uuid, 129 bytes: the kernel refuses a second device of one identity, and layers may have equal contents
        Assert.All(DeviceMapperMessage.Header("strata-a", isReadOnly: true).AsSpan(176, 129).ToArray(), b => Assert.Equal(0, b));
    }

    [Theory]
    [InlineData(0xFD00UL, 0)] // 253:0
    [InlineData(0xFD07UL, 7)]
    [InlineData(0x10FD2CUL, 0x12C)] // 253:300: eight bits below the major number, the others from bit 20
    public void DeviceMapperMessage_Answer_GivesTheMinorNumber(ulong device, int expected)
    {
        byte[] answer = new byte[312];
        BinaryPrimitives.WriteUInt64LittleEndian(answer.AsSpan(40), device);
        Assert.Equal(expected, DeviceMapperMessage.MinorOf(answer));
    }

    [Fact]
    public void LoopMessage_Fields_LandWhereTheKernelReadsThem()
    {
        byte[] message = LoopMessage.Write(9, 4096, isDirect: true);
        Assert.Equal(304, message.Length);
        Assert.Equal(9, message[0]);
        Assert.Equal(4096, BinaryPrimitives.ReadInt32LittleEndian(message.AsSpan(4)));
        Assert.Equal(1 | 4 | 16, message[60]);
        Assert.Equal(1 | 4, LoopMessage.Write(9, 4096, isDirect: false)[60]);
    }
}
