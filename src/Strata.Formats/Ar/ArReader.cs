using System.Diagnostics.CodeAnalysis;
using System.Text;
using Strata.Core;
using Strata.Formats.Streams;

namespace Strata.Formats.Ar;

/// <summary>Reads an ar archive in the common format, as deb(5) uses it, from front to back.</summary>
/// <remarks>
/// Not supported: long names of BSD and GNU (<c>#1/</c>, <c>//</c>) and symbol tables. A content of odd length is followed by one line
/// feed, which may be missing at the end of the archive, as for dpkg.
/// Owner, mode and time of members carry no meaning in packages and are not looked at. Source: deb(5), "Format"; <c>ar.h</c>.
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "the content stream holds nothing of its own")]
internal sealed class ArReader
{
    private const string Format = "ar";
    private const int HeaderSize = 60;

    private static ReadOnlySpan<byte> Magic => "!<arch>\n"u8;

    private static class At // byte offsets in a member's header
    {
        public const int Name = 0; // 16 bytes, padded with spaces
        public const int Size = 48; // 10 decimal digits, padded with spaces
        public const int End = 58; // '`' and a line feed
    }

    private readonly ForwardInput _input;
    private readonly int _maxMembers;
    private MemberStream? _content;
    private bool _padded;
    private bool _begun;
    private int _members;

    /// <summary>Starts at the place where <paramref name="archive"/> stands; it stays open.</summary>
    /// <param name="archive">The archive; skipping over contents seeks when it can.</param>
    /// <param name="maxMembers">More members than this are refused.</param>
    public ArReader(Stream archive, int maxMembers = 64)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMembers);
        _input = new ForwardInput(archive, Format);
        _maxMembers = maxMembers;
    }

    /// <summary>Goes to the next member; the content of the one before can no longer be read. Null at the end.</summary>
    /// <exception cref="ImageFormatException">The archive breaks a rule or is cut off.</exception>
    public ArMember? Next()
    {
        ReadMagic();
        FinishMember();
        long offset = _input.Position;
        Span<byte> header = stackalloc byte[HeaderSize];
        if (!_input.TryReadExactly(header, "a member's header"))
        {
            return null;
        }
        if (++_members > _maxMembers)
        {
            throw _input.Error(offset, $"it has more than {_maxMembers} members");
        }
        if (!header[At.End..].SequenceEqual("`\n"u8))
        {
            throw _input.Error(offset, "the member's header does not end in '`' and a line feed");
        }
        ArMember member = new(ParseName(header[At.Name..(At.Name + 16)], offset), ParseSize(header[At.Size..At.End], offset), offset, _input.Position);
        _content = new MemberStream(_input, member.Size, $"member '{member.Name}'");
        _padded = member.Size % 2 != 0;
        return member;
    }

    /// <summary>The content of the current member; the same stream each time, valid until <see cref="Next"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no current member.</exception>
    public Stream Content => _content ?? throw new InvalidOperationException("there is no current member");

    private void ReadMagic()
    {
        if (_begun)
        {
            return;
        }
        _begun = true;
        Span<byte> magic = stackalloc byte[Magic.Length];
        _input.ReadExactly(magic, "the archive's magic");
        if (!magic.SequenceEqual(Magic))
        {
            throw _input.Error(0, "it does not start with '!<arch>'");
        }
    }

    private void FinishMember()
    {
        _content?.Finish();
        _content = null;
        if (_padded)
        {
            Span<byte> padding = stackalloc byte[1];
            if (_input.TryReadExactly(padding, "the padding after a member of odd length") && padding[0] != '\n')
            {
                throw _input.Error(_input.Position - 1, $"the padding after a member of odd length is 0x{padding[0]:X2}, expected a line feed");
            }
            _padded = false;
        }
    }

    private string ParseName(ReadOnlySpan<byte> field, long offset)
    {
        ReadOnlySpan<byte> name = field.TrimEnd((byte)' ');
        name = name is [.., (byte)'/'] ? name[..^1] : name; // written by GNU ar, allowed by deb(5)
        if (name.IsEmpty || name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E) || name.Contains((byte)'/'))
        {
            throw _input.Error(offset, "the member's name is empty, a long-name entry or not plain ASCII");
        }
        return Encoding.ASCII.GetString(name);
    }

    private long ParseSize(ReadOnlySpan<byte> field, long offset)
    {
        ReadOnlySpan<byte> digits = field.TrimEnd((byte)' ');
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw _input.Error(offset, "the member's size is no decimal number");
        }
        long size = 0;
        foreach (byte digit in digits)
        {
            size = (size * 10) + (digit - '0');
        }
        return size;
    }
}
