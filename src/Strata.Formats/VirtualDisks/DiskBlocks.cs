namespace Strata.Formats.VirtualDisks;

/// <summary>A disk in blocks of one size, of which those that are all zeros need no room.</summary>
internal sealed class DiskBlocks
{
    private readonly Stream _disk;
    private readonly bool[] _hasData;

    private DiskBlocks(Stream disk, int blockSize, bool[] hasData)
    {
        _disk = disk;
        _hasData = hasData;
        BlockSize = blockSize;
        DataCount = hasData.Count(d => d);
    }

    /// <summary>Bytes of a block.</summary>
    public int BlockSize { get; }

    /// <summary>Bytes of the disk.</summary>
    public long Size => _disk.Length;

    /// <summary>Blocks of the disk; the last may lie partly behind its end.</summary>
    public int Count => _hasData.Length;

    /// <summary>Blocks that are not all zeros.</summary>
    public int DataCount { get; }

    /// <summary>Looks at every block.</summary>
    /// <param name="disk">The disk: seekable, it starts at position 0, of whole sectors of 512 bytes.</param>
    /// <param name="blockSize">Bytes of a block.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The disk is not of whole sectors, empty, or larger than 1 TiB.</exception>
    public static async Task<DiskBlocks> OfAsync(Stream disk, int blockSize, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (disk.Length == 0 || disk.Length % 512 != 0 || disk.Length > VirtualDiskLimits.MostBytes)
        {
            throw new ArgumentException($"a disk of {disk.Length} bytes is not 1 sector to 1 TiB in whole sectors of 512", nameof(disk));
        }
        bool[] hasData = new bool[(disk.Length + blockSize - 1) / blockSize];
        byte[] block = new byte[blockSize];
        disk.Position = 0;
        for (int i = 0; i < hasData.Length; i++)
        {
            int count = await disk.ReadAtLeastAsync(block, blockSize, throwOnEndOfStream: false, cancellationToken);
            hasData[i] = block.AsSpan(0, count).IndexOfAnyExcept((byte)0) >= 0;
        }
        return new DiskBlocks(disk, blockSize, hasData);
    }

    /// <summary>True when a block is not all zeros.</summary>
    public bool HasData(int block) => _hasData[block];

    /// <summary>Writes the blocks that are not all zeros, in their order, each whole.</summary>
    public async Task CopyAsync(Stream output, CancellationToken cancellationToken)
    {
        byte[] block = new byte[BlockSize];
        for (int i = 0; i < Count; i++)
        {
            if (_hasData[i])
            {
                _disk.Position = (long)i * BlockSize;
                int count = await _disk.ReadAtLeastAsync(block, BlockSize, throwOnEndOfStream: false, cancellationToken);
                block.AsSpan(count).Clear();
                await output.WriteAsync(block, cancellationToken);
            }
        }
    }
}
