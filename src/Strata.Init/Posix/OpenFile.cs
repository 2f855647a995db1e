namespace Strata.Init.Posix;

/// <summary>An open file, by its number. Nothing of the framework's file classes is used here: they would be a tenth of the program.</summary>
internal sealed unsafe class OpenFile : IDisposable
{
    private const int SeekEnd = 2;

    private int _number;

    private OpenFile(int number) => _number = number;

    /// <summary>Number of the descriptor.</summary>
    public int Number => _number;

    /// <summary>Length in bytes; of a block device its size.</summary>
    public long Length => PosixException.Check(Libc.Seek(_number, 0, SeekEnd));

    /// <summary>Opens a file.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static OpenFile Open(string path, int flags = Libc.ReadOnly, uint mode = 0x1A4) =>
        new(PosixException.Check(Libc.Open(path, flags | Libc.CloseOnExec, mode)));

    /// <summary>Takes over a descriptor.</summary>
    public static OpenFile Own(int number) => new(number);

    /// <summary>Reads on; 0 at the end.</summary>
    /// <exception cref="PosixException">Reading failed.</exception>
    public int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = Libc.Read(_number, start, buffer.Length);
            }
            while (count < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Libc.Interrupted);
            return (int)PosixException.Check(count);
        }
    }

    /// <summary>Fills the buffer from a place of the file; false when the file ends before.</summary>
    /// <exception cref="PosixException">Reading failed.</exception>
    public bool TryReadAt(long offset, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint count = PosixException.Check(Libc.ReadAt(_number, start + done, buffer.Length - done, offset + done));
                if (count == 0)
                {
                    return false;
                }
                done += (int)count;
            }
        }
        return true;
    }

    /// <summary>Writes everything.</summary>
    /// <exception cref="PosixException">Writing failed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                done += (int)PosixException.Check(Libc.Write(_number, start + done, bytes.Length - done));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        int number = _number;
        _number = -1;
        if (number >= 0)
        {
            _ = Libc.Close(number);
        }
    }
}
