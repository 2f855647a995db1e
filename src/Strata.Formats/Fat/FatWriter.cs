using System.Buffers.Binary;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Fat;

/// <summary>Writes a planned volume from its first byte to its last; the output need not be seekable.</summary>
public sealed class FatWriter
{
    private const int BufferSize = 128 * 1024;

    private readonly FatPlan _plan;
    private readonly IContentReader _contents;
    private readonly Stream _output;
    private readonly byte[] _buffer = new byte[BufferSize];
    private static readonly byte[] s_zeros = new byte[BufferSize];

    private FatWriter(FatPlan plan, IContentReader contents, Stream output)
    {
        _plan = plan;
        _contents = contents;
        _output = output;
    }

    /// <summary>Writes exactly <see cref="FatPlan.SizeBytes"/> bytes.</summary>
    /// <exception cref="StrataException">A content is shorter or longer than the tree says.</exception>
    public static async Task WriteAsync(FatPlan plan, IContentReader contents, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(contents);
        ArgumentNullException.ThrowIfNull(output);
        FatWriter writer = new(plan, contents, output);
        await writer.WriteReservedAsync(cancellationToken);
        for (int copy = 0; copy < FatFormat.FatCopies; copy++)
        {
            await writer.WriteTableAsync(cancellationToken);
        }
        await writer.WriteDataAsync(cancellationToken);
    }

    private FatBootSector Boot => _plan.Boot;

    private async Task WriteReservedAsync(CancellationToken cancellationToken)
    {
        byte[] area = new byte[Boot.ReservedSectors * Boot.SectorSize];
        Boot.WriteTo(Sector(0));
        if (Boot.Type == FatType.Fat32)
        {
            long free = Boot.ClusterCount - _plan.UsedClusters;
            FatFsInfo info = new((uint)free, free == 0 ? FatFsInfo.Unknown : (uint)(FatFormat.FirstCluster + _plan.UsedClusters));
            info.WriteTo(Sector(Boot.FsInfoSector));
            Boot.WriteTo(Sector(Boot.BackupSector));
            info.WriteTo(Sector(Boot.BackupSector + Boot.FsInfoSector));
        }
        await _output.WriteAsync(area, cancellationToken);

        Span<byte> Sector(int number) => area.AsSpan(number * Boot.SectorSize, Boot.SectorSize);
    }

    /// <summary>One table: the media byte, the clean mark, then a chain for every extent; what follows is free.</summary>
    private async Task WriteTableAsync(CancellationToken cancellationToken)
    {
        FatTableEncoder table = new(Boot.Type);
        long written = 0;
        table.Add(FatFormat.EntryMask(Boot.Type) & (0xFFFF_FF00 | Boot.Media)); // FAT §4: the media byte, ones above
        table.Add(FatFormat.EntryMask(Boot.Type)); // and the marks "unmounted cleanly, no read errors"
        foreach (FatExtent extent in _plan.Extents)
        {
            for (long i = 1; i <= extent.Clusters; i++)
            {
                table.Add(i < extent.Clusters ? extent.FirstCluster + (uint)i : FatFormat.EntryMask(Boot.Type));
                if (table.IsFull)
                {
                    written += await FlushAsync();
                }
            }
        }
        table.Finish();
        written += await FlushAsync();
        await WriteZerosAsync((Boot.FatSectors * Boot.SectorSize) - written, cancellationToken);

        async Task<long> FlushAsync()
        {
            ReadOnlyMemory<byte> bytes = table.Take();
            await _output.WriteAsync(bytes, cancellationToken);
            return bytes.Length;
        }
    }

    private async Task WriteDataAsync(CancellationToken cancellationToken)
    {
        FatTime time = FatTime.Of(_plan.Options.Time);
        if (Boot.Type != FatType.Fat32)
        {
            byte[] area = new byte[Boot.RootSectors * Boot.SectorSize];
            _plan.Root.WriteTo(area, _plan.Options.Label, time);
            await _output.WriteAsync(area, cancellationToken);
        }
        foreach (FatExtent extent in _plan.Extents)
        {
            long length = extent.Clusters * Boot.ClusterSize;
            if (extent.Directory is FatDirectory directory)
            {
                byte[] area = new byte[length];
                directory.WriteTo(area, _plan.Options.Label, time);
                await _output.WriteAsync(area, cancellationToken);
            }
            else
            {
                await WriteFileAsync(extent.File!, cancellationToken);
                await WriteZerosAsync(length - extent.File!.Content!.Size, cancellationToken);
            }
        }
        long sectorsLeft = Boot.TotalSectors - Boot.FirstDataSector - (_plan.UsedClusters * Boot.SectorsPerCluster);
        await WriteZerosAsync(sectorsLeft * Boot.SectorSize, cancellationToken);
    }

    private async Task WriteFileAsync(FatChild file, CancellationToken cancellationToken)
    {
        long size = file.Content!.Size;
        long done = 0;
        await using Stream content = _contents.Open(file.Content);
        // Reading past the last byte lets the content check its digest.
        for (int read; (read = await content.ReadAsync(_buffer, cancellationToken)) > 0; done += read)
        {
            if (done + read > size)
            {
                throw new StrataException($"cannot write {file.Path}: its content is longer than the {size} bytes it was said to have");
            }
            await _output.WriteAsync(_buffer.AsMemory(0, read), cancellationToken);
        }
        if (done < size)
        {
            throw new StrataException($"cannot write {file.Path}: its content ended after {done} of {size} bytes");
        }
    }

    private async Task WriteZerosAsync(long count, CancellationToken cancellationToken)
    {
        for (; count > 0; count -= Math.Min(count, BufferSize))
        {
            await _output.WriteAsync(s_zeros.AsMemory(0, (int)Math.Min(count, BufferSize)), cancellationToken);
        }
    }
}

/// <summary>Packs table entries of 12, 16 or 32 bits into bytes (FAT §4).</summary>
internal sealed class FatTableEncoder(FatType type)
{
    private readonly byte[] _bytes = new byte[96 * 1024]; // a multiple of 3, 2 and 4: no entry straddles two fillings
    private int _length;
    private uint? _half; // the even entry of a FAT12 pair, waiting for the odd one

    /// <summary>True when <see cref="Take"/> must be called before the next entry.</summary>
    public bool IsFull => _length == _bytes.Length;

    /// <summary>Adds the entry of the next cluster.</summary>
    public void Add(uint entry)
    {
        switch (type)
        {
            case FatType.Fat12 when _half is uint even:
                Append3(even | (entry << 12));
                _half = null;
                break;
            case FatType.Fat12:
                _half = entry;
                break;
            case FatType.Fat16:
                BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(_length), (ushort)entry);
                _length += 2;
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(_length), entry);
                _length += 4;
                break;
        }
    }

    /// <summary>Writes out a lonely even entry; the odd one after it is free.</summary>
    public void Finish()
    {
        if (_half is uint even)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(_length), (ushort)even); // at most two bytes belong to the table
            _length += 2;
            _half = null;
        }
    }

    /// <summary>The bytes so far; valid until the next entry is added.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        ReadOnlyMemory<byte> filled = _bytes.AsMemory(0, _length);
        _length = 0;
        return filled;
    }

    private void Append3(uint pair)
    {
        _bytes[_length++] = (byte)(pair & 0xFF);
        _bytes[_length++] = (byte)((pair >> 8) & 0xFF);
        _bytes[_length++] = (byte)(pair >> 16);
    }
}
