using System.Buffers.Binary;
using System.Text;

namespace Strata.Testing;

/// <summary>A small 64-bit ELF file with nothing but its dynamic section or its module information. Offsets are typed from elf(5).</summary>
public sealed class TinyElf
{
    private const int Base = 0x400000;

    /// <summary>PT_INTERP.</summary>
    public string? Interpreter { get; init; }

    /// <summary>DT_NEEDED.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>DT_SONAME.</summary>
    public string? Soname { get; init; }

    /// <summary>DT_RPATH.</summary>
    public string? Rpath { get; init; }

    /// <summary>DT_RUNPATH.</summary>
    public string? Runpath { get; init; }

    /// <summary>DF_1_PIE: a program, though it may name no loader.</summary>
    public bool IsPie { get; init; }

    /// <summary>e_machine: 62 is x86-64, 183 ARM.</summary>
    public ushort Machine { get; init; } = 62;

    /// <summary>JSON of a dlopen note (systemd.io/ELF_DLOPEN_METADATA).</summary>
    public string? DlopenNote { get; init; }

    /// <summary>A library that needs others.</summary>
    public static TinyElf Library(string soname, params IReadOnlyList<string> needed) => new() { Soname = soname, Needed = needed };

    /// <summary>A program with the loader of x86-64.</summary>
    public static TinyElf Program(params IReadOnlyList<string> needed) => new() { Interpreter = "/lib64/ld-linux-x86-64.so.2", Needed = needed };

    /// <summary>A kernel module: an object file with a section <c>.modinfo</c> of these <c>key=value</c> strings.</summary>
    public static byte[] Module(params IEnumerable<string> info)
    {
        byte[] names = Encoding.ASCII.GetBytes("\0.shstrtab\0.modinfo\0");
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(info.Select(i => i + "\0")));
        int contentAt = 64 + names.Length;
        int sections = (contentAt + content.Length + 7) & -8;
        byte[] file = new byte[sections + (3 * 64)];
        Header(file, type: 1, machine: 62);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), (ulong)sections); // e_shoff
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(52), 64); // e_ehsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), 64); // e_shentsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), 3); // e_shnum
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), 1); // e_shstrndx
        names.CopyTo(file, 64);
        content.CopyTo(file, contentAt);
        Section(file.AsSpan(sections + 64), 1, 3, 64, names.Length);
        Section(file.AsSpan(sections + 128), 11, 1, contentAt, content.Length);
        return file;
    }

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        List<byte> strings = [0];
        List<byte> dynamic = [];
        foreach (string needed in Needed)
        {
            Entry(1, Text(needed));
        }
        if (Soname is not null)
        {
            Entry(14, Text(Soname));
        }
        if (Rpath is not null)
        {
            Entry(15, Text(Rpath));
        }
        if (Runpath is not null)
        {
            Entry(29, Text(Runpath));
        }
        if (IsPie)
        {
            Entry(0x6FFFFFFB, 0x08000000); // DT_FLAGS_1
        }
        byte[] interp = Interpreter is null ? [] : [.. Encoding.ASCII.GetBytes(Interpreter), 0];
        byte[] note = DlopenNote is null ? [] : Note(DlopenNote);
        int interpAt = 64 + (4 * 56);
        int stringsAt = interpAt + interp.Length;
        int noteAt = (stringsAt + strings.Count + 7) & -8;
        int dynamicAt = (noteAt + note.Length + 7) & -8;
        Entry(5, Base + stringsAt);
        Entry(10, strings.Count);
        Entry(0, 0);
        byte[] file = new byte[dynamicAt + dynamic.Count];
        Header(file, type: 3, Machine);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64); // e_phoff
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56); // e_phentsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 4); // e_phnum
        Segment(file, 0, 1, 0, file.Length);
        Segment(file, 1, interp.Length > 0 ? 3u : 0u, interpAt, interp.Length);
        Segment(file, 2, 2, dynamicAt, dynamic.Count);
        Segment(file, 3, note.Length > 0 ? 4u : 0u, noteAt, note.Length);
        interp.CopyTo(file, interpAt);
        strings.CopyTo(file, stringsAt);
        note.CopyTo(file, noteAt);
        dynamic.CopyTo(file, dynamicAt);
        return file;

        long Text(string text)
        {
            int at = strings.Count;
            strings.AddRange([.. Encoding.UTF8.GetBytes(text), 0]);
            return at;
        }

        void Entry(long tag, long value) => dynamic.AddRange([.. BitConverter.GetBytes(tag), .. BitConverter.GetBytes(value)]);
    }

    private static byte[] Note(string json)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes(json), 0];
        byte[] padded = [.. text, .. new byte[-text.Length & 3]];
        return [.. BitConverter.GetBytes(4), .. BitConverter.GetBytes(text.Length), .. BitConverter.GetBytes(0x407C0C0A), .. "FDO\0"u8, .. padded];
    }

    private static void Header(byte[] file, ushort type, ushort machine)
    {
        ((byte[])[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), type);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), machine);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), 1); // e_version
    }

    private static void Segment(byte[] file, int index, uint type, int offset, int size)
    {
        Span<byte> header = file.AsSpan(64 + (index * 56), 56);
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], (ulong)(Base + offset));
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[40..], (ulong)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[48..], 4);
    }

    private static void Section(Span<byte> header, uint name, uint type, int offset, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, name);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)size);
    }
}
