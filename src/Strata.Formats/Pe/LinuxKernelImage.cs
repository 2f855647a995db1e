using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>A kernel that firmware can start by itself: what a unified kernel image needs to know of it.</summary>
/// <param name="Image">Its PE headers.</param>
internal sealed record LinuxKernelImage(PeImage Image)
{
    private const int HeaderMagicAt = 0x202;     // "HdrS" of the x86 boot protocol, Documentation/arch/x86/boot.rst
    private const int Arm64MagicAt = 0x38;       // "ARM\x64", Documentation/arch/arm64/booting.rst
    private const int ProtocolVersionAt = 0x206; // u16
    private const int LeastProtocol = 0x20B;     // EFI handover came with 2.11

    /// <summary>Reads the start of a kernel.</summary>
    /// <param name="head">Its first bytes: all, or <see cref="PeImage.HeadSize"/> of them.</param>
    /// <param name="length">Bytes of the whole kernel.</param>
    /// <exception cref="ImageFormatException">It is no kernel with EFI stub; the message says what it is instead where that is known.</exception>
    public static LinuxKernelImage Read(ReadOnlySpan<byte> head, long length)
    {
        if (!head.StartsWith("MZ"u8))
        {
            throw new ImageFormatException("Linux kernel", 0, head switch
            {
                [0x1F, 0x8B, ..] => "it is compressed by gzip; firmware starts only the uncompressed Image",
                [0x7F, (byte)'E', (byte)'L', (byte)'F', ..] => "it is an ELF file (vmlinux); the bzImage is needed",
                _ => "it does not start with 'MZ', so it has no EFI stub",
            });
        }
        PeImage image = PeImage.Read(head, length);
        (int at, byte[] magic) = image.Machine switch
        {
            PeMachine.Amd64 => (HeaderMagicAt, "HdrS"u8.ToArray()),
            PeMachine.Arm64 => (Arm64MagicAt, "ARM\x64"u8.ToArray()),
            _ => throw new ImageFormatException("Linux kernel", 0, $"it is for the CPU type 0x{(int)image.Machine:x}, supported are x86-64 and arm64"),
        };
        if (head.Length < at + 8 || !head[at..].StartsWith(magic))
        {
            throw new ImageFormatException("Linux kernel", at, "it is a PE program, but the mark of a kernel is missing");
        }
        if (image.Machine == PeMachine.Amd64 && BinaryPrimitives.ReadUInt16LittleEndian(head[ProtocolVersionAt..]) is ushort version and < LeastProtocol)
        {
            throw new ImageFormatException("Linux kernel", ProtocolVersionAt, $"boot protocol 0x{version:x4} is older than 0x{LeastProtocol:x4}");
        }
        return image.Subsystem == PeImage.EfiApplication
            ? new LinuxKernelImage(image)
            : throw new ImageFormatException("Linux kernel", 0, $"subsystem {image.Subsystem}, expected {PeImage.EfiApplication} (EFI application)");
    }
}
