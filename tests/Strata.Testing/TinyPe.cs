using System.Buffers.Binary;
using System.Text;

namespace Strata.Testing;

/// <summary>PE files made by hand, field by field from the specification.</summary>
public static class TinyPe
{
    private const int PeAt = 0x40;
    private const int OptionalAt = PeAt + 24;
    private const int TableAt = OptionalAt + 240;

    /// <summary>A program of one section per name, each of 512 bytes; <paramref name="headers"/> bytes of headers.</summary>
    public static byte[] Program(int headers = 1024, uint sizeOfImage = 0, params string[] sections)
    {
        string[] names = sections.Length == 0 ? [".text"] : sections;
        byte[] file = new byte[headers + (512 * names.Length)];
        "MZ"u8.CopyTo(file);
        U32(0x3C, PeAt);
        "PE\0\0"u8.CopyTo(file.AsSpan(PeAt));
        U16(PeAt + 4, 0x8664); // Machine
        U16(PeAt + 6, (ushort)names.Length); // NumberOfSections
        U16(PeAt + 20, 240); // SizeOfOptionalHeader
        U16(PeAt + 22, 0x206); // Characteristics
        U16(OptionalAt, 0x20B); // Magic: PE32+
        U32(OptionalAt + 4, 512); // SizeOfCode
        U32(OptionalAt + 8, 512); // SizeOfInitializedData
        U32(OptionalAt + 16, 0x1000); // AddressOfEntryPoint
        U32(OptionalAt + 32, 0x1000); // SectionAlignment
        U32(OptionalAt + 36, 512); // FileAlignment
        U32(OptionalAt + 56, Math.Max(sizeOfImage, (uint)(0x1000 * (names.Length + 1)))); // SizeOfImage
        U32(OptionalAt + 60, (uint)headers); // SizeOfHeaders
        U32(OptionalAt + 64, 0xDEADBEEF); // CheckSum
        U16(OptionalAt + 68, 10); // Subsystem: EFI application
        U32(OptionalAt + 108, 16); // NumberOfRvaAndSizes
        for (int i = 0; i < names.Length; i++)
        {
            int at = TableAt + (40 * i);
            Encoding.ASCII.GetBytes(names[i], file.AsSpan(at));
            U32(at + 8, 500); // VirtualSize
            U32(at + 12, (uint)(0x1000 * (i + 1))); // VirtualAddress
            U32(at + 16, 512); // SizeOfRawData
            U32(at + 20, (uint)(headers + (512 * i))); // PointerToRawData
            U32(at + 36, 0x60000020); // Characteristics
            file.AsSpan(headers + (512 * i), 500).Fill((byte)(0x90 + i));
        }
        return file;

        void U16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void U32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
    }

    /// <summary>What firmware and stub take for a kernel: a program with the mark of the x86 boot protocol.</summary>
    public static byte[] Kernel(uint sizeOfImage = 0x100000)
    {
        byte[] kernel = Program(headers: 1024, sizeOfImage);
        "HdrS"u8.CopyTo(kernel.AsSpan(0x202));
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(0x206), 0x20F);
        return kernel;
    }
}
