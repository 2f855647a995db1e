using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Numeric owners and groups, each once; inodes name them by a 16-bit number.</summary>
internal sealed class IdTable
{
    private const int MaxCount = ushort.MaxValue; // the superblock counts them in 16 bits

    private readonly List<uint> _ids = [];
    private readonly Dictionary<uint, ushort> _numbers = [];

    /// <summary>Number of different ids.</summary>
    public ushort Count => (ushort)_ids.Count;

    /// <summary>Number of an id, which is added when it is new.</summary>
    /// <exception cref="StrataException">There are 65,535 others already.</exception>
    public ushort NumberOf(uint id)
    {
        if (!_numbers.TryGetValue(id, out ushort number))
        {
            if (_ids.Count == MaxCount)
            {
                throw new StrataException(
                    $"cannot pack a file of owner {id}: a squashfs image has at most {MaxCount} different owners and groups");
            }
            number = (ushort)_ids.Count;
            _ids.Add(id);
            _numbers.Add(id, number);
        }
        return number;
    }

    /// <summary>Writes the ids by number.</summary>
    public void WriteTo(TableWriter table)
    {
        Span<byte> entry = stackalloc byte[sizeof(uint)];
        foreach (uint id in _ids)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(entry, id);
            table.Add(entry);
        }
    }
}
