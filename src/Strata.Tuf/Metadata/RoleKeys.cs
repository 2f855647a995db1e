using Strata.Tuf.Json;
using Strata.Tuf.Keys;

namespace Strata.Tuf.Metadata;

/// <summary>Whose signatures make metadata of a role believed.</summary>
/// <param name="KeyIds">Names of keys.</param>
/// <param name="Threshold">How many different keys have to sign.</param>
internal sealed record RoleKeys(IReadOnlyList<string> KeyIds, int Threshold)
{
    private const int MostKeys = 256;

    /// <summary>Reads the members <c>keyids</c> and <c>threshold</c> (§4.3).</summary>
    public static RoleKeys Read(MetadataReader role)
    {
        IReadOnlyList<string> keys = role.Texts("keyids", MostKeys);
        return keys.Distinct(StringComparer.Ordinal).Count() != keys.Count
            ? throw MetadataReader.Fault("a role names a key twice")
            : new RoleKeys(keys, (int)role.Number("threshold", 1, int.MaxValue));
    }

    /// <summary>Reads a table of keys. One of a kind that is not known here is left out: it signs nothing.</summary>
    public static IReadOnlyDictionary<string, PublicKey> ReadKeys(MetadataReader keys)
    {
        Dictionary<string, PublicKey> table = new(StringComparer.Ordinal);
        foreach ((string id, MetadataReader key) in keys.Objects(MostKeys))
        {
            if (PublicKey.TryRead(key) is PublicKey known)
            {
                table.Add(id, known);
            }
        }
        return table;
    }

    /// <summary>How many different keys of the role have signed.</summary>
    /// <remarks>
    /// Keys are told apart by what they are, not by their names: one key under two names counts once (§5.3.4: each key contributes one
    /// signature). So it does not matter by which rule somebody names keys.
    /// </remarks>
    public int CountSigners(SignedMetadata metadata, IReadOnlyDictionary<string, PublicKey> keys)
    {
        HashSet<PublicKey> signers = [];
        foreach (string id in KeyIds)
        {
            if (metadata.Signatures.TryGetValue(id, out byte[]? signature) && keys.TryGetValue(id, out PublicKey? key)
                && !signers.Contains(key) && key.Verifies(metadata.SignedBytes, signature))
            {
                signers.Add(key);
            }
        }
        return signers.Count;
    }
}
