using System.Security.Cryptography;
using System.Text.Json;
using Strata.Tuf.Json;
using Strata.Tuf.Keys;

namespace Strata.Tuf.Publishing;

/// <summary>A key that signs metadata of one role: ECDSA on P-256 with SHA-256 (§4.2), or its public half alone.</summary>
/// <remarks>Signed by the framework, which hosts have; what verifies is another program (<see cref="PublicKey"/>).</remarks>
public sealed class MetadataKey : IDisposable
{
    private const string Scheme = "ecdsa-sha2-nistp256";

    private readonly ECDsa _key;

    /// <param name="role">Whose metadata it signs: <c>root</c>, <c>targets</c>, <c>snapshot</c> or <c>timestamp</c>.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="key">The key, on P-256; disposed with this.</param>
    /// <param name="canSign">Whether its private half is there.</param>
    public MetadataKey(string role, string name, ECDsa key, bool canSign)
    {
        ArgumentNullException.ThrowIfNull(key);
        (Role, Name, _key, CanSign) = (role, name, key, canSign);
        PublicPem = key.ExportSubjectPublicKeyInfoPem();
        using JsonDocument document = JsonDocument.Parse(MetadataText.Of(Write));
        Id = Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(document.RootElement)));
    }

    /// <summary>Whose metadata it signs.</summary>
    public string Role { get; }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>Whether its private half is there.</summary>
    public bool CanSign { get; }

    /// <summary>SubjectPublicKeyInfo as PEM.</summary>
    public string PublicPem { get; }

    /// <summary>SHA-256 of its canonical JSON, in hexadecimal (§4.2, KEYID).</summary>
    public string Id { get; }

    /// <summary>Whether a signature is this key's over these bytes: DER of two numbers (RFC 3279, section 2.2.3).</summary>
    public bool Verifies(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature)
    {
        try
        {
            return _key.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false; // what has no form of a signature is none
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    internal byte[] Sign(byte[] content) => CanSign
        ? _key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        : throw new InvalidOperationException($"the private half of {Name} is elsewhere");

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("keytype", "ecdsa");
        json.WriteStartObject("keyval");
        json.WriteString("public", PublicPem);
        json.WriteEndObject();
        json.WriteString("scheme", Scheme);
        json.WriteEndObject();
    }
}
