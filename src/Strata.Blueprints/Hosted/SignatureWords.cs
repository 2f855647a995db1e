using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary><c>signed-by</c> of a container: the public key with which its image has to be signed, as cosign and skopeo sign.</summary>
/// <param name="Policy">For the keeper: path of the policy under which the image is fetched; <c>-</c> for none.</param>
/// <param name="Files">The policy, the key, and where signatures are looked for.</param>
/// <remarks>
/// Forms: containers-policy.json(5), <c>sigstoreSigned</c>; containers-registries.d(5), <c>use-sigstore-attachments</c>.
/// </remarks>
internal sealed record SignatureWords(string Policy, IReadOnlyList<(GuestPath Path, ReadOnlyMemory<byte> Bytes)> Files)
{
    private const int LargestKey = 16 << 10;
    private const string Below = "/usr/lib/strata/containers/signers";

    private static readonly SignatureWords s_none = new("-", []);

    /// <summary>Reads them; the key lies beside the file. Faults are collected, none is thrown.</summary>
    /// <param name="container">The words of the container.</param>
    /// <param name="name">Its name.</param>
    /// <param name="image">Its image's name in a registry; empty for one that comes with the system, or for none.</param>
    /// <param name="folder">The folder of the file.</param>
    public static SignatureWords Read(MappingReader container, string name, string image, string folder)
    {
        if (container.Scalar("signed-by") is not YamlScalar path)
        {
            return s_none;
        }
        if (container.Value("image") is YamlMapping)
        {
            container.Faults.Add(path, "'signed-by' of an image that comes with the system: the release is signed, and the image with it");
            return s_none;
        }
        if (ReadKey(folder, path, container.Faults) is not byte[] key)
        {
            return s_none;
        }
        GuestPath keyFile = GuestPath.Parse($"{Below}/{name}.pub");
        GuestPath policy = GuestPath.Parse($"{Below}/{name}.json");
        return new SignatureWords(
            policy.ToString(),
            [
                (keyFile, key),
                (policy, Encoding.UTF8.GetBytes(
                    "{\"default\":[{\"type\":\"reject\"}],\"transports\":{\"docker\":{\"\":"
                    + $"[{{\"type\":\"sigstoreSigned\",\"keyPath\":\"{keyFile}\"}}]}}}}}}\n")),
                (GuestPath.Parse($"/etc/containers/registries.d/{DigestOf(image)}.yaml"),
                    Encoding.UTF8.GetBytes($"docker:\n  \"{image}\":\n    use-sigstore-attachments: true\n")),
            ]);
    }

    // two containers with one image say the same of it in one file, and the engine takes no image twice
    private static string DigestOf(string image) => Sha256Digest.Of(Encoding.UTF8.GetBytes(image)).ToString();

    private static byte[]? ReadKey(string folder, YamlScalar path, FaultList faults)
    {
        try
        {
            using ForeignFolder own = new(folder);
            if (own.TryRead(path.Text, LargestKey) is not byte[] bytes)
            {
                faults.Add(path, $"'{path.Text}' does not exist beside this file; expected a public key, such as cosign.pub");
                return null;
            }
            using ECDsa key = ECDsa.Create();
            key.ImportFromPem(Encoding.UTF8.GetString(bytes));
            if (Encoding.UTF8.GetString(bytes).Contains("PRIVATE", StringComparison.Ordinal))
            {
                faults.Add(
                    path, $"'{path.Text}' has a private key, which would lie in the image for everybody to read; expected its public half");
                return null;
            }
            return bytes;
        }
        catch (Exception e) when (e is StrataException or CryptographicException or ArgumentException)
        {
            faults.Add(path, $"'{path.Text}' is no public key: {e.Message}; expected one on an elliptic curve as PEM, such as cosign.pub");
            return null;
        }
    }
}
