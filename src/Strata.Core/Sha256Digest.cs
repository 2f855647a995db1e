using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Strata.Core;

/// <summary>SHA-256 of some content (FIPS 180-4): 32 bytes, written as 64 lower-case hex digits.</summary>
/// <remarks>The identity of content everywhere in Strata. The default value is 32 zero bytes and is no digest of anything known.</remarks>
public readonly struct Sha256Digest : IEquatable<Sha256Digest>, IComparable<Sha256Digest>, ISpanParsable<Sha256Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private const int PieceSize = 128 << 10;

    [InlineArray(Size)]
    private struct Buffer
    {
        private byte _first;
    }

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>
    /// True in programs of the device: they have no OpenSSL, which the framework's own SHA-256 needs. Set when they are compiled
    /// (<c>Directory.Build.targets</c>), so that neither program carries the other's way.
    /// </summary>
    [FeatureSwitchDefinition("Strata.ManagedHashes")]
    private static bool IsManaged { get; } = AppContext.TryGetSwitch("Strata.ManagedHashes", out bool isOn) && isOn;

    private readonly Buffer _bytes;

    /// <summary>Takes the 32 bytes of a digest.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    public Sha256Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"a SHA-256 digest has {Size} bytes, not {bytes.Length}", nameof(bytes));
        }
        bytes.CopyTo(_bytes);
    }

    /// <summary>The 32 bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Digest of <paramref name="content"/>.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> content)
    {
        if (IsManaged)
        {
            Sha256Sum sum = new();
            sum.Append(content);
            return sum.Finish();
        }
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(content, digest);
        return new Sha256Digest(digest);
    }

    /// <summary>Digest of everything that <paramref name="content"/> still yields.</summary>
    public static Sha256Digest Of(Stream content)
    {
        if (IsManaged)
        {
            return Sha256Sum.Of(content);
        }
        Span<byte> digest = stackalloc byte[Size];
        SHA256.HashData(content, digest);
        return new Sha256Digest(digest);
    }

    /// <summary>Digest of everything that <paramref name="content"/> still yields.</summary>
    public static Task<Sha256Digest> OfAsync(Stream content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        return IsManaged ? Task.Run(() => Sha256Sum.Of(content), cancellationToken) : OfPiecesAsync(content, cancellationToken);
    }

    // as SHA256.HashDataAsync, which reads 4 KiB at a time: of a file, a task for the thread pool each
    private static async Task<Sha256Digest> OfPiecesAsync(Stream content, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (int read; (read = await content.ReadAsync(piece, cancellationToken)) > 0;)
            {
                hash.AppendData(piece.AsSpan(0, read));
            }
            return Finish(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>Digest of the bytes fed so far; the hash starts anew.</summary>
    public static Sha256Digest Finish(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        Span<byte> digest = stackalloc byte[Size];
        hash.GetHashAndReset(digest);
        return new Sha256Digest(digest);
    }

    /// <summary>Reads exactly 64 lower-case hex digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Sha256Digest digest)
    {
        digest = default;
        if (text.Length != 2 * Size || text.ContainsAnyExcept(s_hexDigits))
        {
            return false;
        }
        Span<byte> bytes = stackalloc byte[Size];
        Convert.FromHexString(text, bytes, out _, out _);
        digest = new Sha256Digest(bytes);
        return true;
    }

    /// <summary>Reads exactly 64 lower-case hex digits.</summary>
    /// <exception cref="FormatException">It is anything else.</exception>
    public static Sha256Digest Parse(string text) => Parse(text.AsSpan(), null);

    /// <inheritdoc/>
    public static Sha256Digest Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => TryParse(s, out Sha256Digest digest)
        ? digest
        : throw new FormatException($"'{s}' is no SHA-256 digest; expected {2 * Size} lower-case hex digits");

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Sha256Digest result) => TryParse(s, out result);

    /// <inheritdoc/>
    public static Sha256Digest Parse(string s, IFormatProvider? provider) => Parse(s.AsSpan(), provider);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Sha256Digest result) =>
        TryParse(s.AsSpan(), out result);

    /// <inheritdoc/>
    public bool Equals(Sha256Digest other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha256Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    /// <inheritdoc/>
    public int CompareTo(Sha256Digest other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>The first 12 hex digits, for people.</summary>
    public string ToShortString() => Convert.ToHexStringLower(Bytes[..6]);

    /// <summary>Equality of all 32 bytes.</summary>
    public static bool operator ==(Sha256Digest left, Sha256Digest right) => left.Equals(right);

    /// <summary>Inequality.</summary>
    public static bool operator !=(Sha256Digest left, Sha256Digest right) => !left.Equals(right);

    /// <summary>Order of the bytes.</summary>
    public static bool operator <(Sha256Digest left, Sha256Digest right) => left.CompareTo(right) < 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >(Sha256Digest left, Sha256Digest right) => left.CompareTo(right) > 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator <=(Sha256Digest left, Sha256Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the bytes.</summary>
    public static bool operator >=(Sha256Digest left, Sha256Digest right) => left.CompareTo(right) >= 0;
}
