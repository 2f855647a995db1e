using System.Diagnostics.CodeAnalysis;
using System.Text;
using Strata.Core;
using Strata.Formats.Streams;

namespace Strata.Formats.Tar;

/// <summary>Reads a tar archive from front to back: ustar, GNU long names, pax extended headers.</summary>
/// <remarks>
/// Not supported, hence refused: the v7 format without magic, sparse files, multi-volume archives, negative numbers, global extended headers that
/// change entries. POSIX ends an archive with two blocks of zeros; as for dpkg and GNU tar, one is enough, and so is the end of the stream
/// where a header would stand: that nothing was cut off is known from the compressed stream around it and from the package's digest. Behind
/// a block of zeros only zeros may follow: dpkg would pass over entries that stand there, another reader find them. Names and targets have
/// at most <see cref="TarLimits.MaxNameLength"/> bytes, an extension header at most <see cref="TarLimits.MaxExtensionSize"/>.
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "the content stream holds nothing of its own")]
public sealed class TarReader
{
    private const string Format = "tar";

    private readonly ForwardInput _input;
    private readonly TarLimits _limits;
    private MemberStream? _content;
    private int _padding;
    private int _entries;
    private bool _ended;

    // What extension headers said about the entry that follows them.
    private string? _longName;
    private string? _longLink;
    private PaxRecords? _pax;

    /// <summary>Starts at the place where <paramref name="tar"/> stands; it stays open.</summary>
    public TarReader(Stream tar, TarLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(tar);
        _input = new ForwardInput(tar, Format);
        _limits = limits ?? TarLimits.Default;
    }

    /// <summary>The content of the current entry; the same stream each time, valid until <see cref="Next"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no current entry.</exception>
    public Stream Content => _content ?? throw new InvalidOperationException("there is no current entry");

    /// <summary>Goes to the next entry; the content of the one before can no longer be read. Null at the end, which was checked.</summary>
    /// <exception cref="ImageFormatException">The archive breaks a rule or is cut off.</exception>
    public TarEntry? Next()
    {
        if (_ended)
        {
            return null;
        }
        FinishEntry();
        Span<byte> block = stackalloc byte[TarHeader.BlockSize];
        while (true)
        {
            long offset = _input.Position;
            if (!_input.TryReadExactly(block, "the next header") || !block.ContainsAnyExcept((byte)0))
            {
                ReadEnd(block);
                return null;
            }
            TarHeader header = new(block, offset);
            if (!TryReadExtension(header, offset))
            {
                return ReadEntry(header, offset);
            }
        }
    }

    private void FinishEntry()
    {
        _content?.Finish();
        _content = null;
        _input.Skip(_padding, "the padding of an entry");
        _padding = 0;
    }

    private void ReadEnd(Span<byte> block)
    {
        _ended = true;
        if (_longName is not null || _longLink is not null || _pax is not null)
        {
            throw _input.Error(_input.Position, "an extension header is followed by no entry");
        }
        for (int read = _input.Read(block); read > 0; read = _input.Read(block))
        {
            if (block[..read].ContainsAnyExcept((byte)0))
            {
                throw _input.Error(_input.Position - read, "something follows the first zero block");
            }
        }
    }

    /// <summary>Takes an extension header; false when the header is that of an entry.</summary>
    private bool TryReadExtension(TarHeader header, long offset)
    {
        switch (header.TypeFlag)
        {
            case (byte)'L':
                Once(_longName, offset, "long name");
                _longName = ReadLongName(header, offset);
                return true;
            case (byte)'K':
                Once(_longLink, offset, "long link target");
                _longLink = ReadLongName(header, offset);
                return true;
            case (byte)'x':
                Once(_pax, offset, "extended header");
                _pax = PaxRecords.Parse(ReadExtension(header, offset), offset);
                return true;
            case (byte)'g':
                RefuseMeaning(PaxRecords.Parse(ReadExtension(header, offset), offset), offset);
                return true;
            default:
                return false;
        }
    }

    private void Once(object? earlier, long offset, string what)
    {
        if (earlier is not null)
        {
            throw _input.Error(offset, $"an entry has a second {what}");
        }
    }

    private void RefuseMeaning(PaxRecords global, long offset)
    {
        foreach (string key in (ReadOnlySpan<string>)["path", "linkpath", "size", "uid", "gid"])
        {
            if (global.Text(key) is not null)
            {
                throw _input.Error(offset, $"a global extended header sets {key} of all entries");
            }
        }
        if (global.ExtendedAttributes().Count > 0)
        {
            throw _input.Error(offset, "a global extended header sets attributes of all entries");
        }
    }

    private byte[] ReadExtension(TarHeader header, long offset)
    {
        long size = header.Size;
        if (size is 0 or > TarLimits.MaxExtensionSize)
        {
            throw _input.Error(offset, $"an extension header has {size} bytes, allowed 1..{TarLimits.MaxExtensionSize}");
        }
        byte[] content = new byte[size];
        _input.ReadExactly(content, "an extension header");
        _input.Skip(PaddingOf(size), "the padding of an extension header");
        return content;
    }

    private string ReadLongName(TarHeader header, long offset)
    {
        ReadOnlySpan<byte> bytes = ReadExtension(header, offset);
        bytes = bytes is [.., 0] ? bytes[..^1] : bytes;
        try
        {
            return bytes.Contains((byte)0)
                ? throw _input.Error(offset, "a long name contains a NUL")
                : TarHeader.StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw _input.Error(offset, "a long name is not UTF-8");
        }
    }

    private TarEntry ReadEntry(TarHeader header, long offset)
    {
        if (++_entries > _limits.MaxEntries)
        {
            throw _input.Error(offset, $"it has more than {_limits.MaxEntries} entries");
        }
        TarKind kind = KindOf(header.TypeFlag, offset);
        bool isDevice = kind is TarKind.CharacterDevice or TarKind.BlockDevice;
        bool isLink = kind is TarKind.HardLink or TarKind.Symlink;
        TarEntry entry = new()
        {
            Name = Checked(Chosen(_longName, _pax?.Text("path"), header.Name, offset, "name"), offset, "name"),
            Kind = kind,
            Mode = header.Mode,
            Uid = Id(_pax?.Number("uid") ?? header.Uid, offset, "uid"),
            Gid = Id(_pax?.Number("gid") ?? header.Gid, offset, "gid"),
            Size = _pax?.Number("size") ?? header.Size,
            LinkName = isLink ? Checked(Chosen(_longLink, _pax?.Text("linkpath"), header.LinkName, offset, "link target"), offset, "link target") : "",
            DeviceMajor = isDevice ? Id(header.DeviceMajor, offset, "device major number") : 0,
            DeviceMinor = isDevice ? Id(header.DeviceMinor, offset, "device minor number") : 0,
            ExtendedAttributes = _pax?.ExtendedAttributes() ?? [],
            HeaderOffset = offset,
            DataOffset = _input.Position,
        };
        if (entry.Size != 0 && kind != TarKind.File)
        {
            throw _input.Error(offset, $"entry '{entry.Name}' is a {kind} with a content of {entry.Size} bytes");
        }
        if (kind == TarKind.File && entry.Name.EndsWith('/'))
        {
            throw _input.Error(offset, $"entry '{entry.Name}' is a file whose name ends with '/'");
        }
        if (entry.Size > long.MaxValue - _input.Position - TarHeader.BlockSize)
        {
            throw _input.Error(offset, $"entry '{entry.Name}' has an impossible size of {entry.Size} bytes");
        }
        (_longName, _longLink, _pax) = (null, null, null);
        _content = new MemberStream(_input, entry.Size, $"the content of '{entry.Name}'");
        _padding = PaddingOf(entry.Size);
        return entry;
    }

    private string Chosen(string? gnu, string? pax, string plain, long offset, string what) =>
        gnu is not null && pax is not null ? throw _input.Error(offset, $"an entry has its {what} both in GNU's and in pax's way") : gnu ?? pax ?? plain;

    private string Checked(string name, long offset, string what)
    {
        if (name.Length == 0)
        {
            throw _input.Error(offset, $"an entry's {what} is empty");
        }
        return Encoding.UTF8.GetByteCount(name) <= TarLimits.MaxNameLength
            ? name
            : throw _input.Error(offset, $"an entry's {what} is longer than {TarLimits.MaxNameLength} bytes");
    }

    /// <summary>A 32-bit number; the largest one means "no owner" to Linux and is none.</summary>
    private uint Id(long value, long offset, string what) =>
        value < uint.MaxValue ? (uint)value : throw _input.Error(offset, $"the {what} is {value}, allowed 0..{uint.MaxValue - 1}");

    private TarKind KindOf(byte typeFlag, long offset) => typeFlag switch
    {
        (byte)'0' or 0 => TarKind.File,
        (byte)'1' => TarKind.HardLink,
        (byte)'2' => TarKind.Symlink,
        (byte)'3' => TarKind.CharacterDevice,
        (byte)'4' => TarKind.BlockDevice,
        (byte)'5' => TarKind.Directory,
        (byte)'6' => TarKind.Fifo,
        (byte)'S' => throw _input.Error(offset, "sparse files are not supported"),
        _ => throw _input.Error(offset, $"entries of type 0x{typeFlag:X2} are not supported"),
    };

    private static int PaddingOf(long size) => (int)(-size & (TarHeader.BlockSize - 1));
}
