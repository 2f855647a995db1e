namespace Strata.Device.Disks;

/// <summary>A whole disk whose every byte can be written and read, with no file system in between. Places and lengths in bytes.</summary>
public interface IRawDisk : IDisposable
{
    /// <summary>What it is called in messages: <c>sdb</c>, or the path of a file.</summary>
    string Name { get; }

    /// <summary>How many bytes it says it has.</summary>
    long Size { get; }

    /// <summary>Places and lengths of what is read and written are multiples of this.</summary>
    int BlockSize { get; }

    /// <summary>True when <see cref="Clear"/> costs neither time nor room, as in a file.</summary>
    bool ClearsForNothing { get; }

    /// <summary>True when reading asks the disk itself, not the copy of it that the kernel keeps in memory.</summary>
    bool ReadsPastCache { get; }

    /// <summary>False when it was pulled out meanwhile.</summary>
    bool IsPresent { get; }

    /// <summary>Writes everything. In memory the bytes begin at a multiple of 4096.</summary>
    /// <exception cref="Posix.PosixException">The disk or the kernel refuses.</exception>
    void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Fills the buffer, which begins as in <see cref="WriteAt"/>.</summary>
    /// <exception cref="Posix.PosixException">The disk or the kernel refuses.</exception>
    void ReadAt(long offset, Span<byte> buffer);

    /// <summary>Makes a part of it zero without writing it; only where <see cref="ClearsForNothing"/>.</summary>
    /// <exception cref="Posix.PosixException">The kernel refuses.</exception>
    void Clear(long offset, long length);

    /// <summary>Waits until everything written would survive a power cut, and lets the kernel forget its copy.</summary>
    /// <exception cref="Posix.PosixException">The disk refuses.</exception>
    void Flush();
}
