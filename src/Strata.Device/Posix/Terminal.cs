namespace Strata.Device.Posix;

/// <summary>A terminal that is read key by key, and shows nothing by itself. It is as it was when this is disposed of.</summary>
public sealed unsafe class Terminal : IDisposable
{
    private const ulong Get = 0x5401; // TCGETS (asm-generic/ioctls.h)
    private const ulong Set = 0x5402; // TCSETS
    private const ulong SetAndForget = 0x5404; // TCSETSF: what was typed before is not an answer
    private const int Size = 60; // struct termios of the kernel has 36 or 60 bytes
    private const int LocalFlagsAt = 12; // c_lflag, u32
    private const uint SignalsLinesAndEcho = 0x1 | 0x2 | 0x8; // ISIG, ICANON, ECHO

    private readonly OpenFile _file;
    private readonly byte[] _before;

    private Terminal(OpenFile file, byte[] before) => (_file, _before) = (file, before);

    /// <summary>Opens one; null when it is none, or cannot be read.</summary>
    public static Terminal? TryOpen(string path)
    {
        OpenFile? file = OpenFile.TryOpen(path, Libc.ReadWrite | Libc.NoTerminal | Libc.NonBlocking);
        if (file is null)
        {
            return null;
        }
        byte[] before = new byte[Size];
        byte[] keys = new byte[Size];
        fixed (byte* old = before)
        fixed (byte* wanted = keys)
        {
            if (Libc.Control(file.Number, Get, old) < 0)
            {
                file.Dispose();
                return null;
            }
            before.CopyTo(keys, 0);
            *(uint*)(wanted + LocalFlagsAt) &= ~SignalsLinesAndEcho;
            _ = Libc.Control(file.Number, SetAndForget, wanted);
        }
        return new Terminal(file, before);
    }

    /// <summary>Reads what was typed; 0 when nothing was, or nobody can type there any more.</summary>
    public int TryRead(Span<byte> keys)
    {
        fixed (byte* start = keys)
        {
            return (int)Math.Max(0, Libc.Read(_file.Number, start, keys.Length));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        fixed (byte* old = _before)
        {
            _ = Libc.Control(_file.Number, Set, old);
        }
        _file.Dispose();
    }
}
