using Strata.Core;

namespace Strata.Device.Posix;

/// <summary>
/// An open file, by its number. Nothing of the framework's file classes is used here: they would be a tenth of the early init. Programs
/// that
/// have them anyway use <see cref="Handles.FileHandles"/>.
/// </summary>
public sealed unsafe class OpenFile : IDisposable
{
    private const int SeekEnd = 2;

    private int _number;

    private OpenFile(int number) => _number = number;

    /// <summary>Number of the descriptor.</summary>
    internal int Number => _number;

    /// <summary>Length in bytes; of a block device its size.</summary>
    public long Length => PosixException.Check(Libc.Seek(_number, 0, SeekEnd));

    /// <summary>Standard output (1) or standard error (2) of this program.</summary>
    public static OpenFile Standard(int number) => new(number);

    /// <summary>Standard error of this program, which stays open.</summary>
    public static OpenFile StandardError() => new(2);

    /// <summary>Opens a file, or a folder, for reading.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static OpenFile Open(string path) => new(PosixException.Check(Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec, 0)));

    /// <summary>As <see cref="Open"/>; null when the kernel refuses.</summary>
    public static OpenFile? TryOpen(string path) => TryOpen(path, Libc.ReadOnly);

    /// <summary>Opens a device or file that is there for writing; null when the kernel refuses. A terminal does not become ours.</summary>
    public static OpenFile? TryOpenForWriting(string path) =>
        Opened(Libc.Open(path, Libc.WriteOnly | Libc.NoTerminal | Libc.CloseOnExec, 0));

    /// <summary>Opens a device or file that is there for reading and writing.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static OpenFile OpenForChanges(string path) =>
        new(PosixException.Check(Libc.Open(path, Libc.ReadWrite | Libc.CloseOnExec, 0)));

    /// <summary>Opens a file for writing anew; it is made (0644) when it is not there.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public static OpenFile Create(string path) =>
        new(PosixException.Check(Libc.Open(path, Libc.WriteOnly | Libc.Create | Libc.Truncate | Libc.CloseOnExec, Modes.File)));

    /// <summary>Makes a file (0644) for writing; its name has to be free, and a link in its place is not followed.</summary>
    /// <exception cref="PosixException">The name is taken, or the kernel refuses.</exception>
    public static OpenFile CreateNew(string path)
    {
        const int Flags = Libc.WriteOnly | Libc.Create | Libc.Exclusive | Libc.CloseOnExec;
        return new(PosixException.Check(Libc.Open(path, Flags, Modes.File)));
    }

    /// <summary>Opens a file, or makes it, and locks it (flock(2)) as long as it is open; null when somebody has it.</summary>
    /// <exception cref="PosixException">It can neither be opened nor made.</exception>
    public static OpenFile? TryLock(string path)
    {
        const int ExclusiveAtOnce = 2 | 4; // LOCK_EX | LOCK_NB
        OpenFile file = new(PosixException.Check(Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec, Modes.SecretFile)));
        if (Libc.Lock(file.Number, ExclusiveAtOnce) == 0)
        {
            return file;
        }
        file.Dispose();
        return null;
    }

    /// <summary>Opens with the flags given, and never across a start of a program; null when the kernel refuses.</summary>
    internal static OpenFile? TryOpen(string path, int flags) => Opened(Libc.Open(path, flags | Libc.CloseOnExec, 0));

    /// <summary>Takes over a descriptor.</summary>
    internal static OpenFile Own(int number) => new(number);

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
            while (count < 0 && System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == PosixError.Interrupted);
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

    /// <summary>Writes everything at a place of the file.</summary>
    /// <exception cref="PosixException">Writing failed.</exception>
    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                done += (int)PosixException.Check(Libc.WriteAt(_number, start + done, bytes.Length - done, offset + done));
            }
        }
    }

    /// <summary>Cuts the file, or makes it longer with zeros.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public void SetLength(long bytes) => PosixException.Check(Libc.SetLength(_number, bytes));

    /// <summary>Takes room for a file of so many bytes; it becomes that long, and writing to it needs no more of the disk.</summary>
    /// <exception cref="PosixException">There is not so much room, or the file system cannot.</exception>
    public void Reserve(long bytes) => PosixException.Check(Libc.Allocate(_number, 0, 0, bytes));

    /// <summary>Makes what was written survive a power cut; of a folder its names.</summary>
    /// <exception cref="PosixException">The device failed.</exception>
    public void Sync() => PosixException.Check(Libc.SyncFile(_number));

    /// <summary>
    /// Makes what was written survive a power cut, and not when it was written: bytes that took the place of others cost no journal.
    /// </summary>
    /// <exception cref="PosixException">The device failed.</exception>
    public void SyncContent() => PosixException.Check(Libc.SyncContent(_number));

    /// <summary>Waits until a terminal has sent everything that was written.</summary>
    public void Drain() => _ = Libc.Drain(_number);

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

    private static OpenFile? Opened(int number) => number < 0 ? null : new(number);
}
