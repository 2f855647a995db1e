using System.Globalization;
using System.Runtime.InteropServices;
using Strata.Device.Posix;

namespace Strata.Device.Disks;

/// <summary>A block device, or a file that stands for one, open for this program alone and past the kernel's copy of it.</summary>
/// <remarks>
/// A device is opened exclusively (<c>O_EXCL</c>, open(2)): the kernel refuses one that is mounted, a swap, or below a mapping, and lets
/// nobody mount it meanwhile. It is locked as well, so that udev does not look at it while it is half written (systemd, "Locking Block
/// Device Access").
/// </remarks>
public sealed unsafe class RawDisk : IRawDisk
{
    // linux/fs.h: the same on x86-64 and arm64
    private const ulong FlushBuffers = 0x1261; // BLKFLSBUF
    private const ulong ReadTable = 0x125F; // BLKRRPART
    private const int KeepSizePunchHole = 3; // FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
    private const int NotNeeded = 4; // POSIX_FADV_DONTNEED
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB

    private const ulong GetSectorSize = 0x1268; // BLKSSZGET

    private const int FileBlock = 4096; // every file system's rule for what goes past its cache divides it

    private readonly OpenFile _file;
    private readonly string? _node;

    private RawDisk(OpenFile file, string name, string? node, int blockSize)
    {
        _file = file;
        _node = node;
        Name = name;
        Size = file.Length;
        BlockSize = blockSize;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Size { get; }

    /// <inheritdoc/>
    public int BlockSize { get; }

    /// <inheritdoc/>
    public bool ClearsForNothing => _node is null;

    /// <inheritdoc/>
    public bool ReadsPastCache => BlockSize > 1;

    /// <inheritdoc/>
    public bool IsPresent => _node is null || Files.Exists(_node);

    // O_DIRECT (asm/fcntl.h): one of the few flags that are not the same everywhere
    private static int Direct => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>Opens a block device.</summary>
    /// <param name="path">Its device file.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="numbers">Major and minor number as sysfs writes them: <c>8:16</c>.</param>
    /// <exception cref="PosixException">It is in use (<see cref="PosixError.Busy"/>), gone, or not ours to write.</exception>
    public static RawDisk OpenDevice(string path, string name, string numbers)
    {
        OpenFile file = Open(path, Libc.ReadWrite | Libc.Exclusive | Direct);
        // where somebody has the lock already it is udev looking at what was just plugged in; it is done in a moment
        _ = Libc.Lock(file.Number, LockExclusive | LockNonBlocking);
        int sector = 0;
        PosixException.Check(Libc.Control(file.Number, GetSectorSize, (byte*)&sector));
        return new RawDisk(file, name, "/sys/dev/block/" + numbers, sector);
    }

    /// <summary>Opens a file of a disk's size.</summary>
    /// <exception cref="PosixException">It cannot be written.</exception>
    public static RawDisk OpenFileOf(string path)
    {
        // a length that is no multiple of blocks cannot be read past the cache to its end, and tmpfs knows no such thing
        if (OpenFile.TryOpen(path, Libc.ReadWrite | Direct) is OpenFile direct)
        {
            if (direct.Length % FileBlock == 0)
            {
                return new RawDisk(direct, path, null, FileBlock);
            }
            direct.Dispose();
        }
        return new RawDisk(Open(path, Libc.ReadWrite), path, null, blockSize: 1);
    }

    /// <inheritdoc/>
    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint count = Libc.WriteAt(_file.Number, start + done, bytes.Length - done, offset + done);
                if (count <= 0 && !WasInterrupted(count))
                {
                    throw new PosixException(count == 0 ? PosixError.NoSpace : Marshal.GetLastPInvokeError());
                }
                done += (int)Math.Max(count, 0);
            }
        }
    }

    /// <inheritdoc/>
    public void ReadAt(long offset, Span<byte> buffer)
    {
        if (!_file.TryReadAt(offset, buffer))
        {
            throw new PosixException(PosixError.InputOutput, string.Create(
                CultureInfo.InvariantCulture, $"it ends before byte {offset + buffer.Length}"));
        }
    }

    /// <inheritdoc/>
    public void Clear(long offset, long length) =>
        PosixException.Check(Libc.Allocate(_file.Number, KeepSizePunchHole, offset, length));

    /// <inheritdoc/>
    public void Flush()
    {
        PosixException.Check(Libc.SyncFile(_file.Number));
        if (_node is null)
        {
            _ = Libc.Advise(_file.Number, 0, 0, NotNeeded);
        }
        else
        {
            _ = Libc.ControlValue(_file.Number, FlushBuffers, 0); // what others have read of it; we read past that anyway
        }
    }

    /// <summary>Lets the kernel look at the partitions anew; it does so by itself too, when nobody has the device open any more.</summary>
    public void RereadTable() => _ = Libc.ControlValue(_file.Number, ReadTable, 0);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static OpenFile Open(string path, int flags) =>
        OpenFile.TryOpen(path, flags) ?? throw PosixException.Of("open", path, Marshal.GetLastPInvokeError());

    private static bool WasInterrupted(nint count) => count < 0 && Marshal.GetLastPInvokeError() == PosixError.Interrupted;
}
