using System.Buffers.Binary;
using System.Text;
using Strata.Core;
using Strata.Formats.Squashfs.Codecs;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Sets of extended attributes; equal sets are stored once and inodes name them by number.</summary>
/// <remarks>On disk: metadata blocks with names and values, a table of sets, and a header that points to both.</remarks>
internal sealed class XattrTable(IBlockEncoder encoder)
{
    private readonly MetadataWriter _pairs = new(encoder);
    private readonly TableWriter _sets = new(encoder);
    private readonly Dictionary<Sha256Digest, uint> _numbers = [];

    /// <summary>Number of different sets.</summary>
    public int Count => _numbers.Count;

    /// <summary>Number of a set, which is added when it is new; <see cref="SquashfsFormat.NoXattrs"/> for an empty one.</summary>
    /// <exception cref="StrataException">A name or value is not one squashfs can store.</exception>
    public uint NumberOf(GuestPath path, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)>? attributes)
    {
        if (attributes is null || attributes.Count == 0)
        {
            return SquashfsFormat.NoXattrs;
        }
        byte[] pairs = Encode(path, attributes);
        Sha256Digest digest = Sha256Digest.Of(pairs);
        if (_numbers.TryGetValue(digest, out uint known))
        {
            return known;
        }
        uint number = (uint)_numbers.Count;
        _numbers.Add(digest, number);
        Span<byte> set = stackalloc byte[SquashfsFormat.XattrIdSize];
        BinaryPrimitives.WriteUInt64LittleEndian(set, _pairs.Reference);
        BinaryPrimitives.WriteInt32LittleEndian(set[8..], attributes.Count);
        BinaryPrimitives.WriteInt32LittleEndian(set[12..], pairs.Length);
        _sets.Add(set);
        _pairs.Write(pairs);
        return number;
    }

    /// <summary>The stored table.</summary>
    /// <param name="position">Where its first byte goes, from the start of the image.</param>
    /// <returns>All its bytes, and where in them the header is that the superblock points to.</returns>
    public (byte[] Bytes, int Header) Finish(long position)
    {
        const int HeaderSize = 16;
        ReadOnlyMemory<byte> pairs = _pairs.Finish();
        (ReadOnlyMemory<byte> sets, byte[] list) = _sets.Finish(position + pairs.Length);
        int header = pairs.Length + sets.Length;
        byte[] bytes = new byte[header + HeaderSize + list.Length];
        pairs.CopyTo(bytes);
        sets.CopyTo(bytes.AsMemory(pairs.Length));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(header), position);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(header + 8), Count);
        list.CopyTo(bytes, header + HeaderSize);
        return (bytes, header);
    }

    private static byte[] Encode(GuestPath path, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Value)> attributes)
    {
        using MemoryStream pairs = new();
        using BinaryWriter writer = new(pairs); // little-endian on every host
        string? last = null;
        foreach ((string name, ReadOnlyMemory<byte> value) in attributes.OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            if (!XattrNames.TrySplit(name, out ushort prefix, out string? rest))
            {
                throw new StrataException(
                    $"cannot pack attribute {name} of {path}: squashfs stores only {XattrNames.Allowed}",
                    "POSIX access control lists (system.*) cannot be stored; use modes and groups.");
            }
            byte[] restBytes = Encoding.UTF8.GetBytes(rest);
            if (restBytes.Length is 0 or > GuestPath.MaxNameLength || rest.Contains('\0', StringComparison.Ordinal))
            {
                throw new StrataException(
                    $"cannot pack attribute {name} of {path}: behind its prefix a name has 1 to {GuestPath.MaxNameLength} bytes and no NUL");
            }
            if (value.Length > SquashfsFormat.MaxXattrValue)
            {
                throw new StrataException(
                    $"cannot pack attribute {name} of {path}: its value has {value.Length} bytes, Linux allows {SquashfsFormat.MaxXattrValue}");
            }
            if (name == last)
            {
                throw new StrataException($"cannot pack {path}: attribute {name} is given twice");
            }
            last = name;
            writer.Write(prefix);
            writer.Write((ushort)restBytes.Length);
            writer.Write(restBytes);
            writer.Write((uint)value.Length);
            writer.Write(value.Span);
        }
        writer.Flush();
        return pairs.ToArray();
    }
}
