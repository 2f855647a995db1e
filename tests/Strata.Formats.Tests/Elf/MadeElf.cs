using System.Text;

namespace Strata.Formats.Tests.Elf;

/// <summary>A segment of a made file: p_type, p_flags and its bytes; p_align is 4 unless said.</summary>
internal sealed record MadeSegment(uint Type, byte[] Content, uint Flags = 4, uint Align = 4);

/// <summary>A section of a made file: sh_type, sh_link, its name and its bytes.</summary>
internal sealed record MadeSection(uint Type, string Name, byte[] Content, uint Link = 0);

/// <summary>ELF files of both word sizes, offsets typed from the System V ABI (figures 4-3, 4-8 and 5-1; chapters 4 and 5).</summary>
/// <remarks>One PT_LOAD comes first and holds the whole file, starting with the strings at <see cref="Base"/> + the place after the
/// headers.</remarks>
internal sealed class MadeElf
{
    public const int Base = 0x400000;

    public bool Is64 { get; init; } = true;

    /// <summary>e_type: 1 relocatable, 2 executable, 3 shared.</summary>
    public ushort Type { get; init; } = 3;

    public string? Interpreter { get; init; }

    /// <summary>Dynamic entries with a text, then those with a number; DT_STRTAB, DT_STRSZ and DT_NULL follow.</summary>
    public (long Tag, string Text)[] Texts { get; init; } = [];

    public (long Tag, long Value)[] Numbers { get; init; } = [];

    /// <summary>Entries behind DT_NULL.</summary>
    public (long Tag, long Value)[] AfterNull { get; init; } = [];

    /// <summary>Said instead of the true DT_STRSZ.</summary>
    public int? StringsSize { get; init; }

    /// <summary>p_filesz of the PT_LOAD, instead of up to the end of the file.</summary>
    public int? LoadSize { get; init; }

    public MadeSegment[] Segments { get; init; } = [];

    /// <summary>Behind the empty section 0.</summary>
    public MadeSection[] Sections { get; init; } = [];

    /// <summary>e_shstrndx.</summary>
    public ushort NamesSection { get; init; }

    private int Word => Is64 ? 8 : 4;

    /// <summary>Where the strings start in the file.</summary>
    public int StringsAt => (Is64 ? 64 : 52) + (SegmentCount * (Is64 ? 56 : 32));

    private int SegmentCount => 2 + (Interpreter is null ? 0 : 1) + Segments.Length;

    public byte[] ToBytes()
    {
        List<byte> strings = [0];
        List<byte> dynamic = [];
        foreach ((long tag, string text) in Texts)
        {
            dynamic.AddRange([.. W(tag), .. W(strings.Count)]);
            strings.AddRange([.. Encoding.UTF8.GetBytes(text), 0]);
        }
        foreach ((long tag, long value) in Numbers)
        {
            dynamic.AddRange([.. W(tag), .. W(value)]);
        }
        dynamic.AddRange([.. W(5), .. W(Base + StringsAt), .. W(10), .. W(StringsSize ?? strings.Count), .. W(0), .. W(0)]);
        foreach ((long tag, long value) in AfterNull)
        {
            dynamic.AddRange([.. W(tag), .. W(value)]);
        }

        MadeSegment[] segments =
        [
            .. Interpreter is null ? (MadeSegment[])[] : [new MadeSegment(3, [.. Encoding.UTF8.GetBytes(Interpreter), 0])],
            new MadeSegment(2, [.. dynamic]),
            .. Segments,
        ];
        List<byte> body = [.. strings];
        List<byte> programHeaders = [];
        foreach (MadeSegment segment in segments)
        {
            Pad(body);
            programHeaders.AddRange(ProgramHeader(segment.Type, segment.Flags, StringsAt + body.Count, segment.Content.Length,
                segment.Align));
            body.AddRange(segment.Content);
        }
        List<byte> names = [0];
        List<byte> sectionHeaders = [.. new byte[Is64 ? 64 : 40]];
        foreach (MadeSection section in Sections)
        {
            Pad(body);
            sectionHeaders.AddRange(SectionHeader(section, names.Count, StringsAt + body.Count));
            names.AddRange([.. Encoding.ASCII.GetBytes(section.Name), 0]);
            body.AddRange(section.Content);
        }
        Pad(body);
        int sectionsAt = StringsAt + body.Count;
        byte[] load = ProgramHeader(1, 5, StringsAt, LoadSize ?? body.Count, 4096);
        return [.. Header(sectionsAt), .. load, .. programHeaders, .. body, .. Sections.Length == 0 ? [] : sectionHeaders];
    }

    /// <summary>A symbol; without section it is to be found elsewhere.</summary>
    public byte[] Symbol(int name, ushort section) => Is64
        ? [.. U32((uint)name), 0x12, 0, .. U16(section), .. new byte[16]]
        : [.. U32((uint)name), .. new byte[8], 0x12, 0, .. U16(section)];

    private byte[] Header(int sectionsAt)
    {
        byte[] ident = [0x7F, (byte)'E', (byte)'L', (byte)'F', (byte)(Is64 ? 2 : 1), 1, 1, .. new byte[9]];
        ushort sections = (ushort)(Sections.Length == 0 ? 0 : Sections.Length + 1);
        int size = Is64 ? 64 : 52;
        return
        [
            .. ident, .. U16(Type), .. U16(62), .. U32(1), .. W(0), .. W(size), .. W(sectionsAt), .. U32(0), .. U16((ushort)size),
            .. U16((ushort)(Is64 ? 56 : 32)), .. U16((ushort)SegmentCount), .. U16((ushort)(Is64 ? 64 : 40)), .. U16(sections),
                .. U16(NamesSection),
        ];
    }

    private byte[] ProgramHeader(uint type, uint flags, int offset, int size, uint align) => Is64
        ? [.. U32(type), .. U32(flags), .. W(offset), .. W(Base + offset), .. W(0), .. W(size), .. W(size), .. W(align)]
        : [.. U32(type), .. W(offset), .. W(Base + offset), .. W(0), .. W(size), .. W(size), .. U32(flags), .. W(align)];

    private byte[] SectionHeader(MadeSection section, int name, int offset) =>
    [
        .. U32((uint)name), .. U32(section.Type), .. W(0), .. W(0), .. W(offset), .. W(section.Content.Length), .. U32(section.Link),
            .. U32(0), .. W(4), .. W(0),
    ];

    private byte[] W(long value) => BitConverter.GetBytes(value)[..Word];

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] U16(ushort value) => BitConverter.GetBytes(value);

    private static void Pad(List<byte> bytes)
    {
        while (bytes.Count % 8 != 0)
        {
            bytes.Add(0xEE); // not zero: a reader that runs over an end shall find something
        }
    }
}
