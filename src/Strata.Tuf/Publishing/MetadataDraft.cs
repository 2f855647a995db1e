using Strata.Core;
using Strata.Tuf.Metadata;

namespace Strata.Tuf.Publishing;

/// <summary>
/// Metadata on its way to be published: what a role says, and the signatures that it has so far. Its text is that of published metadata,
/// so it can go from one who signs to the next.
/// </summary>
public sealed class MetadataDraft
{
    private readonly byte[] _signed;
    private readonly SortedDictionary<string, byte[]> _signatures;

    private MetadataDraft(string role, byte[] signed, SortedDictionary<string, byte[]> signatures)
    {
        (Role, _signed, _signatures) = (role, signed, signatures);
        Text = MetadataText.Of(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("signatures");
            foreach ((string id, byte[] signature) in signatures)
            {
                json.WriteStartObject();
                json.WriteString("keyid", id);
                json.WriteString("sig", Convert.ToHexStringLower(signature));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WritePropertyName("signed");
            json.WriteRawValue(signed);
            json.WriteEndObject();
        });
        File = SignedMetadata.Read(Text, role);
    }

    /// <summary>Whose it is: <c>root</c> or <c>targets</c> where it travels.</summary>
    public string Role { get; }

    /// <summary>Its version.</summary>
    public long Version => File.Version;

    /// <summary>Until when it is believed.</summary>
    public DateTimeOffset Expires => File.Expires;

    /// <summary>The file.</summary>
    public byte[] Text { get; }

    /// <summary>The bytes that are signed.</summary>
    public byte[] ToSign => File.SignedBytes;

    internal SignedMetadata File { get; }

    /// <summary>Reads one that travelled.</summary>
    /// <exception cref="ImageFormatException">It is no metadata of the role.</exception>
    public static MetadataDraft Read(ReadOnlySpan<byte> text, string role)
    {
        SignedMetadata file = SignedMetadata.Read(text.ToArray(), role);
        return new MetadataDraft(
            role, MetadataText.Of(file.Signed.Element.WriteTo),
            new SortedDictionary<string, byte[]>(file.Signatures.ToDictionary(), StringComparer.Ordinal));
    }

    /// <summary>With the signatures of all of these keys that are at hand.</summary>
    public MetadataDraft SignedBy(IEnumerable<MetadataKey> keys) =>
        With(keys.Where(k => k.CanSign).Select(k => (k.Id, k.Sign(File.SignedBytes))));

    /// <summary>With a signature that was made elsewhere; null when it is not this key's.</summary>
    public MetadataDraft? TryWith(MetadataKey key, byte[] signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Verifies(File.SignedBytes, signature) ? With([(key.Id, signature)]) : null;
    }

    /// <summary>Whether a key has signed it.</summary>
    public bool IsSignedBy(MetadataKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _signatures.TryGetValue(key.Id, out byte[]? signature) && key.Verifies(File.SignedBytes, signature);
    }

    internal static MetadataDraft Of(string role, byte[] signed, IEnumerable<MetadataKey> keys) =>
        new MetadataDraft(role, signed, new SortedDictionary<string, byte[]>(StringComparer.Ordinal)).SignedBy(keys);

    private MetadataDraft With(IEnumerable<(string Id, byte[] Signature)> more)
    {
        SortedDictionary<string, byte[]> all = new(_signatures, StringComparer.Ordinal);
        foreach ((string id, byte[] signature) in more)
        {
            all[id] = signature;
        }
        return new MetadataDraft(Role, _signed, all);
    }
}
