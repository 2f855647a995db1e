using System.Buffers.Binary;

namespace Strata.Testing;

/// <summary>
/// A program of x86-64 Linux that stands for a tool: it says the arguments it was given, each with a NUL behind it, and then
/// copies its input. What a tool is told is so part of what it makes.
/// </summary>
/// <remarks>
/// It is meant to stand for the loader of a tree of tools: started as <c>LOADER --library-path FOLDERS TOOL ARGUMENTS</c>, it needs no
/// library and no other file, and what it says does not depend on where the tree lies. It must have an environment, if
/// only of one variable. It fails when the tool is <c>bwrap</c>, as on a host that gives nobody a room: tools then start without one.
/// </remarks>
public static class TinyTool
{
    private const int Base = 0x400000;
    private const int Start = 64 + 56; // behind the two headers

    // on the stack lie, from its top on: the number of arguments, their addresses, 0, the addresses of the environment
    // (System V ABI, §3.4.1)
    private static readonly byte[] s_code =
    [
        0x48, 0x8B, 0x04, 0x24,                   //       mov rax, [rsp]
        0x48, 0x83, 0xF8, 0x05,                   //       cmp rax, 5
        0x7C, 0x21,                               //       jl copy
        0x48, 0x8B, 0x74, 0x24, 0x28,             //       mov rsi, [rsp + 40]            argument 4
        0x66, 0x81, 0x7E, 0xFD, (byte)'a', (byte)'p', // cmp word [rsi - 3], "ap"        the end of argument 3, which lies before it
        0x74, 0x48,                               //       je fail
        0x48, 0x8B, 0x54, 0xC4, 0x10,             //       mov rdx, [rsp + 8 * rax + 16]  the environment lies behind the arguments
        0x48, 0x29, 0xF2,                         //       sub rdx, rsi
        0xBF, 0x01, 0x00, 0x00, 0x00,             //       mov edi, 1
        0xB8, 0x01, 0x00, 0x00, 0x00,             //       mov eax, 1                     write
        0x0F, 0x05,                               //       syscall
        0x48, 0x81, 0xEC, 0x00, 0x00, 0x01, 0x00, // copy: sub rsp, 65536
        0x31, 0xC0,                               // more: xor eax, eax                   read
        0x31, 0xFF,                               //       xor edi, edi
        0x48, 0x89, 0xE6,                         //       mov rsi, rsp
        0xBA, 0x00, 0x00, 0x01, 0x00,             //       mov edx, 65536
        0x0F, 0x05,                               //       syscall
        0x48, 0x85, 0xC0,                         //       test rax, rax
        0x7E, 0x11,                               //       jle end
        0x48, 0x89, 0xC2,                         //       mov rdx, rax
        0xBF, 0x01, 0x00, 0x00, 0x00,             //       mov edi, 1
        0xB8, 0x01, 0x00, 0x00, 0x00,             //       mov eax, 1                     write
        0x0F, 0x05,                               //       syscall
        0xEB, 0xDC,                               //       jmp more
        0x31, 0xFF,                               // end:  xor edi, edi
        0xB8, 0x3C, 0x00, 0x00, 0x00,             // leave: mov eax, 60                   exit
        0x0F, 0x05,                               //       syscall
        0xBF, 0x01, 0x00, 0x00, 0x00,             // fail: mov edi, 1
        0xEB, 0xF2,                               //       jmp leave
    ];

    /// <summary>The file: elf(5), one segment that holds all of it.</summary>
    public static byte[] Loader()
    {
        byte[] file = new byte[Start + s_code.Length];
        ((byte[])[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 2); // ET_EXEC
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62); // EM_X86_64
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(20), 1); // e_version
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), Base + Start); // e_entry
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64); // e_phoff
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(52), 64); // e_ehsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56); // e_phentsize
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 1); // e_phnum
        Span<byte> segment = file.AsSpan(64);
        BinaryPrimitives.WriteUInt32LittleEndian(segment, 1); // PT_LOAD
        BinaryPrimitives.WriteUInt32LittleEndian(segment[4..], 5); // readable, executable
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 4096);
        s_code.CopyTo(file, Start);
        return file;
    }
}
