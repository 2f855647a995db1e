using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Strata.Tuf.Json;

namespace Strata.Tuf.Metadata;

/// <summary>What metadata says of a file: its length and digests (§4.4, §4.5).</summary>
internal sealed record FileClaim
{
    private const int MostDigests = 8;

    private FileClaim(long? length, IReadOnlyDictionary<string, string> digests)
    {
        Length = length;
        Digests = digests;
    }

    /// <summary>In bytes; null when nothing is said of it.</summary>
    public long? Length { get; }

    /// <summary>Hexadecimal, by the name of their algorithm; empty when nothing is said of them.</summary>
    public IReadOnlyDictionary<string, string> Digests { get; }

    /// <summary>Of metadata: both may be missing.</summary>
    public static FileClaim ReadOptional(MetadataReader claim) => new(
        claim.Has("length") ? claim.Number("length", 0, long.MaxValue) : null,
        claim.TryObject("hashes") is MetadataReader hashes ? Known(hashes) : new Dictionary<string, string>());

    /// <summary>Of a target: both are there.</summary>
    public static FileClaim Read(MetadataReader claim) =>
        new(claim.Number("length", 0, long.MaxValue), Known(claim.Object("hashes")));

    /// <summary>Of a target that was found.</summary>
    public static FileClaim Of(TargetFile target) => new(target.Length, target.Digests);

    /// <summary>Begins to compare bytes with it.</summary>
    public FileCheck Begin() => new(this);

    /// <summary>Compares a whole file with it.</summary>
    /// <exception cref="Core.ImageFormatException">It is another file.</exception>
    public void Demand(ReadOnlySpan<byte> content)
    {
        FileCheck check = Begin();
        check.Add(content);
        check.Demand();
    }

    private static Dictionary<string, string> Known(MetadataReader hashes)
    {
        Dictionary<string, string> known = new(StringComparer.Ordinal);
        foreach ((string algorithm, string digest) in hashes.AllTexts(MostDigests))
        {
            if (algorithm is "sha256" or "sha512")
            {
                int length = algorithm == "sha256" ? 64 : 128;
                bool isDigest = digest.Length == length && digest.All(char.IsAsciiHexDigitLower);
                known.Add(algorithm, isDigest ? digest
                    : throw MetadataReader.Fault(
                        $"'{MetadataReader.Printable(digest)}' is no {algorithm} digest of {length} lower-case digits"));
            }
        }
        return known.Count > 0 ? known : throw MetadataReader.Fault("a file has no digest that is known here: sha256 or sha512");
    }
}

/// <summary>Bytes of a file while they are compared with what is said of it.</summary>
/// <remarks>By Bouncy Castle, as signatures are: the framework's hashes need a library that programs of the device do not have.</remarks>
/// <param name="claim">What is said.</param>
internal sealed class FileCheck(FileClaim claim)
{
    private readonly Sha256Digest? _sha256 = claim.Digests.ContainsKey("sha256") ? new Sha256Digest() : null;
    private readonly Sha512Digest? _sha512 = claim.Digests.ContainsKey("sha512") ? new Sha512Digest() : null;
    private long _length;

    /// <summary>The next bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        _sha256?.BlockUpdate(bytes);
        _sha512?.BlockUpdate(bytes);
    }

    /// <summary>All bytes have come.</summary>
    /// <exception cref="Core.ImageFormatException">They are not the file that is meant.</exception>
    public void Demand()
    {
        if (claim.Length is long length && length != _length)
        {
            throw MetadataReader.Fault($"it has {_length} bytes, expected {length}");
        }
        Demand("sha256", _sha256);
        Demand("sha512", _sha512);
    }

    private void Demand(string algorithm, IDigest? hash)
    {
        if (hash is null)
        {
            return;
        }
        byte[] bytes = new byte[hash.GetDigestSize()];
        hash.DoFinal(bytes);
        string digest = Convert.ToHexStringLower(bytes);
        if (digest != claim.Digests[algorithm])
        {
            throw MetadataReader.Fault($"its {algorithm} is {digest}, expected {claim.Digests[algorithm]}");
        }
    }
}
