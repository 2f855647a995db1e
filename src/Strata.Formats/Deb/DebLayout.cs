using System.Text;
using Strata.Core;
using Strata.Formats.Ar;
using Strata.Formats.Compression;
using Strata.Formats.Streams;

namespace Strata.Formats.Deb;

/// <summary>Where the two archives of a binary package lie and how they are compressed (deb(5), "Format").</summary>
/// <remarks>Members in this order: <c>debian-binary</c> with major version 2, <c>control.tar*</c>, <c>data.tar*</c>; members whose names start
/// with '_' may stand between and behind them. Compressed by gzip, xz, zstd or not at all; bzip2 and lzma ended with Debian 8.</remarks>
internal sealed record DebLayout(DebLayout.Archive Control, DebLayout.Archive Data)
{
    private const string Format = "deb";
    private const int MaxVersionSize = 1024;

    /// <summary>One of the two archives.</summary>
    public readonly record struct Archive(string Name, long Offset, long Size, CompressionKind Compression);

    /// <summary>Reads the headers of all members.</summary>
    /// <param name="deb">Seekable; the package starts at position 0.</param>
    public static DebLayout Read(Stream deb)
    {
        ArgumentNullException.ThrowIfNull(deb);
        if (!deb.CanSeek)
        {
            throw new ArgumentException("a package is read from a seekable stream", nameof(deb));
        }
        deb.Position = 0;
        ArReader members = new(deb);
        CheckVersion(members);
        Archive control = FindArchive(members, "control.tar");
        Archive data = FindArchive(members, "data.tar");
        while (members.Next() is ArMember extra)
        {
            if (!extra.Name.StartsWith('_'))
            {
                throw new ImageFormatException(Format, extra.HeaderOffset, $"member '{extra.Name}' follows data.tar");
            }
        }
        return new DebLayout(control, data);
    }

    /// <summary>Opens one of the archives decompressed; <paramref name="deb"/> must not be used otherwise meanwhile.</summary>
    public static Stream Open(Stream deb, Archive archive, PackageLimits limits, bool leaveOpen)
    {
        deb.Position = archive.Offset;
        MemberStream member = new(new ForwardInput(deb, Format), archive.Size, $"member '{archive.Name}'");
        Stream plain = Decompression.Open(member, archive.Compression, limits.Decompression);
        long allowed = Math.Min(limits.MaxPlainBytes, limits.FreePlainBytes + (archive.Size * limits.MaxRatio));
        return new PlainSizeGuard(plain, allowed, archive, leaveOpen ? null : deb);
    }

    private static void CheckVersion(ArReader members)
    {
        if (members.Next() is not { Name: "debian-binary" } version)
        {
            throw new ImageFormatException(Format, 0, "the first member is not 'debian-binary'");
        }
        if (version.Size is < 4 or > MaxVersionSize)
        {
            throw new ImageFormatException(Format, version.DataOffset, $"debian-binary has {version.Size} bytes, allowed 4..{MaxVersionSize}");
        }
        byte[] text = new byte[version.Size];
        members.Content.ReadExactly(text);
        int end = text.AsSpan().IndexOf((byte)'\n');
        ReadOnlySpan<byte> first = text.AsSpan(0, Math.Max(end, 0));
        if (!first.StartsWith("2."u8) || first.Length < 3 || first[2..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            throw new ImageFormatException(Format, version.DataOffset, $"the format version is '{Encoding.Latin1.GetString(first)}', expected 2.0 or a later 2.x");
        }
    }

    private static Archive FindArchive(ArReader members, string name)
    {
        while (members.Next() is ArMember member)
        {
            if (member.Name.StartsWith('_'))
            {
                continue;
            }
            if (!member.Name.StartsWith(name, StringComparison.Ordinal))
            {
                throw new ImageFormatException(Format, member.HeaderOffset, $"member '{member.Name}' stands where {name} is expected");
            }
            CompressionKind kind = member.Name[name.Length..] switch
            {
                "" => CompressionKind.None,
                ".gz" => CompressionKind.Gzip,
                ".xz" => CompressionKind.Xz,
                ".zst" => CompressionKind.Zstd,
                _ => throw new ImageFormatException(Format, member.HeaderOffset, $"member '{member.Name}' is compressed in a way that is not supported"),
            };
            return new Archive(member.Name, member.DataOffset, member.Size, kind);
        }
        throw new ImageFormatException(Format, 0, $"it has no member {name}");
    }

    /// <summary>Stops a decompression bomb, and closes the package with the stream.</summary>
    private sealed class PlainSizeGuard(Stream plain, long allowed, Archive archive, Stream? deb) : ForwardReadStream
    {
        private long _read;

        public override int Read(Span<byte> buffer)
        {
            int read = plain.Read(buffer);
            _read += read;
            return _read <= allowed
                ? read
                : throw new ImageFormatException(
                    Format, archive.Offset, $"{archive.Name} of {archive.Size} bytes decompresses to more than the {allowed} bytes allowed");
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                plain.Dispose();
                deb?.Dispose();
            }
            base.Dispose(disposing);
        }
    }
}
