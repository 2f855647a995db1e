using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Formats.Tar;

/// <summary>Writes a tar archive: ustar, with pax extended headers for what ustar cannot say.</summary>
/// <remarks>
/// The bytes depend on the entries alone: one time stamp for all, no user and group names. Names that are not ASCII, do not fit 155 + 100 bytes,
/// sizes from 8 GiB, owners above 2,097,151 and extended attributes go to extended headers.
/// </remarks>
public sealed class TarWriter : IDisposable
{
    private const long MaxOctal11 = 0x1_FFFF_FFFF; // 11 octal digits: 8 GiB - 1
    private const int MaxOctal7 = 0x1F_FFFF; // 7 octal digits

    private readonly Stream _target;
    private readonly long _modified;
    private readonly bool _leaveOpen;
    private bool _finished;
    private bool _disposed;

    /// <summary>Writes to <paramref name="target"/> from where it stands.</summary>
    /// <param name="target">Closed at the end unless <paramref name="leaveOpen"/>.</param>
    /// <param name="modified">Time stamp of every entry in seconds since 1970, 0 … 2^33 - 1.</param>
    /// <param name="leaveOpen">True leaves <paramref name="target"/> open.</param>
    public TarWriter(Stream target, long modified = 0, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNegative(modified);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(modified, MaxOctal11);
        _target = target;
        _modified = modified;
        _leaveOpen = leaveOpen;
    }

    /// <summary>Writes one entry; its offsets are not looked at.</summary>
    /// <param name="entry">What to write.</param>
    /// <param name="content">Exactly <see cref="TarEntry.Size"/> bytes; null when that is 0.</param>
    /// <exception cref="ArgumentException">The entry contradicts itself, or <paramref name="content"/> has another length.</exception>
    public void Write(TarEntry entry, Stream? content = null)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ObjectDisposedException.ThrowIf(_finished, this);
        Check(entry);
        WriteExtensions(entry);
        WriteHeader(entry);
        CopyContent(entry, content);
        Pad(entry.Size);
    }

    /// <summary>Writes the two zero blocks that end an archive. Nothing can be written afterwards.</summary>
    public void Finish()
    {
        if (!_finished)
        {
            _finished = true;
            _target.Write(new byte[2 * TarHeader.BlockSize]);
        }
    }

    /// <summary>Closes the target unless it is to stay open. An archive that was not finished stays so, and readers refuse it.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = _finished = true;
            if (!_leaveOpen)
            {
                _target.Dispose();
            }
        }
    }

    private static void Check(TarEntry entry)
    {
        bool isLink = entry.Kind is TarKind.HardLink or TarKind.Symlink;
        string? problem = entry switch
        {
            { Name: "" } => "it has no name",
            { Mode: < 0 or > Modes.All } => "its mode is outside 0..7777 (octal)",
            { Size: < 0 } => "its size is negative",
            { Size: > 0 } when entry.Kind != TarKind.File => "only files have a content",
            _ when isLink != (entry.LinkName.Length > 0) => "links, and nothing else, have a target",
            _ when entry.Name.Contains('\0', StringComparison.Ordinal) || entry.LinkName.Contains('\0', StringComparison.Ordinal) => "a name contains a NUL",
            { DeviceMajor: > MaxOctal7 } or { DeviceMinor: > MaxOctal7 } => "a device number is above 2097151",
            _ => null,
        };
        if (problem is not null)
        {
            throw new ArgumentException($"entry '{entry.Name}' cannot be written: {problem}", nameof(entry));
        }
    }

    private void WriteExtensions(TarEntry entry)
    {
        SortedDictionary<string, byte[]> records = new(StringComparer.Ordinal);
        if (!TrySplit(entry.Name, out _, out _))
        {
            records.Add("path", Encoding.UTF8.GetBytes(entry.Name));
        }
        if (!Ascii.IsValid(entry.LinkName) || entry.LinkName.Length > 100)
        {
            records.Add("linkpath", Encoding.UTF8.GetBytes(entry.LinkName));
        }
        AddNumber(records, "size", entry.Size, MaxOctal11);
        AddNumber(records, "uid", entry.Uid, MaxOctal7);
        AddNumber(records, "gid", entry.Gid, MaxOctal7);
        foreach ((string name, ReadOnlyMemory<byte> value) in entry.ExtendedAttributes)
        {
            records.Add(PaxRecords.XattrPrefix + name, value.ToArray());
        }
        if (records.Count == 0)
        {
            return;
        }
        using MemoryStream content = new();
        foreach ((string key, byte[] value) in records)
        {
            PaxRecords.Append(content, key, value);
        }
        if (content.Length > TarLimits.MaxExtensionSize)
        {
            throw new ArgumentException($"entry '{entry.Name}' needs an extended header of more than {TarLimits.MaxExtensionSize} bytes", nameof(entry));
        }
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        block.Clear();
        "PaxHeaders/entry"u8.CopyTo(block);
        FillHeader(block, Modes.File, 0, 0, content.Length, 'x');
        _target.Write(block);
        content.WriteTo(_target);
        Pad(content.Length);
    }

    private static void AddNumber(SortedDictionary<string, byte[]> records, string key, long value, long mostInHeader)
    {
        if (value > mostInHeader)
        {
            records.Add(key, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private void WriteHeader(TarEntry entry)
    {
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        block.Clear();
        if (TrySplit(entry.Name, out string prefix, out string name))
        {
            Encoding.ASCII.GetBytes(name, block);
            Encoding.ASCII.GetBytes(prefix, block[TarHeader.At.Prefix..]);
        }
        else
        {
            "see-extended-header"u8.CopyTo(block);
        }
        if (Ascii.IsValid(entry.LinkName) && entry.LinkName.Length <= 100)
        {
            Encoding.ASCII.GetBytes(entry.LinkName, block[TarHeader.At.LinkName..]);
        }
        Octal(block.Slice(TarHeader.At.DeviceMajor, 8), entry.DeviceMajor);
        Octal(block.Slice(TarHeader.At.DeviceMinor, 8), entry.DeviceMinor);
        char typeFlag = entry.Kind switch
        {
            TarKind.File => '0',
            TarKind.HardLink => '1',
            TarKind.Symlink => '2',
            TarKind.CharacterDevice => '3',
            TarKind.BlockDevice => '4',
            TarKind.Directory => '5',
            TarKind.Fifo => '6',
            _ => throw new ArgumentException($"there is no entry type {entry.Kind}", nameof(entry)),
        };
        FillHeader(block, entry.Mode, Math.Min(entry.Uid, MaxOctal7), Math.Min(entry.Gid, MaxOctal7), Math.Min(entry.Size, MaxOctal11), typeFlag);
        _target.Write(block);
    }

    private void FillHeader(Span<byte> block, int mode, uint uid, uint gid, long size, char typeFlag)
    {
        Octal(block.Slice(TarHeader.At.Mode, 8), mode);
        Octal(block.Slice(TarHeader.At.Uid, 8), uid);
        Octal(block.Slice(TarHeader.At.Gid, 8), gid);
        Octal(block.Slice(TarHeader.At.Size, 12), size);
        Octal(block.Slice(TarHeader.At.Mtime, 12), _modified);
        block[TarHeader.At.TypeFlag] = (byte)typeFlag;
        "ustar\000"u8.CopyTo(block[TarHeader.At.Magic..]);
        Octal(block.Slice(TarHeader.At.Checksum, 7), TarHeader.Sum(block));
        block[TarHeader.At.Checksum + 7] = (byte)' '; // six digits, NUL, space
    }

    private void CopyContent(TarEntry entry, Stream? content)
    {
        byte[] buffer = new byte[64 * 1024];
        long left = entry.Size;
        while (left > 0)
        {
            int read = content?.Read(buffer, 0, (int)Math.Min(left, buffer.Length)) ?? 0;
            if (read == 0)
            {
                throw new ArgumentException($"the content of '{entry.Name}' ends {left} bytes early", nameof(content));
            }
            _target.Write(buffer, 0, read);
            left -= read;
        }
        if (content is not null && content.ReadByte() >= 0)
        {
            throw new ArgumentException($"the content of '{entry.Name}' is longer than {entry.Size} bytes", nameof(content));
        }
    }

    private void Pad(long size) => _target.Write(new byte[(int)(-size & (TarHeader.BlockSize - 1))]);

    /// <summary>Cuts a name into at most 155 and at most 100 bytes at a slash, as ustar wants it.</summary>
    private static bool TrySplit(string name, out string prefix, out string rest)
    {
        (prefix, rest) = ("", name);
        if (!Ascii.IsValid(name))
        {
            return false;
        }
        if (name.Length <= 100)
        {
            return true;
        }
        int slash = name.LastIndexOf('/', Math.Min(155, name.Length - 2));
        if (slash <= 0 || name.Length - slash - 1 > 100)
        {
            return false;
        }
        (prefix, rest) = (name[..slash], name[(slash + 1)..]);
        return true;
    }

    private static void Octal(Span<byte> field, long value)
    {
        for (int i = field.Length - 2; i >= 0; i--)
        {
            field[i] = (byte)('0' + (value & 7));
            value >>= 3;
        }
        field[^1] = 0;
    }
}
