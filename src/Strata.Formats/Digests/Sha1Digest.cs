using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Strata.Formats.Digests;

/// <summary>SHA-1 of some content (FIPS 180-4): 20 bytes, written as 40 lower-case hex digits.</summary>
/// <remarks>
/// Nothing is believed or found by it: a bill of materials has to name it beside SHA-256 (SPDX 2.3 §8.4). The default value stands for a
/// digest that nobody knows.
/// </remarks>
public readonly struct Sha1Digest : IEquatable<Sha1Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 20;

    [InlineArray(Size)]
    private struct Buffer
    {
        private byte _first;
    }

    private readonly Buffer _bytes;

    /// <summary>Takes the 20 bytes of a digest.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 20 bytes long.</exception>
    public Sha1Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException($"a SHA-1 digest has {Size} bytes, not {bytes.Length}", nameof(bytes));
        }
        bytes.CopyTo(_bytes);
    }

    /// <summary>The 20 bytes.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>A hash that <see cref="Finish"/> ends.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "named beside SHA-256, never trusted")]
    public static IncrementalHash Start() => IncrementalHash.CreateHash(HashAlgorithmName.SHA1);

    /// <summary>Digest of everything that <paramref name="content"/> still yields.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "named beside SHA-256, never trusted")]
    public static Sha1Digest Of(Stream content) => new(SHA1.HashData(content));

    /// <summary>Digest of <paramref name="content"/>.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "named beside SHA-256, never trusted")]
    public static Sha1Digest Of(ReadOnlySpan<byte> content) => new(SHA1.HashData(content));

    /// <summary>Digest of the bytes fed so far; the hash starts anew.</summary>
    public static Sha1Digest Finish(IncrementalHash hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        Span<byte> digest = stackalloc byte[Size];
        hash.GetHashAndReset(digest);
        return new Sha1Digest(digest);
    }

    /// <inheritdoc/>
    public bool Equals(Sha1Digest other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Sha1Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(Bytes);

    /// <summary>40 lower-case hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(Bytes);

    /// <summary>Equality of all 20 bytes.</summary>
    public static bool operator ==(Sha1Digest left, Sha1Digest right) => left.Equals(right);

    /// <summary>Inequality.</summary>
    public static bool operator !=(Sha1Digest left, Sha1Digest right) => !left.Equals(right);
}
