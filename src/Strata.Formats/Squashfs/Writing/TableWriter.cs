using System.Buffers.Binary;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>A table that is read by number: metadata blocks, then a list of their positions.</summary>
internal sealed class TableWriter(IBlockEncoder encoder)
{
    private readonly MetadataWriter _entries = new(encoder);
    private readonly List<long> _blocks = [];

    /// <summary>Adds an entry. Its size divides 8,192, so none crosses a block.</summary>
    public void Add(ReadOnlySpan<byte> entry)
    {
        (long block, int offset) = _entries.Position;
        if (offset == 0)
        {
            _blocks.Add(block);
        }
        _entries.Write(entry);
    }

    /// <summary>The stored table.</summary>
    /// <param name="position">Where its first byte goes, from the start of the image.</param>
    /// <returns>Metadata blocks, and the list that points to them.</returns>
    public (ReadOnlyMemory<byte> Blocks, byte[] List) Finish(long position)
    {
        ReadOnlyMemory<byte> stored = _entries.Finish();
        byte[] list = new byte[_blocks.Count * sizeof(ulong)];
        for (int i = 0; i < _blocks.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(list.AsSpan(i * sizeof(ulong)), position + _blocks[i]);
        }
        return (stored, list);
    }
}
