using System.Runtime.InteropServices;

namespace Strata.Machines;

/// <summary>The modes of the terminal on standard input (termios(3)), kept and put back.</summary>
/// <remarks>QEMU puts them back itself when it leaves in order; a killed one does not.</remarks>
internal sealed partial class TerminalModes : IDisposable
{
    private const int StandardInput = 0;
    private const int AfterOutput = 1; // TCSADRAIN, bits/termios.h
    private const int StructureBytes = 256; // struct termios of glibc has 60; more is room for other C libraries

    private readonly byte[]? _modes;

    private TerminalModes(byte[]? modes) => _modes = modes;

    /// <summary>True when standard input is a terminal.</summary>
    public bool IsTerminal => _modes is not null;

    /// <summary>Remembers the modes; nothing when standard input is no terminal.</summary>
    public static TerminalModes Keep()
    {
        byte[] modes = new byte[StructureBytes];
        return new TerminalModes(GetAttributes(StandardInput, modes) == 0 ? modes : null);
    }

    /// <summary>Puts the modes back.</summary>
    public void Dispose()
    {
        if (_modes is not null)
        {
            _ = SetAttributes(StandardInput, AfterOutput, _modes); // a terminal that has gone needs no modes
        }
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(int descriptor, [Out] byte[] modes);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(int descriptor, int when, [In] byte[] modes);
}
