using System.Buffers.Binary;
using System.Text;

namespace Strata.Formats.Tests.Elf;

/// <summary>Small ELF files made in the test. Offsets are typed from elf(5) and the System V ABI.</summary>
internal static class ElfBytes
{
    private const int Base = 0x400000;

    public static byte[] Note(string json, string owner = "FDO", uint type = 0x407C0C0A)
    {
        byte[] name = Encoding.ASCII.GetBytes(owner + "\0");
        byte[] content = Encoding.UTF8.GetBytes(json + "\0");
        return [.. U32((uint)name.Length), .. U32((uint)content.Length), .. U32(type), .. Pad4(name), .. Pad4(content)];
    }

    /// <summary>A 64-bit shared object or program with the dynamic entries given as tag and text or number.</summary>
    public static byte[] Dynamic64(string? interpreter, (long Tag, string Text)[] texts, (long Tag, long Value)[] numbers, byte[] notes)
    {
        List<byte> strings = [0];
        List<byte> dynamic = [];
        foreach ((long tag, string text) in texts)
        {
            dynamic.AddRange([.. U64(tag), .. U64(strings.Count)]);
            strings.AddRange([.. Encoding.UTF8.GetBytes(text), 0]);
        }
        foreach ((long tag, long value) in numbers)
        {
            dynamic.AddRange([.. U64(tag), .. U64(value)]);
        }
        byte[] interp = interpreter is null ? [] : [.. Encoding.ASCII.GetBytes(interpreter), 0];
        int headers = 64 + (4 * 56);
        int stringsAt = headers + interp.Length;
        int notesAt = Align(stringsAt + strings.Count);
        int dynamicAt = Align(notesAt + notes.Length);
        dynamic.AddRange([.. U64(5), .. U64(Base + stringsAt), .. U64(10), .. U64(strings.Count), .. U64(0), .. U64(0)]);
        int total = dynamicAt + dynamic.Count;

        byte[] file = new byte[total];
        ((byte[])[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 3); // ET_DYN
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62); // EM_X86_64
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64); // e_phoff
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56); // e_phentsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 4); // e_phnum
        Segment(file, 0, 1, 0, total);
        Segment(file, 1, interp.Length > 0 ? 3u : 0u, headers, interp.Length);
        Segment(file, 2, 2, dynamicAt, dynamic.Count);
        Segment(file, 3, 4, notesAt, notes.Length);
        interp.CopyTo(file, headers);
        strings.CopyTo(file, stringsAt);
        notes.CopyTo(file, notesAt);
        dynamic.CopyTo(file, dynamicAt);
        return file;
    }

    /// <summary>A program as a compiler would make it: two libraries, a search path, one optional library.</summary>
    public static byte[] Program() => Dynamic64(
        "/lib64/ld-linux-x86-64.so.2",
        [(1, "libm.so.6"), (1, "libc.so.6"), (29, "$ORIGIN/../lib")],
        [(0x6FFFFFFB, 0x08000000)],
        [.. Note("x", "GNU", 3), .. Note("""[{"feature":"seccomp","description":"filters","priority":"suggested","soname":["libseccomp.so.2"]}]""")]);

    /// <summary>An object file with one section <c>.modinfo</c>, as a kernel module has it.</summary>
    public static byte[] Module64(string modinfo)
    {
        byte[] names = Encoding.ASCII.GetBytes("\0.shstrtab\0.modinfo\0");
        byte[] content = Encoding.UTF8.GetBytes(modinfo);
        byte[] file = new byte[64 + names.Length + content.Length + (3 * 64)];
        int sections = 64 + names.Length + content.Length;
        ((byte[])[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 1); // ET_REL
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), (ulong)sections); // e_shoff
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), 64); // e_shentsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), 3); // e_shnum
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), 1); // e_shstrndx
        names.CopyTo(file, 64);
        content.CopyTo(file, 64 + names.Length);
        Section(file, sections + 64, 1, 3, 64, names.Length);
        Section(file, sections + 128, 11, 1, 64 + names.Length, content.Length);
        return file;
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

    private static void Section(byte[] file, int at, uint name, uint type, int offset, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), name);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 4), type);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at + 24), (ulong)offset);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at + 32), (ulong)size);
    }

    private static int Align(int value) => (value + 7) & -8;

    private static byte[] Pad4(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] U64(long value) => BitConverter.GetBytes(value);
}
