namespace Strata.Machines;

/// <summary>Guests of 512 bytes, for finding out whether an accelerator runs guests at all.</summary>
/// <remarks>A PC's BIOS loads the first sector of the boot disk to 0x7C00 in real mode and jumps there when it ends in 55 AA.</remarks>
internal static class BootSector
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 512;

    /// <summary>I/O port of QEMU's <c>isa-debug-exit</c> device in the probe.</summary>
    public const int ExitPort = 0xF4;

    /// <summary>Exit code of a QEMU whose guest wrote <c>0x31</c> to the port: value × 2 + 1 (hw/misc/debugexit.c).</summary>
    public const int ExitCode = (ExitValue * 2) + 1;

    private const byte ExitValue = 0x31;

    /// <summary>A guest that ends QEMU with <see cref="ExitCode"/>.</summary>
    public static byte[] Exiting() => Make(
    [
        0xB0, ExitValue, // mov al, 31h
        0xBA, ExitPort, 0x00, // mov dx, 00F4h
        0xEE, // out dx, al
        0xF4, // hlt
        0xEB, 0xFD, // jmp to the hlt
    ]);

    /// <summary>A guest that loops for ever.</summary>
    public static byte[] Hanging() => Make([0xEB, 0xFE]); // jmp to itself

    private static byte[] Make(ReadOnlySpan<byte> code)
    {
        byte[] sector = new byte[Size];
        code.CopyTo(sector);
        sector[510] = 0x55;
        sector[511] = 0xAA;
        return sector;
    }
}
