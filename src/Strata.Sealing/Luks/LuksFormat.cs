using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Sealing.Luks;

/// <summary>
/// The binary header of LUKS2 (LUKS2 On-Disk Format Specification 1.1.3, §2.1): 4096 bytes, numbers with their greatest byte first. It
/// stands twice, each time before its JSON area; who writes it anew writes one after the other, so one is always whole.
/// </summary>
internal static class LuksFormat
{
    /// <summary>Name of the format in messages.</summary>
    public const string Name = "LUKS2";

    /// <summary>Length of a binary header in bytes.</summary>
    public const int BinarySize = 4096;

    /// <summary>Length of the headers that are made here, each with its JSON area.</summary>
    public const int HeaderSize = 16 << 10;

    private const int MostHeader = 4 << 20;
    private const int Version = 2;
    private const int ChecksumSize = 64;
    private const string Checksum = "sha256";

    private static class At // byte offsets
    {
        public const int Magic = 0; // 6 bytes
        public const int Version = 6; // u16
        public const int Size = 8; // u64
        public const int Sequence = 16; // u64
        public const int Label = 24; // 48 bytes
        public const int ChecksumName = 72; // 32 bytes
        public const int Salt = 104; // 64 bytes
        public const int Id = 168; // 40 bytes
        public const int Subsystem = 208; // 48 bytes
        public const int Offset = 256; // u64: where this header stands
        public const int Checksum = 448; // 64 bytes
    }

    private static ReadOnlySpan<byte> FirstMagic => [(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE];

    private static ReadOnlySpan<byte> SecondMagic => [(byte)'S', (byte)'K', (byte)'U', (byte)'L', 0xBA, 0xBE];

    // where the second header may stand: behind the first, of a size that is one of these (§2.2)
    private static readonly int[] s_sizes =
        [HeaderSize, 32 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10, 1 << 20, 2 << 20, MostHeader];

    /// <summary>True for the beginning of a device that has a header of this version.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> start) =>
        start.Length > At.Size && start.StartsWith(FirstMagic) && BinaryPrimitives.ReadUInt16BigEndian(start[At.Version..]) == Version;

    /// <summary>Reads the newest header that is whole; null when there is none, nor the remains of one.</summary>
    /// <param name="readAt">Reads from the device.</param>
    /// <exception cref="ImageFormatException">There are the remains of one, or it is of a kind not known here.</exception>
    public static LuksHeader? TryRead(LuksRead readAt)
    {
        LuksHeader? newest = null;
        ImageFormatException? fault = null;
        byte[] binary = new byte[BinarySize];
        foreach (int offset in (int[])[0, .. s_sizes])
        {
            if (newest is not null && offset != 0 && offset != newest.Size)
            {
                continue; // the first one says where the second is
            }
            if (!readAt(offset, binary) || !binary.AsSpan().StartsWith(offset == 0 ? FirstMagic : SecondMagic))
            {
                continue;
            }
            try
            {
                LuksHeader found = Read(binary, offset, readAt);
                newest = newest is null || found.Sequence > newest.Sequence ? found : newest;
            }
            catch (ImageFormatException e)
            {
                fault ??= e;
            }
        }
        return newest ?? (fault is null ? null : throw fault);
    }

    /// <summary>The bytes of a header as it stands at <paramref name="offset"/>.</summary>
    /// <exception cref="ArgumentException">Its JSON is longer than its area.</exception>
    public static byte[] Write(LuksHeader header, long offset, ReadOnlySpan<byte> salt)
    {
        byte[] bytes = new byte[header.Size];
        (offset == 0 ? FirstMagic : SecondMagic).CopyTo(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(At.Version), Version);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(At.Size), header.Size);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(At.Sequence), header.Sequence);
        Encoding.UTF8.GetBytes(header.Label, bytes.AsSpan(At.Label, 47));
        Encoding.ASCII.GetBytes(Checksum, bytes.AsSpan(At.ChecksumName, 31));
        salt[..64].CopyTo(bytes.AsSpan(At.Salt));
        Encoding.ASCII.GetBytes(header.Id, bytes.AsSpan(At.Id, 39));
        Encoding.UTF8.GetBytes(header.Subsystem, bytes.AsSpan(At.Subsystem, 47));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(At.Offset), offset);
        byte[] json = header.Json.Write();
        if (json.Length >= header.Size - BinarySize)
        {
            throw new ArgumentException("the JSON of a LUKS2 header is longer than its area", nameof(header));
        }
        json.CopyTo(bytes, BinarySize);
        Sha256Digest.Of(bytes).Bytes.CopyTo(bytes.AsSpan(At.Checksum)); // over itself as zeros
        return bytes;
    }

    private static LuksHeader Read(ReadOnlySpan<byte> binary, int offset, LuksRead readAt)
    {
        long size = BinaryPrimitives.ReadInt64BigEndian(binary[At.Size..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(binary[At.Version..]) != Version)
        {
            throw new ImageFormatException(Name, offset, "it is of another version");
        }
        if (!s_sizes.AsSpan().Contains((int)Math.Clamp(size, 0, int.MaxValue)) || (offset > 0 && offset != size)
            || BinaryPrimitives.ReadInt64BigEndian(binary[At.Offset..]) != offset)
        {
            throw new ImageFormatException(Name, offset, "its header has an impossible size or stands where it does not belong");
        }
        if (Text(binary.Slice(At.ChecksumName, 32)) != Checksum)
        {
            throw new ImageFormatException(Name, offset, $"its checksum is of another kind than {Checksum}");
        }
        byte[] whole = new byte[(int)size];
        if (!readAt(offset, whole))
        {
            throw new ImageFormatException(Name, offset, "it is cut short");
        }
        byte[] claimed = whole[At.Checksum..(At.Checksum + Sha256Digest.Size)];
        whole.AsSpan(At.Checksum, ChecksumSize).Clear();
        if (!Sha256Digest.Of(whole).Bytes.SequenceEqual(claimed))
        {
            throw new ImageFormatException(Name, offset, "its checksum is another one");
        }
        ReadOnlySpan<byte> json = whole.AsSpan(BinarySize);
        int end = json.IndexOf((byte)0);
        return new LuksHeader
        {
            Size = (int)size,
            Sequence = BinaryPrimitives.ReadInt64BigEndian(binary[At.Sequence..]) is long sequence and >= 0 and < long.MaxValue
                ? sequence : throw new ImageFormatException(Name, offset, "its sequence number is out of range"),
            Label = Text(binary.Slice(At.Label, 48)),
            Id = Text(binary.Slice(At.Id, 40)),
            Subsystem = Text(binary.Slice(At.Subsystem, 48)),
            Json = LuksValue.Read(end < 0 ? json : json[..end]),
        };
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }
}
