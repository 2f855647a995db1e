using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

public class PeImageTests
{
    [Fact]
    public void Read_Program_HasItsFields()
    {
        PeImage image = PePrograms.Read(TinyPe.Program(1024, 0x5000, ".text", ".data"));
        Assert.Equal(PeMachine.Amd64, image.Machine);
        Assert.Equal((10, 0x1000u, 512u, 0x5000u, 1024u), (image.Subsystem, image.SectionAlignment, image.FileAlignment, image.SizeOfImage, image.SizeOfHeaders));
        Assert.Equal((0x1000u, 0xDEADBEEFu), (image.EntryPoint, image.CheckSum));
        Assert.Equal(
            [new PeSection(".text", 500, 0x1000, 512, 1024, 0x60000020), new PeSection(".data", 500, 0x2000, 512, 1536, 0x60000020)],
            image.Sections);
    }

    // The checksum algorithm by its definition: 16-bit words, carries added back, length added.
    [Theory]
    [InlineData("", 0)]
    [InlineData("01", 0x0001 + 1)]
    [InlineData("0102", 0x0201 + 2)]
    [InlineData("FFFF0100", 0x0001 + 4)]
    [InlineData("FFFFFFFF0000", 0xFFFF + 6)]
    public void Checksum_Bytes_IsTheFoldedSumAndTheLength(string hex, uint expected)
    {
        PeChecksum checksum = new();
        checksum.Add(Convert.FromHexString(hex));
        Assert.Equal(expected, checksum.Value);
    }

    [Fact]
    public void Checksum_AnyCut_IsTheSame()
    {
        byte[] bytes = new byte[1001];
        Random random = new(1);
        random.NextBytes(bytes);
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] | (i + 1 < bytes.Length ? bytes[i + 1] << 8 : 0));
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        for (int round = 0; round < 100; round++)
        {
            PeChecksum checksum = new();
            for (int at = 0; at < bytes.Length;)
            {
                int count = Math.Min(random.Next(50), bytes.Length - at);
                checksum.Add(bytes.AsSpan(at, count));
                at += count;
            }
            Assert.Equal(sum + 1001, checksum.Value);
        }
    }

    [Fact]
    public void Read_MutatedHeaders_OnlyFormatExceptionsLeave()
    {
        byte[] sound = TinyPe.Program(1024, 0, ".text", ".data", ".sbat");
        byte[] bytes = [.. sound];
        Random random = new(1);
        int refused = 0;
        for (int round = 0; round < 20_000; round++)
        {
            for (int i = 0; i < 2; i++)
            {
                bytes[random.Next(4) == 0 ? 0x3C + random.Next(4) : random.Next(470)] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
            }
            try
            {
                Authenticode.Digest(new MemoryStream(bytes));
            }
            catch (ImageFormatException)
            {
                refused++;
            }
            sound.AsSpan(0, 470).CopyTo(bytes);
        }
        Assert.InRange(refused, 5000, 19_999);
    }

    [Fact]
    public void ReadSection_WithoutContent_IsEmptyWhereverItSaysToBe()
    {
        byte[] program = TinyPe.Program();
        BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(0x40 + 24 + 240 + 16), 0); // SizeOfRawData
        BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(0x40 + 24 + 240 + 20), uint.MaxValue); // PointerToRawData
        Assert.Empty(PeImage.ReadSection(new MemoryStream(program), PePrograms.Read(program).Sections.Single(), 1 << 20));
    }

    [Fact]
    public void Read_EveryTruncation_IsRefused()
    {
        byte[] sound = TinyPe.Program();
        for (int length = 0; length < sound.Length; length += 7)
        {
            Assert.Throws<ImageFormatException>(() => PePrograms.Read(sound[..length]));
        }
    }

    [Fact]
    public void Digest_Checksum_DoesNotCount()
    {
        byte[] program = TinyPe.Program();
        Sha256Digest before = Authenticode.Digest(new MemoryStream(program));
        BinaryPrimitives.WriteUInt32LittleEndian(program.AsSpan(0x40 + 24 + 64), 1);
        Assert.Equal(before, Authenticode.Digest(new MemoryStream(program)));
        program[1024] ^= 1;
        Assert.NotEqual(before, Authenticode.Digest(new MemoryStream(program)));
    }

    [Theory]
    [InlineData(0, "it does not start with 'MZ'")]
    [InlineData(0x202, "the mark of a kernel is missing")]
    [InlineData(0x207, "is older than")]
    public void Read_NoKernel_SaysWhy(int place, string expected)
    {
        byte[] kernel = TinyPe.Kernel();
        kernel[place] = 0;
        ImageFormatException e = Assert.Throws<ImageFormatException>(() => LinuxKernelImage.Read(kernel, kernel.Length));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }
}
