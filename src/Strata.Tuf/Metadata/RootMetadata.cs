using Strata.Core;
using Strata.Tuf.Json;
using Strata.Tuf.Keys;

namespace Strata.Tuf.Metadata;

/// <summary>Whose keys count for which of the roles at the top (§4.3).</summary>
internal sealed class RootMetadata
{
    private static readonly string[] s_needed = [TopRole.Root, TopRole.Timestamp, TopRole.Snapshot, TopRole.Targets];

    private readonly Dictionary<string, RoleKeys> _roles = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, PublicKey> _keys;

    private RootMetadata(SignedMetadata file)
    {
        File = file;
        IsConsistentSnapshot = file.Signed.Flag("consistent_snapshot", otherwise: false);
        _keys = RoleKeys.ReadKeys(file.Signed.Object("keys"));
        MetadataReader roles = file.Signed.Object("roles");
        foreach (string role in s_needed)
        {
            _roles.Add(role, RoleKeys.Read(roles.Object(role)));
        }
    }

    /// <summary>The file.</summary>
    public SignedMetadata File { get; }

    /// <summary>Whether names of files in the repository have their version or digest in front (§6.2).</summary>
    public bool IsConsistentSnapshot { get; }

    /// <summary>Reads it.</summary>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    public static RootMetadata Read(byte[] text) => new(SignedMetadata.Read(text, TopRole.Root));

    /// <summary>Whether enough keys of a role have signed.</summary>
    /// <param name="metadata">The file.</param>
    /// <param name="role">One of <see cref="TopRole"/>.</param>
    /// <exception cref="ImageFormatException">They have not.</exception>
    public void Demand(SignedMetadata metadata, string role) => Demand(metadata, _roles[role], _keys, role);

    /// <summary>Whose signatures count for a role.</summary>
    /// <param name="role">One of <see cref="TopRole"/>.</param>
    public RoleKeys KeysOf(string role) => _roles[role];

    /// <summary>Whether the keys of a role are the same in another version.</summary>
    public bool HasSameKeys(RootMetadata other, string role) =>
        _roles[role].Threshold == other._roles[role].Threshold && Known(role).SetEquals(other.Known(role));

    /// <summary>Whether enough of these keys have signed.</summary>
    /// <exception cref="ImageFormatException">They have not.</exception>
    public static void Demand(SignedMetadata metadata, RoleKeys role, IReadOnlyDictionary<string, PublicKey> keys, string name)
    {
        int signers = role.CountSigners(metadata, keys);
        if (signers < role.Threshold)
        {
            throw MetadataReader.Fault(
                $"it is signed by {signers} of the keys that count for the role '{MetadataReader.Printable(name)}', "
                    + $"needed are {role.Threshold}");
        }
    }

    private HashSet<PublicKey> Known(string role) => [.. _roles[role].KeyIds.Where(_keys.ContainsKey).Select(id => _keys[id])];
}
