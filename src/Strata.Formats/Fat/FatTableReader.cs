using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Fat;

/// <summary>Random access to the entries of the first table through one window of it, so that a hostile size allocates nothing.</summary>
internal sealed class FatTableReader(Stream image, FatBootSector boot)
{
    private const int WindowSize = 64 * 1024;

    private readonly byte[] _window = new byte[WindowSize + 4]; // an entry that starts in the window is whole in it
    private readonly long _start = (long)boot.ReservedSectors * boot.SectorSize;
    private readonly long _length = boot.FatSectors * boot.SectorSize;
    private long _at = -1;

    /// <summary>The entry of a cluster, only the bits that count; 0 … <see cref="FatBootSector.ClusterCount"/> + 1.</summary>
    public uint this[long cluster]
    {
        get
        {
            long position = cluster * (int)boot.Type / 8;
            long window = position / WindowSize * WindowSize;
            if (window != _at)
            {
                Array.Clear(_window);
                image.Position = _start + window;
                image.ReadExactly(_window, 0, (int)Math.Min(_window.Length, _length - window));
                _at = window;
            }
            uint raw = BinaryPrimitives.ReadUInt32LittleEndian(_window.AsSpan((int)(position - window)));
            return (boot.Type == FatType.Fat12 && cluster % 2 == 1 ? raw >> 4 : raw) & FatFormat.EntryMask(boot.Type);
        }
    }

    /// <summary>Compares the second table with the first.</summary>
    /// <exception cref="ImageFormatException">They differ.</exception>
    public void CheckCopy()
    {
        byte[] first = new byte[WindowSize];
        byte[] second = new byte[WindowSize];
        for (long at = 0; at < _length; at += WindowSize)
        {
            int count = (int)Math.Min(WindowSize, _length - at);
            image.Position = _start + at;
            image.ReadExactly(first, 0, count);
            image.Position = _start + _length + at;
            image.ReadExactly(second, 0, count);
            int differs = first.AsSpan(0, count).CommonPrefixLength(second.AsSpan(0, count));
            if (differs < count)
            {
                throw new ImageFormatException("FAT", _start + _length + at + differs, $"the second table differs from the first at its byte {at + differs}");
            }
        }
    }
}
