using System.Buffers.Binary;
using Strata.Measure.Bytes;
using Strata.Testing;

namespace Strata.Measure.Tests;

/// <summary>Every byte of an image has a name, those at its end too.</summary>
public class ImageMapTests
{
    private const int SecurityDirectory = 0x40 + 24 + 144; // PE format, optional header of PE32+: the fifth directory

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(24, 0, " 2048+24 certificates")]
    [InlineData(8, 0, " 2048+8 certificates")]
    [InlineData(24, 40, " 2048+40 bootable file 2088+24 certificates")] // room before them is of the file as a whole
    public void Of_BootableFile_NamesEveryByte(int certificates, int gap, string end)
    {
        byte[] image = [.. TinyPe.Program(1024, 0, ".linux", ".initrd"), .. new byte[gap + certificates]];
        if (certificates > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(SecurityDirectory), image.Length - certificates);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(SecurityDirectory + 4), certificates);
        }
        Assert.Equal("0+1024 PE headers 1024+512 section .linux 1536+512 section .initrd" + end, Text(image));
    }

    // a kernel is a PE image too
    [Theory]
    [InlineData(".initrd", true)]
    [InlineData(".linux", false)]
    [InlineData(".text", false)]
    public void Of_PeImage_IsABootableFileWhenItHasAnInitrd(string section, bool isBootable)
    {
        byte[] image = TinyPe.Program(1024, 0, section);
        Assert.Equal(isBootable ? $"0+1024 PE headers 1024+512 section {section}" : "0+1536 file", Text(image));
    }

    private static string Text(byte[] image)
    {
        using MemoryStream stream = new(image, writable: false);
        return string.Join(' ', ImageMap.Of(stream).Select(r => $"{r.Start}+{r.Length} {string.Join(", ", r.Structure)}"));
    }
}
