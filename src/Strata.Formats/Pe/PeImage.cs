using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>CPU that an image is for (PE specification §3.3.1).</summary>
public enum PeMachine
{
    /// <summary>x86-64.</summary>
    Amd64 = 0x8664,

    /// <summary>64-bit ARM, little-endian.</summary>
    Arm64 = 0xAA64,
}

/// <summary>A section (PE specification §4).</summary>
/// <param name="Name">Name, at most 8 ASCII characters.</param>
/// <param name="VirtualSize">Bytes in memory; those beyond the raw ones are zero.</param>
/// <param name="VirtualAddress">First byte in memory, from the start of the image.</param>
/// <param name="RawSize">Bytes in the file, padding included.</param>
/// <param name="RawOffset">First byte in the file; 0 when there is none.</param>
/// <param name="Characteristics">Flag bits.</param>
public sealed record PeSection(string Name, uint VirtualSize, uint VirtualAddress, uint RawSize, uint RawOffset, uint Characteristics)
{
    /// <summary>Bytes of a section header.</summary>
    public const int HeaderSize = 40;

    /// <summary>Bytes of content in the file: the padding after them is not counted.</summary>
    public long ContentSize => Math.Min(VirtualSize, RawSize);

    internal static class At // byte offsets
    {
        public const int Name = 0;             // 8 bytes, padded with NUL
        public const int VirtualSize = 8;      // u32
        public const int VirtualAddress = 12;  // u32
        public const int RawSize = 16;         // u32
        public const int RawOffset = 20;       // u32
        public const int Characteristics = 36; // u32; what lies before is for object files
    }

    internal void WriteTo(Span<byte> header)
    {
        header[..HeaderSize].Clear();
        Encoding.ASCII.GetBytes(Name, header[At.Name..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.VirtualSize..], VirtualSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.VirtualAddress..], VirtualAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.RawSize..], RawSize);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.RawOffset..], RawOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(header[At.Characteristics..], Characteristics);
    }
}

/// <summary>Headers of a PE32+ image ("Microsoft Portable Executable and Common Object File Format Specification").</summary>
/// <remarks>
/// Not read: PE32 (32-bit) images, object files, anything behind the section table. The headers must lie in the first 64 KiB; at most 96
/// sections. Section addresses need not be multiples of SectionAlignment: GNU tools make images where they are not.
/// </remarks>
public sealed class PeImage
{
    internal static class At // byte offsets from the start of the optional header, except the first three
    {
        public const int DosNewHeader = 60;           // u32 at the start of the file: offset of "PE\0\0"
        public const int CoffSections = 6;            // u16 from "PE\0\0"
        public const int CoffSymbolTable = 12;        // u32 from "PE\0\0": offset in the file; then u32: number of symbols
        public const int SizeOfCode = 4;              // u32
        public const int SizeOfInitializedData = 8;   // u32
        public const int EntryPoint = 16;             // u32
        public const int SectionAlignment = 32;       // u32
        public const int FileAlignment = 36;          // u32
        public const int SizeOfImage = 56;            // u32
        public const int SizeOfHeaders = 60;          // u32
        public const int CheckSum = 64;               // u32
        public const int Subsystem = 68;              // u16
        public const int DirectoryCount = 108;        // u32
        public const int Directories = 112;           // 8 bytes each
        public const int SecurityDirectory = 144;     // the fifth: here the address is an offset in the file
    }

    /// <summary>Bytes at the start of the file that <see cref="Read(ReadOnlySpan{byte}, long)"/> may need.</summary>
    public const int HeadSize = 64 * 1024;

    /// <summary>Subsystem of programs that firmware starts.</summary>
    public const int EfiApplication = 10;

    private const string FormatName = "PE image";
    private const int CoffSize = 24; // with the signature before it
    private const int MaxSections = 96;

    private PeImage(long length) => Length = length;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>CPU, also when it is none of <see cref="PeMachine"/>.</summary>
    public PeMachine Machine { get; private init; }

    /// <summary>What runs it; <see cref="EfiApplication"/> for firmware.</summary>
    public int Subsystem { get; private init; }

    /// <summary>Alignment of sections in memory, a power of two.</summary>
    public uint SectionAlignment { get; private init; }

    /// <summary>Alignment of sections in the file, a power of two.</summary>
    public uint FileAlignment { get; private init; }

    /// <summary>Bytes in memory.</summary>
    public uint SizeOfImage { get; private init; }

    /// <summary>Bytes of all headers.</summary>
    public uint SizeOfHeaders { get; private init; }

    /// <summary>Address of the first instruction.</summary>
    public uint EntryPoint { get; private init; }

    /// <summary>Checksum as written; firmware does not look at it.</summary>
    public uint CheckSum { get; private init; }

    /// <summary>Offset of the certificate table in the file; 0 when there is none.</summary>
    public uint CertificatesOffset { get; private init; }

    /// <summary>Bytes of the certificate table.</summary>
    public uint CertificatesSize { get; private init; }

    /// <summary>The sections in the order of their headers.</summary>
    public IReadOnlyList<PeSection> Sections { get; private init; } = [];

    internal int CoffOffset { get; private init; }

    internal int OptionalOffset => CoffOffset + CoffSize;

    internal int SectionTableOffset { get; private init; }

    internal bool HasSecurityDirectory { get; private init; }

    /// <summary>Reads the headers of a file.</summary>
    /// <param name="file">The file: seekable, it starts at position 0.</param>
    /// <exception cref="ImageFormatException">It is no PE32+ image, or its headers lead outside it.</exception>
    public static PeImage Read(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] head = new byte[(int)Math.Min(HeadSize, file.Length)];
        file.Position = 0;
        file.ReadExactly(head);
        return Read(head, file.Length);
    }

    /// <summary>Reads the headers from the start of a file.</summary>
    /// <param name="head">The first bytes: all, or <see cref="HeadSize"/> of them.</param>
    /// <param name="length">Bytes of the whole file.</param>
    /// <exception cref="ImageFormatException">It is no PE32+ image, or its headers lead outside it.</exception>
    public static PeImage Read(ReadOnlySpan<byte> head, long length)
    {
        if (head.Length < 64 || head[0] != 'M' || head[1] != 'Z')
        {
            throw new ImageFormatException(FormatName, 0, "it does not start with 'MZ'");
        }
        uint coffOffset = U32(head, At.DosNewHeader);
        if (coffOffset > head.Length - CoffSize - At.Directories || !head[(int)coffOffset..].StartsWith("PE\0\0"u8))
        {
            throw new ImageFormatException(FormatName, At.DosNewHeader, $"no 'PE' header at byte {coffOffset}");
        }
        int coff = (int)coffOffset;
        ImageFormatException Broken(string problem) => new(FormatName, coff, problem);
        ReadOnlySpan<byte> optional = head[(coff + CoffSize)..];
        int sections = U16(head, coff + At.CoffSections);
        int optionalSize = U16(head, coff + 20);
        long directories = U32(optional, At.DirectoryCount);
        uint sectionAlignment = U32(optional, At.SectionAlignment);
        uint fileAlignment = U32(optional, At.FileAlignment);
        uint sizeOfImage = U32(optional, At.SizeOfImage);
        uint sizeOfHeaders = U32(optional, At.SizeOfHeaders);
        int table = coff + CoffSize + optionalSize;
        int tableEnd = table + (sections * PeSection.HeaderSize);
        string? problem =
            U16(optional, 0) != 0x20B ? $"magic of the optional header is 0x{U16(optional, 0):x}, only PE32+ (0x20b) is supported"
            : directories > 16 || optionalSize < At.Directories + (directories * 8) ? $"{directories} directories do not fit an optional header of {optionalSize} bytes"
            : sections is 0 or > MaxSections ? $"{sections} sections, expected 1..{MaxSections}"
            : tableEnd > head.Length || tableEnd > sizeOfHeaders ? $"the section table ends at byte {tableEnd}, the headers at {sizeOfHeaders}"
            : sizeOfHeaders > length ? $"{sizeOfHeaders} bytes of headers in a file of {length}"
            : !BitOperations.IsPow2(sectionAlignment) || !BitOperations.IsPow2(fileAlignment) || fileAlignment > 65536
                ? $"alignments {sectionAlignment} and {fileAlignment} are not powers of two up to 65536"
            : sizeOfImage < sizeOfHeaders || sizeOfImage > int.MaxValue ? $"the image has {sizeOfImage} bytes in memory, its headers {sizeOfHeaders}"
            : null;
        if (problem is not null)
        {
            throw Broken(problem);
        }
        bool hasSecurity = directories >= 5;
        uint certificates = hasSecurity ? U32(optional, At.SecurityDirectory) : 0;
        uint certificatesSize = hasSecurity ? U32(optional, At.SecurityDirectory + 4) : 0;
        if (certificatesSize != 0 && (certificates < tableEnd || (long)certificates + certificatesSize > length))
        {
            throw Broken($"{certificatesSize} bytes of certificates at {certificates} in a file of {length}");
        }
        return new PeImage(length)
        {
            CoffOffset = coff,
            Machine = (PeMachine)U16(head, coff + 4),
            SectionTableOffset = table,
            Subsystem = U16(optional, At.Subsystem),
            SectionAlignment = sectionAlignment,
            FileAlignment = fileAlignment,
            SizeOfImage = sizeOfImage,
            SizeOfHeaders = sizeOfHeaders,
            EntryPoint = U32(optional, At.EntryPoint),
            CheckSum = U32(optional, At.CheckSum),
            HasSecurityDirectory = hasSecurity,
            CertificatesOffset = certificatesSize == 0 ? 0 : certificates,
            CertificatesSize = certificatesSize,
            Sections = ReadSections(head, table, sections, sizeOfImage, length),
        };
    }

    /// <summary>Content of a section, without the padding after it.</summary>
    /// <param name="file">The file that the headers came from.</param>
    /// <param name="section">One of <see cref="Sections"/>.</param>
    /// <param name="most">Refuse more bytes than this.</param>
    /// <exception cref="ImageFormatException">The section is larger than <paramref name="most"/>.</exception>
    public static byte[] ReadSection(Stream file, PeSection section, int most)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(section);
        if (section.ContentSize > most)
        {
            throw new ImageFormatException(FormatName, section.RawOffset, $"section {section.Name} has {section.ContentSize} bytes, expected at most {most}");
        }
        if (section.ContentSize == 0)
        {
            return []; // its offset means nothing, and may be anything
        }
        byte[] content = new byte[section.ContentSize];
        file.Position = section.RawOffset;
        file.ReadExactly(content);
        return content;
    }

    private static List<PeSection> ReadSections(ReadOnlySpan<byte> head, int table, int count, uint sizeOfImage, long length)
    {
        List<PeSection> sections = new(count);
        for (int i = 0; i < count; i++)
        {
            int at = table + (i * PeSection.HeaderSize);
            ReadOnlySpan<byte> header = head.Slice(at, PeSection.HeaderSize);
            ReadOnlySpan<byte> name = header[..8].TrimEnd((byte)0);
            PeSection section = new(
                Encoding.ASCII.GetString(name),
                U32(header, PeSection.At.VirtualSize),
                U32(header, PeSection.At.VirtualAddress),
                U32(header, PeSection.At.RawSize),
                U32(header, PeSection.At.RawOffset),
                U32(header, PeSection.At.Characteristics));
            string? problem =
                name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) ? "its name is not printable ASCII"
                : (long)section.VirtualAddress + section.VirtualSize > sizeOfImage
                    ? $"it ends at address {(long)section.VirtualAddress + section.VirtualSize}, the image at {sizeOfImage}"
                : section.RawSize != 0 && (long)section.RawOffset + section.RawSize > length
                    ? $"it ends at byte {(long)section.RawOffset + section.RawSize}, the file at {length}"
                : section.RawSize != 0 && section.RawOffset < table + (count * PeSection.HeaderSize) ? $"it starts at byte {section.RawOffset}, within the headers"
                : null;
            sections.Add(problem is null ? section : throw new ImageFormatException("PE section " + (i + 1), at, problem));
        }
        PeSection[] ordered = [.. sections.Where(s => s.RawSize != 0).OrderBy(s => s.RawOffset)];
        foreach ((PeSection a, PeSection b) in ordered.Zip(ordered.Skip(1)).Where(p => (long)p.First.RawOffset + p.First.RawSize > p.Second.RawOffset))
        {
            throw new ImageFormatException("PE sections", table, $"{a.Name} and {b.Name} overlap in the file");
        }
        return sections;
    }

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
