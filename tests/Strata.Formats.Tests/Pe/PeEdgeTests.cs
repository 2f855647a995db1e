using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

/// <summary>Headers with one changed field each, at offsets typed from the PE format ("Optional Header", "Section Table").</summary>
public class PeEdgeTests
{
    private const int Optional = 0x40 + 24;
    private const int Table = Optional + 240;
    private const int TableEnd = Table + 80; // of two sections
    private const int Length = 1024 + 1024;

    [Theory]
    [InlineData(Optional, 2, 0x20B, null)]
    [InlineData(Optional, 2, 0x10B, "only PE32+")]
    [InlineData(Optional + 108, 4, 16, null)]
    [InlineData(Optional + 108, 4, 17, "17 directories")]
    [InlineData(Optional + 108, 4, 0, null)]
    [InlineData(0x40 + 20, 2, 239, "16 directories do not fit an optional header of 239")]
    [InlineData(0x40 + 6, 2, 0, "0 sections")]
    [InlineData(0x40 + 6, 2, 97, "97 sections")]
    [InlineData(Optional + 60, 4, TableEnd, null)]
    [InlineData(Optional + 60, 4, TableEnd - 1, "the section table ends at byte 408")]
    [InlineData(Optional + 60, 4, Length, null)]
    [InlineData(Optional + 60, 4, Length + 1, "2049 bytes of headers")]
    [InlineData(Optional + 32, 4, 1, null)]
    [InlineData(Optional + 32, 4, 0, "not powers of two")]
    [InlineData(Optional + 32, 4, 3, "not powers of two")]
    [InlineData(Optional + 36, 4, 65536, null)]
    [InlineData(Optional + 36, 4, 131072, "not powers of two")]
    [InlineData(Optional + 36, 4, 0, "not powers of two")]
    [InlineData(Optional + 36, 4, 513, "not powers of two")]
    [InlineData(Optional + 56, 4, int.MaxValue, null)]
    [InlineData(Optional + 56, 4, 0x80000000, "bytes in memory")]
    [InlineData(Optional + 56, 4, 1023, "bytes in memory")]
    [InlineData(Optional + 56, 4, 0x2000 + 500, null)] // up to the end of the last section
    [InlineData(Optional + 56, 4, 0x2000 + 499, "it ends at address")]
    [InlineData(Table + 40 + 16, 4, 512, null)]
    [InlineData(Table + 40 + 16, 4, 513, "it ends at byte 2049")]
    [InlineData(Table + 20, 4, TableEnd, null)]
    [InlineData(Table + 20, 4, TableEnd - 1, "within the headers")]
    [InlineData(Table + 20, 4, 1025, ".text and .data overlap")]
    [InlineData(Table, 1, 0x21, null)]
    [InlineData(Table, 1, 0x20, "not printable ASCII")]
    [InlineData(Table, 1, 0x7E, null)]
    [InlineData(Table, 1, 0x7F, "not printable ASCII")]
    public void Read_OneField_LastAllowedAndFirstRefused(int at, int size, long value, string? problem)
    {
        byte[] program = TinyPe.Program(1024, 0, ".text", ".data");
        BitConverter.GetBytes(value)[..size].CopyTo(program, at);
        Check(program, problem);
    }

    [Theory]
    [InlineData(Length - 8, 8, 16, null)]
    [InlineData(Length - 8, 9, 16, "bytes of certificates")]
    [InlineData(TableEnd, 8, 16, null)]
    [InlineData(TableEnd - 1, 8, 16, "bytes of certificates")]
    [InlineData(0, 0, 16, null)]
    [InlineData(Length, 8, 5, "bytes of certificates")]
    [InlineData(Length, 8, 4, null)] // then there is no such directory, whatever stands there
    public void Read_Certificates_LieBehindTheHeadersAndInTheFile(int offset, int size, int directories, string? problem)
    {
        byte[] program = TinyPe.Program(1024, 0, ".text", ".data");
        BinaryPrimitives.WriteInt32LittleEndian(program.AsSpan(Optional + 108), directories);
        BinaryPrimitives.WriteInt32LittleEndian(program.AsSpan(Optional + 144), offset);
        BinaryPrimitives.WriteInt32LittleEndian(program.AsSpan(Optional + 148), size);
        Check(program, problem);
        if (problem is null)
        {
            PeImage image = PePrograms.Read(program);
            Assert.Equal(directories < 5 || size == 0 ? (0u, 0u) : ((uint)offset, (uint)size), (image.CertificatesOffset,
                image.CertificatesSize));
        }
    }

    [Theory]
    [InlineData(512, true)]
    [InlineData(499, false)]
    [InlineData(500, true)]
    public void ReadSection_MoreThanIsExpected_IsRefused(int most, bool allowed)
    {
        byte[] program = TinyPe.Program();
        PeSection section = PePrograms.Read(program).Sections[0]; // 500 bytes of 512
        if (allowed)
        {
            Assert.Equal(500, PeImage.ReadSection(new MemoryStream(program), section, most).Length);
        }
        else
        {
            Assert.Throws<ImageFormatException>(() => PeImage.ReadSection(new MemoryStream(program), section, most));
        }
    }

    // Documentation/arch/x86/boot.rst and arch/arm64/booting.rst
    [Theory]
    [InlineData(0x206, 2, 0x20B, null)]
    [InlineData(0x206, 2, 0x20A, "boot protocol 0x020a")]
    [InlineData(0x202, 4, 0x53726448, null)] // "HdrS"
    [InlineData(0x205, 1, 's', "the mark of a kernel")]
    [InlineData(Optional + 68, 2, 11, "subsystem 11")]
    [InlineData(0x44, 2, 0x14C, "CPU type 0x14c")]
    [InlineData(0x44, 2, 0xAA64, "the mark of a kernel")]
    public void Kernel_OneField_IsTakenOrRefused(int at, int size, long value, string? problem)
    {
        byte[] kernel = TinyPe.Kernel();
        BitConverter.GetBytes(value)[..size].CopyTo(kernel, at);
        if (problem is null)
        {
            Assert.Equal(PeMachine.Amd64, LinuxKernelImage.Read(kernel, kernel.Length).Image.Machine);
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => LinuxKernelImage.Read(kernel, kernel.Length)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Kernel_OfArm64_HasItsOwnMarkAndNoProtocol()
    {
        byte[] kernel = TinyPe.Program();
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(0x44), 0xAA64);
        // the mark stands before the PE header, which TinyPe has at 0x40
        "ARM\x64"u8.CopyTo(kernel.AsSpan(0x38));
        Assert.Equal(PeMachine.Arm64, LinuxKernelImage.Read(kernel, kernel.Length).Image.Machine);
        byte[] stub = TinyPe.Program();
        Assert.Contains("the stub is for Amd64, the kernel for Arm64",
            Impossible(PePrograms.Uki(stub) with { Linux = UkiContent.Of(kernel) }), StringComparison.Ordinal);
    }

    [Fact]
    public void Create_EveryReasonAlone_IsTold()
    {
        UkiConfig config = PePrograms.Uki();
        foreach (char bad in "\0\n\r")
        {
            Assert.Contains("line break or NUL", Impossible(config with { CommandLine = $"a{bad}b" }), StringComparison.Ordinal);
        }
        UkiContent negative = new(-1, () => Stream.Null);
        foreach (UkiConfig wrong in (UkiConfig[])[config with { Initrd = negative }, config with { Splash = negative },
            config with { Microcode = negative }, config with { DeviceTrees = [negative] }])
        {
            Assert.Contains("negative size", Impossible(wrong), StringComparison.Ordinal);
        }
        byte[] driver = TinyPe.Program();
        driver[Optional + 68] = 11;
        Assert.Contains("the stub has subsystem 11", Impossible(PePrograms.Uki(driver)), StringComparison.Ordinal);
        byte[] signed = TinyPe.Program();
        BinaryPrimitives.WriteInt32LittleEndian(signed.AsSpan(Optional + 144), 1024);
        BinaryPrimitives.WriteInt32LittleEndian(signed.AsSpan(Optional + 148), 8);
        Assert.Contains("the stub is signed", Impossible(PePrograms.Uki(signed)), StringComparison.Ordinal);
        byte[] used = TinyPe.Program();
        used[Table + 40 + (5 * 40) - 1] = 1; // the last byte of the room that five headers take
        Assert.Contains("no room for 5 more", Impossible(PePrograms.Uki(used)), StringComparison.Ordinal);
        foreach (string line in (string[])["a,1,b,c,1", "a,1,b,c,1,\t", "a,1,b,c,1,ä"])
        {
            Assert.Contains("is not 'component,generation", Impossible(config with { Sbat = [line] }), StringComparison.Ordinal);
        }
        Assert.NotNull(UkiPlan.Create(config with { Sbat = ["a,1,b,c,1,u,more"] }));
    }

    [Theory]
    [InlineData(Table + 40 + (5 * 40), true)] // five more headers end where the first section begins
    [InlineData(Table + 40 + (5 * 40) - 1, false)]
    public void Create_RoomForTheHeaders_EndsWhereTheFirstSectionBegins(int headers, bool fits)
    {
        UkiConfig config = PePrograms.Uki(TinyPe.Program(headers));
        if (fits)
        {
            Assert.Equal(6, PeImage.Read(UkiPlan.Create(config).Stub, UkiPlan.Create(config).Size).Sections.Count);
        }
        else
        {
            Assert.Contains("no room for 5 more", Impossible(config), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WriteAsync_Headers_CountWhatIsThere()
    {
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki());
        PeImage image = PePrograms.Read(uki);
        long data = image.Sections.Skip(1).SkipLast(1).Sum(s => (long)s.RawSize);
        // initialised data of the stub and ours
        Assert.Equal(512 + data, BinaryPrimitives.ReadUInt32LittleEndian(uki.AsSpan(Optional + 8)));
        // code: the kernel
        Assert.Equal(512 + image.Sections[^1].RawSize, BinaryPrimitives.ReadUInt32LittleEndian(uki.AsSpan(Optional + 4)));
        Assert.All(image.Sections.Skip(1).SkipLast(1), s => Assert.Equal(0x40000040u, s.Characteristics)); // read, data
        Assert.Equal(0x40000020u, image.Sections[^1].Characteristics); // read, code
        Assert.Equal(1024u, image.SizeOfHeaders);
    }

    private static string Impossible(UkiConfig config) => Assert.Throws<StrataException>(() => UkiPlan.Create(config)).Message;

    private static void Check(byte[] program, string? problem)
    {
        if (problem is null)
        {
            Assert.NotEmpty(PePrograms.Read(program).Sections);
            return;
        }
        Assert.Contains(problem, Assert.Throws<ImageFormatException>(() => PePrograms.Read(program)).Message, StringComparison.Ordinal);
    }
}
