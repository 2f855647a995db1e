using Strata.Device.Disks;
using Strata.Device.Posix;

namespace Strata.Flash.Tests;

/// <summary>A disk in memory that can have the faults of real ones, and remembers in which order it was written.</summary>
internal sealed class MemoryDisk(int size, int sector = 512) : IRawDisk
{
    public byte[] Bytes { get; } = [.. Enumerable.Repeat((byte)0xA5, size)];

    public List<(long Offset, int Length, bool IsZero)> Writes { get; } = [];

    /// <summary>How much of it there really is.</summary>
    public long RealSize { get; init; } = size;

    /// <summary>Where what is written behind the real size ends up: at the beginning again, or nowhere.</summary>
    public bool WrapsAround { get; init; }

    /// <summary>Bytes after which it fails.</summary>
    public long FailsAfter { get; init; } = long.MaxValue;

    public bool IsPulledThen { get; init; }

    public bool FailsReading { get; init; }

    /// <summary>Called before each write of something.</summary>
    public Action<long>? BeforeWrite { get; init; }

    public int Flushes { get; private set; }

    public string Name => "sdx";

    public long Size => Bytes.Length;

    public int BlockSize => sector;

    public bool ClearsForNothing { get; init; }

    public bool ReadsPastCache => true;

    public bool IsPresent { get; private set; } = true;

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(0, offset % sector);
        Assert.Equal(0, bytes.Length % sector);
        Assert.InRange(offset + bytes.Length, 0, Bytes.Length);
        unsafe
        {
            fixed (byte* start = bytes)
            {
                Assert.Equal(0, (nint)start % 4096);
            }
        }
        bool isZero = bytes.IndexOfAnyExcept((byte)0) < 0;
        if (!isZero)
        {
            BeforeWrite?.Invoke(offset);
        }
        if (Writes.Sum(w => (long)w.Length) + bytes.Length > FailsAfter)
        {
            IsPresent = !IsPulledThen;
            throw new PosixException(PosixError.InputOutput);
        }
        Writes.Add((offset, bytes.Length, isZero));
        for (int i = 0; i < bytes.Length; i++)
        {
            long at = offset + i;
            if (at < RealSize || WrapsAround)
            {
                Bytes[at % RealSize] = bytes[i];
            }
        }
    }

    public void ReadAt(long offset, Span<byte> buffer)
    {
        if (FailsReading)
        {
            throw new PosixException(PosixError.InputOutput);
        }
        for (int i = 0; i < buffer.Length; i++)
        {
            long at = offset + i;
            buffer[i] = at < RealSize || WrapsAround ? Bytes[at % RealSize] : (byte)0;
        }
    }

    public void Clear(long offset, long length)
    {
        Assert.True(ClearsForNothing);
        Bytes.AsSpan((int)offset, (int)length).Clear();
        Writes.Add((offset, 0, true));
    }

    public void Flush() => Flushes++;

    public void Dispose()
    {
    }
}
