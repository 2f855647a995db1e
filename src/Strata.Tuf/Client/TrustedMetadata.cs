using System.Globalization;
using Strata.Core;
using Strata.Tuf.Json;
using Strata.Tuf.Metadata;

namespace Strata.Tuf.Client;

/// <summary>
/// What is believed, and the rules by which more comes to be: root, then timestamp, snapshot and targets, each believed because of
/// those before it. Nothing here reads or writes anything.
/// </summary>
/// <param name="root">The text of the root that is believed, from within the system or from the last time.</param>
/// <param name="start">When the update began: the time that expiry is compared with (§5.1).</param>
internal sealed class TrustedMetadata(byte[] root, DateTimeOffset start)
{
    private TimestampMetadata? _oldTimestamp;
    private SnapshotMetadata? _oldSnapshot;

    /// <summary>The root.</summary>
    public RootMetadata Root { get; private set; } = SelfSigned(root);

    /// <summary>The timestamp; null until it is there.</summary>
    public TimestampMetadata? Timestamp { get; private set; }

    /// <summary>The snapshot; null until it is there.</summary>
    public SnapshotMetadata? Snapshot { get; private set; }

    /// <summary>Takes the next root (§5.3.4 to §5.3.7).</summary>
    /// <exception cref="ImageFormatException">It is not believed.</exception>
    public void TakeRoot(byte[] text)
    {
        RootMetadata next = RootMetadata.Read(text);
        Root.Demand(next.File, TopRole.Root); // §5.3.4: by the old keys, and by the new
        next.Demand(next.File, TopRole.Root);
        if (next.File.Version - 1 != Root.File.Version) // §5.3.5
        {
            throw MetadataReader.Fault($"it is version {next.File.Version}, expected {Root.File.Version + 1}");
        }
        Root = next;
    }

    /// <summary>No newer root is there: from here on it has to be valid (§5.3.10).</summary>
    /// <exception cref="ImageFormatException">It has expired.</exception>
    public void FinishRoot() => DemandValid(Root.File);

    /// <summary>
    /// Takes a timestamp that was believed at an earlier time, for the versions in it: nothing may go back behind them. It may have
    /// expired; whoever signed it must count today.
    /// </summary>
    /// <exception cref="ImageFormatException">It is not believed.</exception>
    public void RecallTimestamp(byte[] text)
    {
        TimestampMetadata old = TimestampMetadata.Read(text);
        Root.Demand(old.File, TopRole.Timestamp);
        _oldTimestamp = old;
    }

    /// <summary>Takes the timestamp of the repository (§5.4.2 to §5.4.4); false for the one that was believed before.</summary>
    /// <exception cref="ImageFormatException">It is not believed.</exception>
    public bool TakeTimestamp(byte[] text)
    {
        TimestampMetadata next = TimestampMetadata.Read(text);
        Root.Demand(next.File, TopRole.Timestamp); // §5.4.2
        bool isNew = true;
        if (_oldTimestamp is TimestampMetadata old)
        {
            DemandNotBehind("timestamp", next.File.Version, old.File.Version); // §5.4.3.1
            isNew = next.File.Version != old.File.Version;
            next = isNew ? next : old; // another text of the same version is not looked at
            DemandNotBehind("snapshot", next.Snapshot.Version, old.Snapshot.Version); // §5.4.3.2
        }
        DemandValid(next.File); // §5.4.4
        Timestamp = next;
        return isNew;
    }

    /// <summary>Takes a snapshot that was believed at an earlier time, for the versions in it.</summary>
    /// <exception cref="ImageFormatException">It is not believed.</exception>
    public void RecallSnapshot(byte[] text)
    {
        SnapshotMetadata old = SnapshotMetadata.Read(text);
        Root.Demand(old.File, TopRole.Snapshot);
        _oldSnapshot = old;
    }

    /// <summary>Takes the snapshot that the timestamp names (§5.5.2 to §5.5.6).</summary>
    /// <exception cref="ImageFormatException">It is not believed.</exception>
    public void TakeSnapshot(byte[] text)
    {
        VersionedClaim claim = Timestamp!.Snapshot;
        claim.File.Demand(text); // §5.5.2
        SnapshotMetadata next = SnapshotMetadata.Read(text);
        Root.Demand(next.File, TopRole.Snapshot); // §5.5.3
        DemandVersion(next.File, claim.Version); // §5.5.4
        foreach ((string name, VersionedClaim before) in _oldSnapshot?.Files ?? new Dictionary<string, VersionedClaim>()) // §5.5.5
        {
            long version = next.Files.TryGetValue(name, out VersionedClaim? now) ? now.Version
                : throw MetadataReader.Fault($"'{MetadataReader.Printable(name)}' is not in it any more");
            DemandNotBehind(name, version, before.Version);
        }
        DemandValid(next.File); // §5.5.6
        Snapshot = next;
    }

    /// <summary>Takes targets that the snapshot names (§5.6.2 to §5.6.5), of the top or of a role that others are left to.</summary>
    /// <param name="text">The file.</param>
    /// <param name="role">Its role.</param>
    /// <param name="delegator">Who left something to the role; null for the one at the top.</param>
    /// <exception cref="ImageFormatException">They are not believed.</exception>
    public TargetsMetadata TakeTargets(byte[] text, string role, TargetsMetadata? delegator)
    {
        VersionedClaim claim = ClaimOf(role);
        claim.File.Demand(text); // §5.6.2
        TargetsMetadata targets = TargetsMetadata.Read(text);
        if (delegator is null)
        {
            Root.Demand(targets.File, TopRole.Targets); // §5.6.3
        }
        else
        {
            RootMetadata.Demand(targets.File, delegator.Delegations.Single(d => d.Name == role).Keys, delegator.Keys, role);
        }
        DemandVersion(targets.File, claim.Version); // §5.6.4
        DemandValid(targets.File); // §5.6.5
        return targets;
    }

    /// <summary>What the snapshot says of targets.</summary>
    /// <exception cref="ImageFormatException">It says nothing.</exception>
    public VersionedClaim ClaimOf(string role) => Snapshot!.Files.TryGetValue($"{role}.json", out VersionedClaim? claim) ? claim
        : throw MetadataReader.Fault($"the snapshot does not name '{MetadataReader.Printable(role)}.json'");

    private static RootMetadata SelfSigned(byte[] text)
    {
        RootMetadata root = RootMetadata.Read(text);
        root.Demand(root.File, TopRole.Root);
        return root;
    }

    private void DemandValid(SignedMetadata file)
    {
        if (file.Expires <= start)
        {
            throw MetadataReader.Fault(string.Create(
                CultureInfo.InvariantCulture, $"it has expired at {file.Expires:yyyy-MM-dd HH:mm:ss} UTC, and nothing newer is there"));
        }
    }

    private static void DemandVersion(SignedMetadata file, long version)
    {
        if (file.Version != version)
        {
            throw MetadataReader.Fault($"it is version {file.Version}, expected {version}");
        }
    }

    private static void DemandNotBehind(string what, long version, long before)
    {
        if (version < before)
        {
            throw MetadataReader.Fault($"{MetadataReader.Printable(what)} goes back from version {before} to {version}");
        }
    }
}
