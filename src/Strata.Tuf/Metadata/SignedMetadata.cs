using Strata.Core;
using Strata.Tuf.Json;

namespace Strata.Tuf.Metadata;

/// <summary>The roles at the top (§2.1). Delegated roles have names of their own and the form of <see cref="Targets"/>.</summary>
internal static class TopRole
{
    /// <summary>Says whose keys count for which role.</summary>
    public const string Root = "root";

    /// <summary>Says which files there are.</summary>
    public const string Targets = "targets";

    /// <summary>Says which versions of metadata belong together.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>Says which snapshot is the newest.</summary>
    public const string Timestamp = "timestamp";

    /// <summary>Whether a name is one of them.</summary>
    public static bool Is(string name) => name is Root or Targets or Snapshot or Timestamp;
}

/// <summary>Metadata with its signatures, of which none has been looked at (§4.2.1).</summary>
internal sealed class SignedMetadata
{
    private const int MostSignatures = 256;
    private const int LongestSignature = 1024; // bytes: RSA with 8192 bits

    private SignedMetadata(byte[] text, MetadataReader signed, IReadOnlyDictionary<string, byte[]> signatures)
    {
        Text = text;
        Signed = signed;
        Signatures = signatures;
        SignedBytes = CanonicalJson.Write(signed.Element);
    }

    /// <summary>As it came: what is kept, and what digests are of.</summary>
    public byte[] Text { get; }

    /// <summary>What is signed.</summary>
    public MetadataReader Signed { get; }

    /// <summary>The bytes that signatures are over.</summary>
    public byte[] SignedBytes { get; }

    /// <summary>By the name of the key. One that is no hexadecimal text is empty: it counts for nobody, and the others do.</summary>
    public IReadOnlyDictionary<string, byte[]> Signatures { get; }

    /// <summary>The version that it gives itself.</summary>
    public long Version => Signed.Number("version", 1, long.MaxValue);

    /// <summary>When it is not to be believed any more.</summary>
    public DateTimeOffset Expires => Signed.Time("expires");

    /// <summary>Reads what all roles have, and looks whether it is of this kind and of a specification that is known here.</summary>
    /// <param name="text">The file.</param>
    /// <param name="type">The kind, one of <see cref="TopRole"/>.</param>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    public static SignedMetadata Read(byte[] text, string type)
    {
        MetadataReader file = MetadataReader.Open(text);
        Dictionary<string, byte[]> signatures = new(StringComparer.Ordinal);
        foreach (MetadataReader signature in file.List("signatures", MostSignatures))
        {
            string key = signature.Text("keyid");
            if (!signatures.TryAdd(key, BytesOf(signature.Text("sig")))) // §4.2.1: unique
            {
                throw MetadataReader.Fault($"two signatures are of the key {MetadataReader.Printable(key)}");
            }
        }
        MetadataReader signed = file.Object("signed");
        if (signed.Text("_type") is string other && other != type)
        {
            throw MetadataReader.Fault($"it is '{MetadataReader.Printable(other)}', expected '{type}'");
        }
        string specification = signed.Text("spec_version");
        if (!specification.StartsWith("1.", StringComparison.Ordinal))
        {
            throw MetadataReader.Fault(
                $"it is written by specification {MetadataReader.Printable(specification)}, known here is 1");
        }
        SignedMetadata metadata = new(text, signed, signatures);
        _ = metadata.Version; // each of these is read again when it is asked for, and must be right now
        _ = metadata.Expires;
        return metadata;
    }

    private static byte[] BytesOf(string hex)
    {
        if (hex.Length > 2 * LongestSignature || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit))
        {
            return [];
        }
        return Convert.FromHexString(hex);
    }
}
