using System.Diagnostics.CodeAnalysis;
using System.Text;
using Strata.Core;
using Strata.Formats.Streams;

namespace Strata.Formats.Cpio;

/// <summary>Reads a cpio archive in the "newc" format from front to back, up to its trailer.</summary>
/// <remarks>What follows the trailer is left unread: Linux takes several archives, and zeros between them, one after the other.</remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "the content stream holds nothing of its own")]
public sealed class CpioReader
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ForwardInput _input;
    private MemberStream? _content;
    private bool _ended;

    /// <summary>Starts at the place where <paramref name="archive"/> stands; it stays open.</summary>
    public CpioReader(Stream archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        _input = new ForwardInput(archive, "cpio");
    }

    /// <summary>The content of the current entry (a link's target is its content); valid until <see cref="Next"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no current entry.</exception>
    public Stream Content => _content ?? throw new InvalidOperationException("there is no current entry");

    /// <summary>Goes to the next entry; null at the trailer.</summary>
    /// <exception cref="ImageFormatException">The archive breaks a rule or is cut off.</exception>
    public CpioEntry? Next()
    {
        if (_ended)
        {
            return null;
        }
        _content?.Finish();
        _content = null;
        SkipPadding();
        long offset = _input.Position;
        Span<byte> header = stackalloc byte[CpioFormat.HeaderSize];
        _input.ReadExactly(header, "the next header or the trailer");
        if (!header.StartsWith(CpioFormat.Magic))
        {
            throw _input.Error(offset, "the header does not start with 070701");
        }
        CpioEntry entry = Parse(header, offset, out uint nameSize);
        entry = entry with { Name = ReadName(nameSize, offset) };
        SkipPadding();
        if (entry.Name == CpioFormat.Trailer)
        {
            _ended = true;
            return null;
        }
        _content = new MemberStream(_input, entry.Size, $"the content of '{entry.Name}'");
        return entry;
    }

    private CpioEntry Parse(ReadOnlySpan<byte> header, long offset, out uint nameSize)
    {
        nameSize = Field(header, CpioFormat.At.NameSize, offset);
        if (nameSize is < 2 or > CpioFormat.MaxNameSize)
        {
            throw _input.Error(offset, $"the name has {nameSize} bytes, allowed 2..{CpioFormat.MaxNameSize}");
        }
        if (Field(header, CpioFormat.At.Checksum, offset) != 0)
        {
            throw _input.Error(offset, "the checksum is not 0");
        }
        return new CpioEntry
        {
            Mode = Field(header, CpioFormat.At.Mode, offset),
            Inode = Field(header, CpioFormat.At.Inode, offset),
            Uid = Field(header, CpioFormat.At.Uid, offset),
            Gid = Field(header, CpioFormat.At.Gid, offset),
            Links = Field(header, CpioFormat.At.Links, offset),
            Modified = Field(header, CpioFormat.At.Modified, offset),
            Size = Field(header, CpioFormat.At.Size, offset),
            DeviceMajor = Field(header, CpioFormat.At.DeviceMajor, offset),
            DeviceMinor = Field(header, CpioFormat.At.DeviceMinor, offset),
        };
    }

    private uint Field(ReadOnlySpan<byte> header, int at, long offset) => CpioFormat.TryGet(header, at, out uint value)
        ? value
        : throw _input.Error(offset + at, "a field of the header is not 8 hexadecimal digits");

    private string ReadName(uint size, long offset)
    {
        Span<byte> bytes = stackalloc byte[CpioFormat.MaxNameSize];
        bytes = bytes[..(int)size];
        _input.ReadExactly(bytes, "a name");
        if (bytes.IndexOf((byte)0) != bytes.Length - 1)
        {
            throw _input.Error(offset, "the name is not ended by its only NUL");
        }
        try
        {
            return s_utf8.GetString(bytes[..^1]);
        }
        catch (DecoderFallbackException)
        {
            throw _input.Error(offset, "the name is not UTF-8");
        }
    }

    private void SkipPadding()
    {
        Span<byte> padding = stackalloc byte[3];
        padding = padding[..CpioFormat.PaddingOf(_input.Position)];
        long offset = _input.Position;
        _input.ReadExactly(padding, "padding");
        if (padding.ContainsAnyExcept((byte)0))
        {
            throw _input.Error(offset, "the padding is not zero");
        }
    }
}
