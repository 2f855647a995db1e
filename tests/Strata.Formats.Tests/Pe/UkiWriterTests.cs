using System.Buffers.Binary;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

public class UkiWriterTests
{
    [Fact]
    public async Task WriteAsync_Sections_AreInOrderAndPlace()
    {
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki());
        PeImage image = PePrograms.Read(uki);
        Assert.Equal([".text", ".osrel", ".cmdline", ".initrd", ".uname", ".linux"], image.Sections.Select(s => s.Name));
        Assert.Equal([0x1000u, 0x2000u, 0x3000u, 0x4000u, 0x6000u, 0x7000u], image.Sections.Select(s => s.VirtualAddress));
        Assert.Equal([1024u, 1536u, 2048u, 4096u, 9216u, 10240u], image.Sections.Select(s => s.RawOffset));
        Assert.Equal([500u, 10u, 19u, 5000u, 13u, 1536u], image.Sections.Select(s => s.VirtualSize));
        Assert.Equal(0x8000u, image.SizeOfImage);
        Assert.Equal("console=ttyS0 quiet", PePrograms.Text(uki, ".cmdline"));
        Assert.Equal("ID=strata\n", PePrograms.Text(uki, ".osrel"));
        Assert.Equal(TinyPe.Kernel(), PeImage.ReadSection(new MemoryStream(uki), image.Sections[^1], 1 << 20));
        Assert.Equal(0, BitConverter.ToInt32(uki, 0x40 + 8)); // TimeDateStamp
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(2048)]
    [InlineData(5000)]
    public async Task WriteAsync_KernelAndInitrd_BeginAtBlocksOfACdWithoutGapsBetweenSections(int length)
    {
        UkiConfig config = PePrograms.Uki() with { CommandLine = new string('x', length), Uname = new string('6', length) };
        PeImage image = PePrograms.Read(await PePrograms.WriteAsync(config));
        Assert.All(image.Sections.Where(s => s.Name is ".linux" or ".initrd"), s => Assert.Equal(0u, s.RawOffset % 2048));
        // Authenticode counts the bytes of all sections; a gap between two would be counted as something behind the last
        Assert.All(image.Sections.Zip(image.Sections.Skip(1)), pair => Assert.Equal(pair.Second.RawOffset, pair.First.RawOffset + pair.First.RawSize));
    }

    [Fact]
    public async Task WriteAsync_Checksum_IsThatOfTheFile()
    {
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki());
        uint written = PePrograms.Read(uki).CheckSum;
        uki.AsSpan(0x40 + 24 + 64, 4).Clear();
        ulong sum = 0;
        for (int i = 0; i < uki.Length; i += 2)
        {
            sum += BitConverter.ToUInt16(uki, i);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        Assert.Equal((uint)sum + (uint)uki.Length, written);
    }

    [Fact]
    public async Task WriteAsync_NothingGiven_CommandLineAndInitrdAreThere()
    {
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki() with { Initrd = null, CommandLine = "", Uname = null });
        Assert.Equal("\0", PePrograms.Text(uki, ".cmdline"));
        Assert.Equal("\0", PePrograms.Text(uki, ".initrd"));
    }

    [Fact]
    public async Task WriteAsync_EveryKind_IsInTheOrderOfTheSpecification()
    {
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki(TinyPe.Program(headers: 1536)) with
        {
            Microcode = UkiContent.Of("microcode"),
            Splash = UkiContent.Of("BM"),
            DeviceTrees = [UkiContent.Of("tree 1"), UkiContent.Of("tree 2")],
            Sbat = ["strata,1,Strata,strata,1,https://example.org"],
        });
        // UAPI.5 §"UKI components", less .linux, which is last
        Assert.Equal(
            [".text", ".osrel", ".cmdline", ".initrd", ".ucode", ".splash", ".dtb", ".dtb", ".uname", ".sbat", ".linux"],
            PePrograms.Read(uki).Sections.Select(s => s.Name));
        Assert.StartsWith("sbat,1,SBAT Version,", PePrograms.Text(uki, ".sbat"), StringComparison.Ordinal);
        Assert.EndsWith("\nstrata,1,Strata,strata,1,https://example.org\n", PePrograms.Text(uki, ".sbat"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_StubAlignedBelowAPage_SectionsAreOnPagesAllTheSame()
    {
        byte[] stub = TinyPe.Program(headers: 1536);
        BinaryPrimitives.WriteUInt32LittleEndian(stub.AsSpan(0x40 + 24 + 32), 512); // SectionAlignment; firmware protects pages of 4 KiB
        PeImage uki = PePrograms.Read(await PePrograms.WriteAsync(PePrograms.Uki(stub)));
        Assert.All(uki.Sections.Skip(1), s => Assert.Equal(0u, s.VirtualAddress % 4096));
        Assert.Equal(0u, uki.SizeOfImage % 4096);
    }

    [Fact]
    public void Create_StubWithoutRoom_SaysSo()
    {
        // 0x40 + 24 + 240 bytes before the table; five more sections need 240 bytes behind it
        StrataException e = Assert.Throws<StrataException>(() => UkiPlan.Create(PePrograms.Uki(TinyPe.Program(headers: 512))));
        Assert.Contains("the stub has no room for 5 more section headers: they would reach to byte 568, its first section starts at 512", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_WholeImageAsStub_IsRefused()
    {
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki());
        StrataException e = Assert.Throws<StrataException>(() => UkiPlan.Create(PePrograms.Uki(uki)));
        Assert.Contains("the stub has a section .osrel already", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_NoKernel_SaysWhatIsNeeded()
    {
        StrataException e = Assert.Throws<StrataException>(() => UkiPlan.Create(PePrograms.Uki() with { Linux = UkiContent.Of([0x1F, 0x8B, 8, 0]) }));
        Assert.Contains("it is compressed by gzip", e.Message, StringComparison.Ordinal);
        Assert.Contains("CONFIG_EFI_STUB=y", e.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteAsync_ContentThatChanges_IsAnError()
    {
        int opened = 0;
        UkiConfig config = PePrograms.Uki() with { Initrd = new UkiContent(10, () => new MemoryStream([.. Enumerable.Repeat((byte)opened++, 10)])) };
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => PePrograms.WriteAsync(config));
        Assert.Contains("changed while it was read", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, "ended after 9 of 10 bytes")]
    [InlineData(11, "longer than the 10 bytes")]
    public async Task WriteAsync_ContentOfAnotherLength_IsAnError(int length, string expected)
    {
        UkiConfig config = PePrograms.Uki() with { Initrd = new UkiContent(10, () => new MemoryStream(new byte[length])) };
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => PePrograms.WriteAsync(config));
        Assert.StartsWith("cannot write section .initrd of the UKI: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task WriteAsync_RealStub_ObjdumpListsTheSections()
    {
        Skip.IfNot(File.Exists(PePrograms.StubPath), "systemd's stub is not here");
        using TemporaryFolder folder = new();
        byte[] stub = await File.ReadAllBytesAsync(PePrograms.StubPath);
        await File.WriteAllBytesAsync(folder["uki.efi"], await PePrograms.WriteAsync(PePrograms.Uki(stub) with { Sbat = ["s,1,S,s,1,u"] }));
        (int exitCode, string output) = Oracle.Run("objdump", "-h", "-w", folder["uki.efi"]);
        Assert.True(exitCode == 0, output);
        string[] lines = [.. output.Split('\n').Where(l => l.Contains(" .", StringComparison.Ordinal)).Select(l => l.Trim())];
        string[] names = [.. lines.Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])];
        Assert.Equal([".osrel", ".cmdline", ".initrd", ".uname", ".linux"], names[^5..]);
        Assert.Contains(".sbat", names[..^5]);
        Assert.All(lines[^5..], l => Assert.EndsWith("000", l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Digest_RealStub_IsWhatSbsignSigns()
    {
        Skip.IfNot(File.Exists(PePrograms.StubPath), "systemd's stub is not here");
        using TemporaryFolder folder = new();
        byte[] uki = await PePrograms.WriteAsync(PePrograms.Uki(await File.ReadAllBytesAsync(PePrograms.StubPath)));
        await File.WriteAllBytesAsync(folder["uki.efi"], uki);
        (int exitCode, string output) = Oracle.Run("sbverify", "--list", folder["uki.efi"]);
        Assert.Contains("No signature table present", output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase); // above all none of gaps between sections
        (exitCode, output) = Oracle.Run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-keyout", folder["key"], "-out", folder["cert"]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Oracle.Run("sbsign", "--key", folder["key"], "--cert", folder["cert"], "--output", folder["signed.efi"], folder["uki.efi"]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Oracle.Run("sbverify", "--cert", folder["cert"], folder["signed.efi"]);
        Assert.True(exitCode == 0 && output.Contains("Signature verification OK", StringComparison.Ordinal), output);

        byte[] signed = await File.ReadAllBytesAsync(folder["signed.efi"]);
        Sha256Digest digest = Authenticode.Digest(new MemoryStream(uki));
        Assert.Equal(digest, Authenticode.Digest(new MemoryStream(signed)));
        PeImage image = PePrograms.Read(signed);
        Assert.True(signed.AsSpan((int)image.CertificatesOffset).IndexOf(digest.Bytes) > 0, "the signature names another digest than ours");
    }

    [SkippableFact]
    public async Task WriteAsync_SamePartsAsUkify_HasTheSameContents()
    {
        Oracle.FindOptional("ukify");
        Skip.IfNot(File.Exists(PePrograms.StubPath), "systemd's stub is not here");
        using TemporaryFolder folder = new();
        byte[] stub = await File.ReadAllBytesAsync(PePrograms.StubPath);
        UkiConfig config = PePrograms.Uki(stub);
        await File.WriteAllBytesAsync(folder["linux"], TinyPe.Kernel());
        await File.WriteAllBytesAsync(folder["initrd"], [.. Enumerable.Range(0, 5000).Select(i => (byte)(i & 0xFF))]);
        await File.WriteAllTextAsync(folder["osrel"], config.OsRelease);
        (int exitCode, string output) = Oracle.Run(
            "ukify", "build", "--linux", folder["linux"], "--initrd", folder["initrd"], "--cmdline", config.CommandLine,
            "--os-release", "@" + folder["osrel"], "--uname", config.Uname!, "--stub", PePrograms.StubPath, "--output", folder["theirs"]);
        Assert.True(exitCode == 0, output);
        byte[] theirs = await File.ReadAllBytesAsync(folder["theirs"]);
        byte[] ours = await PePrograms.WriteAsync(config);
        foreach (string name in (string[])[".osrel", ".cmdline", ".initrd", ".uname", ".linux"])
        {
            PeSection their = PePrograms.Read(theirs).Sections.Single(s => s.Name == name);
            PeSection our = PePrograms.Read(ours).Sections.Single(s => s.Name == name);
            Assert.Equal((name, their.VirtualSize), (name, our.VirtualSize)); // in the file ours may be longer: what follows begins at a block's border
            Assert.Equal(their.Characteristics, our.Characteristics);
            Assert.Equal(PePrograms.Text(theirs, name), PePrograms.Text(ours, name));
        }
    }
}
