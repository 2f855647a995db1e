using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Security;

namespace Strata.Tuf.Tests.Bench;

/// <summary>A key that signs. RSA and ECDSA are the framework's, which is not what the product verifies with.</summary>
/// <param name="id">Its name.</param>
/// <param name="type">Its <c>keytype</c>.</param>
/// <param name="scheme">Its <c>scheme</c>.</param>
/// <param name="shown">Its public half.</param>
/// <param name="sign">Signs.</param>
internal sealed class TestKey(string id, string type, string scheme, string shown, Func<byte[], byte[]> sign)
{
    private static int s_count;

    public string Id => id;

    public string Shown => shown;

    public static TestKey Ecdsa(ECCurve? curve = null)
    {
        ECDsa key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        return new TestKey(
            NewId(), "ecdsa", "ecdsa-sha2-nistp256", key.ExportSubjectPublicKeyInfoPem(),
            d => key.SignData(d, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    public static TestKey Rsa(int bits = 2048)
    {
        RSA key = RSA.Create(bits);
        return new TestKey(
            NewId(), "rsa", "rsassa-pss-sha256", key.ExportSubjectPublicKeyInfoPem(),
            d => key.SignData(d, HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    public static TestKey Ed25519()
    {
        Ed25519PrivateKeyParameters key = new(new SecureRandom());
        return new TestKey(NewId(), "ed25519", "ed25519", Convert.ToHexStringLower(key.GeneratePublicKey().GetEncoded()), d =>
        {
            Ed25519Signer signer = new();
            signer.Init(true, key);
            signer.BlockUpdate(d, 0, d.Length);
            return signer.GenerateSignature();
        });
    }

    /// <summary>The same key under another name.</summary>
    public TestKey Named(string other) => new(other, type, scheme, shown, sign);

    public JsonObject ToJson() => new() { ["keytype"] = type, ["scheme"] = scheme, ["keyval"] = new JsonObject { ["public"] = shown } };

    public byte[] Sign(byte[] content) => sign(content);

    private static string NewId() => $"key-{Interlocked.Increment(ref s_count)}";
}
