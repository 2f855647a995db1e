using System.Buffers;
using System.Security.Cryptography;
using Strata.Core;

namespace Strata.Formats.Deb;

/// <summary>How a <see cref="PackageListing"/> is kept in the store, version 3.</summary>
/// <remarks>
/// <para>File: magic <c>STRATAPL</c>, one byte version, body, SHA-256 of everything before. A reader refuses other versions: a listing can
/// always be made again from its package.</para>
/// <para>Numbers are unsigned LEB128 of at most 9 bytes, the shortest form only. Text is its length in bytes and UTF-8.</para>
/// <para>Body: number of entries, then each entry: how many bytes its path shares with the path before, the rest of the path as text; kind;
/// then by kind — directory: permissions, uid, gid · file: the same, size, offset, 32 bytes SHA-256, 20 bytes SHA-1, ELF · symlink: uid, gid, target as text ·
/// hard link: number of the entry that it is a further name of.</para>
/// <para>ELF: 0 for none · 1, class, machine, type, PIE 0/1, interpreter, soname, rpath, runpath (texts, empty for none), needed (count, texts),
/// notes (count; feature, description, priority, sonames), module strings · 2 and the problem as text · 3 and the interpreter of a
/// script as text.</para>
/// </remarks>
internal static class PackageListingFormat
{
    /// <summary>Name for errors.</summary>
    public const string Name = "package listing";

    /// <summary>The version written and read.</summary>
    public const byte Version = 3;

    /// <summary>Largest file that is read, in bytes.</summary>
    public const int MaxSize = 128 << 20;

    /// <summary>Values of the ELF byte.</summary>
    public const byte NoElf = 0;

    /// <inheritdoc cref="NoElf"/>
    public const byte SomeElf = 1;

    /// <inheritdoc cref="NoElf"/>
    public const byte BadElf = 2;

    /// <inheritdoc cref="NoElf"/>
    public const byte Script = 3;

    /// <summary>First bytes of a file.</summary>
    public static ReadOnlySpan<byte> Magic => "STRATAPL"u8;

    /// <summary>Length of magic and version.</summary>
    public static int HeaderSize => Magic.Length + 1;

    /// <summary>Reads a whole file and checks magic, version and digest.</summary>
    public static ReadOnlyMemory<byte> ReadBody(Stream source)
    {
        using MemoryStream file = new(source.CanSeek ? (int)Math.Min(source.Length, MaxSize) : 0);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10); // a build reads hundreds of listings
        try
        {
            for (int read; (read = source.Read(buffer)) > 0;)
            {
                file.Write(buffer, 0, read);
                if (file.Length > MaxSize)
                {
                    throw new ImageFormatException(Name, 0, $"it has more than {MaxSize} bytes");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        ReadOnlyMemory<byte> bytes = file.GetBuffer().AsMemory(0, (int)file.Length);
        if (bytes.Length < HeaderSize + Sha256Digest.Size || !bytes.Span.StartsWith(Magic))
        {
            throw new ImageFormatException(Name, 0, "it is no package listing");
        }
        if (bytes.Span[Magic.Length] != Version)
        {
            throw new ImageFormatException(Name, Magic.Length, $"its version is {bytes.Span[Magic.Length]}, expected {Version}");
        }
        ReadOnlyMemory<byte> content = bytes[..^Sha256Digest.Size];
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        SHA256.HashData(content.Span, digest);
        return digest.SequenceEqual(bytes.Span[content.Length..])
            ? content[HeaderSize..]
            : throw new ImageFormatException(Name, content.Length, "its SHA-256 is not that of its bytes");
    }
}
