using Strata.Formats.Elf;
using Strata.Formats.Pe;
using Strata.Testing;

namespace Strata.Fuzz.Targets;

/// <summary>Programs: of the guest, of the firmware, modules of the kernel.</summary>
internal static class ProgramTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("elf", input => ElfFile.Read(input), Elfs) { Readers = [typeof(ElfFile)], Words = s_elfWords },
        new FuzzTarget("elf-hardening", input => ElfHardening.Read(input), Elfs) { Readers = [typeof(ElfHardening)], Words = s_elfWords },
        new FuzzTarget("dlopen-note", input => DlopenNoteParser.Parse(input, 0, []), () => [System.Text.Encoding.UTF8.GetBytes(Note)])
        {
            Readers = [typeof(DlopenNoteParser)], Words = ["\"soname\"", "\"priority\"", "\"required\"", "null", "{}", "[[[[", "\\ud800"],
        },
        FuzzTarget.OfStream("pe", ReadPe, Images, typeof(PeImage), typeof(CertificateTable)) with
        {
            Words = ["MZ", "PE\0\0", ".sbat", ".linux"],
        },
        FuzzTarget.OfStream("measured-sections", file => MeasuredSections.Read(file), () =>
            [TinyPe.Program(1024, 0, ".linux", ".osrel", ".cmdline"), TinyPe.Program(1024, 0, ".pcrpkey", ".sbat")],
            typeof(MeasuredSections)) with
        {
            Words = [".linux", ".initrd", ".dtb", ".pcrpkey"],
        },
        new FuzzTarget("linux-image", input => LinuxKernelImage.Read(input, input.Length), () => [TinyPe.Kernel()])
        {
            Readers = [typeof(LinuxKernelImage)], Words = ["HdrS"],
        },
    ];

    private const string Note = """[{"soname":["libx.so.1"],"feature":"x","description":"d","priority":"recommended"}]""";

    private static readonly string[] s_elfWords = ["\u007FELF", "license=GPL\0", "GNU\0", "FDO\0", ".modinfo\0", "__stack_chk_fail\0"];

    private static IEnumerable<byte[]> Elfs() =>
    [
        TinyElf.Program("libc.so.6", "libm.so.6").ToBytes(),
        new TinyElf { Soname = "libx.so.1", Needed = ["libc.so.6"], Runpath = "$ORIGIN/../lib", DlopenNote = Note }.ToBytes(),
        TinyElf.Module("license=GPL", "depends=a,b", "alias=pci:v*d*"),
    ];

    private static IEnumerable<byte[]> Images()
    {
        byte[] program = TinyPe.Program(1024, 0, ".text", ".sbat");
        using MemoryStream signed = new();
        // a stream of memory: nothing is waited for
        CertificateTable.AppendAsync(new MemoryStream(program), "signature"u8.ToArray(), signed, CancellationToken.None)
            .GetAwaiter().GetResult();
        return [program, TinyPe.Kernel(), signed.ToArray()];
    }

    private static void ReadPe(Stream file)
    {
        PeImage image = PeImage.Read(file);
        foreach (PeSection section in image.Sections)
        {
            PeImage.ReadSection(file, section, 1 << 20);
        }
        file.Position = 0;
        Authenticode.Digest(file);
        CertificateTable.Read(file);
    }
}
