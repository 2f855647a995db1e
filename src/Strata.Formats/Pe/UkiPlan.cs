using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>A section that the image gets besides those of the stub.</summary>
/// <param name="Section">Its header.</param>
/// <param name="Content">Its bytes.</param>
public sealed record UkiSection(PeSection Section, UkiContent Content);

/// <summary>A unified kernel image (UAPI.5) whose every byte has its place.</summary>
/// <remarks>
/// <para>The stub comes first, less its symbols, then the sections in the order of UAPI.5, but <c>.linux</c> last: running, a kernel needs
/// more memory than its bytes, and stubs before systemd 257 start it where it lies, so nothing may lie behind it. Its size in memory is
/// nevertheless that of its bytes: zeros added to it would be measured into PCR 11 and would break a signature of its own.</para>
/// <para><c>.cmdline</c> and <c>.initrd</c> are always there. When there is nothing to put in, they hold one NUL: the stub takes a section
/// without bytes for a missing one, and would then accept a command line from whoever starts it.</para>
/// <para><c>.initrd</c> and <c>.linux</c> start at multiples of 2048 bytes of the file, so that an ISO image can name them as files of its own
/// (docs/formats/iso.md). The zeros before them count to the section before: a gap between sections would be hashed differently by signing tools
/// and firmware.</para>
/// <para>Addresses are multiples of the stub's SectionAlignment and of 4 KiB, as firmware that protects pages needs. Not supported:
/// profiles, add-ons. Largest: 2 GiB in memory and in the file.</para>
/// </remarks>
public sealed class UkiPlan
{
    /// <summary>Bytes of the file of which kernel and initrd start at a multiple: a logical block of a CD.</summary>
    public const int ContentAlignment = 2048;

    private const uint PageSize = 4096;
    private const uint Readable = 0x4000_0000;        // IMAGE_SCN_MEM_READ
    private const uint InitializedData = 0x0000_0040; // IMAGE_SCN_CNT_INITIALIZED_DATA
    private const uint Code = 0x0000_0020;            // IMAGE_SCN_CNT_CODE
    private const string SbatName = ".sbat";

    private UkiPlan(byte[] stub, List<UkiSection> sections, long size)
    {
        Stub = stub;
        Sections = sections;
        Size = size;
    }

    /// <summary>The sections that are added, in file order.</summary>
    public IReadOnlyList<UkiSection> Sections { get; }

    /// <summary>Bytes of the file.</summary>
    public long Size { get; }

    /// <summary>The stub with the headers of the whole image; the checksum is zero still.</summary>
    internal byte[] Stub { get; }

    /// <summary>Offset of the checksum in <see cref="Stub"/>.</summary>
    internal int CheckSumOffset { get; private init; }

    /// <summary>Checks the parts and places the sections; reads the kernel's first 64 KiB and its SBAT lines.</summary>
    /// <exception cref="StrataException">A part is not what it should be, or there is no room.</exception>
    public static UkiPlan Create(UkiConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        byte[] stub = WithoutSymbols(config.Stub.ToArray());
        PeImage image = ReadStub(stub);
        LinuxKernelImage kernel = ReadKernel(config.Linux, out IReadOnlyList<string> kernelSbat);
        if (kernel.Image.Machine != image.Machine)
        {
            throw Impossible($"the stub is for {image.Machine}, the kernel for {kernel.Image.Machine}");
        }
        if (config.CommandLine.AsSpan().ContainsAny('\0', '\n', '\r'))
        {
            throw Impossible("the command line has a line break or NUL in it");
        }
        if (new[] { config.Initrd, config.Splash, config.Microcode }.Concat(config.DeviceTrees).Any(c => c is { Size: < 0 }))
        {
            throw Impossible("a content has a negative size");
        }
        UkiSbat? sbat = UkiSbat.Merge(stub, image, kernelSbat, config.Sbat);
        List<(string Name, UkiContent Content)> contents = Contents(config);
        if (sbat is { InStub: null })
        {
            contents.Insert(contents.FindIndex(c => c.Name == ".linux"), (SbatName, sbat.Content));
        }
        if (contents.Select(c => c.Name).FirstOrDefault(n => image.Sections.Any(s => s.Name == n)) is string twice)
        {
            throw Impossible($"the stub has a section {twice} already, so it is a whole image and not a stub");
        }
        List<UkiSection> sections = Place(image, contents);
        WriteHeaders(stub, image, sections, sbat);
        PeSection last = sections[^1].Section;
        return new UkiPlan(stub, sections, (long)last.RawOffset + last.RawSize) { CheckSumOffset = image.OptionalOffset + PeImage.At.CheckSum };
    }

    /// <summary>
    /// Drops what lies behind the last section, a symbol table at most: signatures would not cover it once sections follow, and signing tools
    /// and firmware disagree on how to hash files with such gaps.
    /// </summary>
    private static byte[] WithoutSymbols(byte[] stub)
    {
        PeImage image = ReadStub(stub);
        long end = image.Sections.Select(s => (long)s.RawOffset + s.RawSize).Append(image.SizeOfHeaders).Max();
        stub.AsSpan(image.CoffOffset + PeImage.At.CoffSymbolTable, 8).Clear(); // its offset and the number of its symbols
        return stub[..(int)end];
    }

    private static PeImage ReadStub(byte[] stub)
    {
        PeImage image;
        try
        {
            image = PeImage.Read(stub.AsSpan(0, Math.Min(stub.Length, PeImage.HeadSize)), stub.Length);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot make a UKI: the stub is no PE program: {e.Message}", innerException: e);
        }
        return image.Subsystem != PeImage.EfiApplication ? throw Impossible($"the stub has subsystem {image.Subsystem}, expected {PeImage.EfiApplication} (EFI application)")
            : image.CertificatesSize != 0 ? throw Impossible("the stub is signed; adding sections would break its signature")
            : image;
    }

    private static LinuxKernelImage ReadKernel(UkiContent content, out IReadOnlyList<string> sbat)
    {
        try
        {
            using Stream stream = content.Open();
            byte[] head = new byte[Math.Clamp(content.Size, 0, PeImage.HeadSize)];
            int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            LinuxKernelImage kernel = LinuxKernelImage.Read(head.AsSpan(0, read), content.Size);
            sbat = UkiSbat.LinesOfKernel(kernel.Image, content);
            return kernel;
        }
        catch (ImageFormatException e)
        {
            throw new StrataException(
                $"cannot make a UKI: the kernel cannot be started by firmware: {e.Message}",
                "A kernel configured with CONFIG_EFI_STUB=y is needed: arch/x86/boot/bzImage, or arch/arm64/boot/Image.",
                e);
        }
    }

    private static List<(string Name, UkiContent Content)> Contents(UkiConfig config)
    {
        List<(string, UkiContent)> contents =
        [
            (".osrel", UkiContent.Of(config.OsRelease)),
            (".cmdline", UkiContent.Of(config.CommandLine)),
            (".initrd", config.Initrd ?? UkiContent.Of("")),
        ];
        AddIfAny(".ucode", config.Microcode);
        AddIfAny(".splash", config.Splash);
        foreach (UkiContent tree in config.DeviceTrees)
        {
            AddIfAny(".dtb", tree);
        }
        AddIfAny(".uname", config.Uname is null ? null : UkiContent.Of(config.Uname));
        contents.Add((".linux", config.Linux));
        return [.. contents.Select(c => c.Item2.Size == 0 ? (c.Item1, UkiContent.Of("\0")) : c)];

        void AddIfAny(string name, UkiContent? content)
        {
            if (content is not null)
            {
                contents.Add((name, content));
            }
        }
    }

    private static List<UkiSection> Place(PeImage image, List<(string Name, UkiContent Content)> contents)
    {
        uint addressAlignment = Math.Max(image.SectionAlignment, PageSize);
        long address = image.Sections.Max(s => (long)s.VirtualAddress + Math.Max(s.VirtualSize, s.RawSize));
        long offset = image.Length;
        List<UkiSection> sections = [];
        for (int i = 0; i < contents.Count; i++)
        {
            (string name, UkiContent content) = contents[i];
            bool isKernel = name == ".linux";
            address = RoundUp(address, addressAlignment);
            offset = RoundUp(offset, image.FileAlignment);
            bool isBeforeAligned = i + 1 < contents.Count && contents[i + 1].Name is ".initrd" or ".linux";
            long end = RoundUp(offset + content.Size, isBeforeAligned ? Math.Max(image.FileAlignment, ContentAlignment) : image.FileAlignment);
            long rawSize = end - offset;
            if (address + content.Size + addressAlignment > int.MaxValue || offset + rawSize > int.MaxValue)
            {
                throw Impossible($"with {name} it would be larger than 2 GiB, more than firmware loads");
            }
            PeSection section = new(name, (uint)content.Size, (uint)address, (uint)rawSize, (uint)offset, Readable | (isKernel ? Code : InitializedData));
            sections.Add(new UkiSection(section, content));
            address += content.Size;
            offset += rawSize;
        }
        return sections;
    }

    private static void WriteHeaders(byte[] stub, PeImage image, List<UkiSection> sections, UkiSbat? sbat)
    {
        int tableEnd = image.SectionTableOffset + (image.Sections.Count * PeSection.HeaderSize);
        int newEnd = tableEnd + (sections.Count * PeSection.HeaderSize);
        long room = image.Sections.Where(s => s.RawSize != 0).Select(s => (long)s.RawOffset)
            .Concat(image.Sections.Select(s => (long)s.VirtualAddress))
            .Append(stub.Length)
            .Min();
        if (newEnd > room || stub.AsSpan(tableEnd, newEnd - tableEnd).ContainsAnyExcept((byte)0))
        {
            throw Impossible(
                $"the stub has no room for {sections.Count} more section headers: they would reach to byte {newEnd}, its first section starts at {room}");
        }
        sbat?.WriteInto(stub, image);
        for (int i = 0; i < sections.Count; i++)
        {
            sections[i].Section.WriteTo(stub.AsSpan(tableEnd + (i * PeSection.HeaderSize)));
        }
        BinaryPrimitives.WriteUInt16LittleEndian(stub.AsSpan(image.CoffOffset + PeImage.At.CoffSections), (ushort)(image.Sections.Count + sections.Count));
        Span<byte> optional = stub.AsSpan(image.OptionalOffset);
        PeSection last = sections[^1].Section;
        Add(optional, PeImage.At.SizeOfCode, sections.Where(s => (s.Section.Characteristics & Code) != 0).Sum(s => s.Section.RawSize));
        Add(optional, PeImage.At.SizeOfInitializedData, sections.Where(s => (s.Section.Characteristics & Code) == 0).Sum(s => s.Section.RawSize));
        Put(optional, PeImage.At.SizeOfImage, RoundUp((long)last.VirtualAddress + last.VirtualSize, Math.Max(image.SectionAlignment, PageSize)));
        Put(optional, PeImage.At.SizeOfHeaders, Math.Max(image.SizeOfHeaders, Math.Min(RoundUp(newEnd, image.FileAlignment), room)));
        Put(optional, PeImage.At.CheckSum, 0);
    }

    private static void Add(Span<byte> optional, int at, long value) => Put(optional, at, BinaryPrimitives.ReadUInt32LittleEndian(optional[at..]) + value);

    private static void Put(Span<byte> optional, int at, long value) => BinaryPrimitives.WriteUInt32LittleEndian(optional[at..], checked((uint)value));

    private static long RoundUp(long value, uint to) => (value + to - 1) / to * to;

    private static StrataException Impossible(string problem) => new("cannot make a UKI: " + problem);
}
