using System.Globalization;
using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Json;
using Strata.Tuf.Metadata;

namespace Strata.Tuf.Publishing;

/// <summary>
/// Publishes metadata: each step reads what is published as a client does, writes what follows, and has the client's own rules look at
/// it before anybody else can.
/// </summary>
/// <remarks>
/// Files that have a version in their name come first and are never changed once a timestamp leads to them; <c>timestamp.json</c>, the one
/// that is, comes last (§6.2). So a client that asks meanwhile finds what was, or what is.
/// </remarks>
public sealed class RepositoryEditor
{
    /// <summary>Days that the root is believed. It is renewed by hand, with keys that lie in a safe.</summary>
    public const int RootDays = 365;

    /// <summary>Days that targets are believed: the longest time between two releases without signing again.</summary>
    public const int TargetsDays = 365;

    /// <summary>Days that a snapshot is believed.</summary>
    public const int SnapshotDays = 60;

    /// <summary>Days that a timestamp is believed: how long somebody can keep a device from news.</summary>
    public const int TimestampDays = 14;

    private const int MostRoots = 65536;

    private readonly IPublishedFiles _files;
    private RootMetadata _root;
    private SignedMetadata _targets;
    private SignedMetadata _snapshot;
    private SignedMetadata _timestamp;

    private RepositoryEditor(IPublishedFiles files, List<byte[]> roots)
    {
        _files = files;
        TrustedMetadata trusted = new(roots[0], DateTimeOffset.MinValue);
        roots.Skip(1).ToList().ForEach(trusted.TakeRoot);
        _root = trusted.Root;
        TargetsMetadata targets;
        try
        {
            targets = ReadWith(trusted);
        }
        catch (ImageFormatException) when (roots.Count > 1)
        {
            // cut after a root of other keys: what it leads to is by those of before, and the next step has it signed anew
            trusted = new TrustedMetadata(roots[^2], DateTimeOffset.MinValue);
            targets = ReadWith(trusted);
        }
        (_timestamp, _snapshot, _targets) = (trusted.Timestamp!.File, trusted.Snapshot!.File, targets.File);
        Targets = [.. targets.Files];
    }

    /// <summary>The files that are published, by path.</summary>
    public IReadOnlyList<TargetFile> Targets { get; private set; }

    /// <summary>What is published.</summary>
    public IReadOnlyList<RoleState> Roles =>
    [
        .. new[] { (TopRole.Root, _root.File), (TopRole.Targets, _targets), (TopRole.Snapshot, _snapshot), (TopRole.Timestamp, _timestamp) }
            .Select(r => new RoleState(
                r.Item1, r.Item2.Version, r.Item2.Expires, _root.KeysOf(r.Item1).Threshold, _root.KeysOf(r.Item1).KeyIds)),
    ];

    /// <summary>Begins a repository without files. All roles sign, so their keys are at hand.</summary>
    /// <param name="files">Where; nothing is there yet.</param>
    /// <param name="keys">The keys of all roles.</param>
    /// <param name="threshold">How many of the root's keys have to sign it.</param>
    /// <param name="now">What expires counts from here.</param>
    /// <exception cref="StrataException">Keys are missing, or something is there.</exception>
    public static RepositoryEditor Create(IPublishedFiles files, IReadOnlyList<MetadataKey> keys, int threshold, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(keys);
        if (files.TryRead(NameOf(TopRole.Root, 1), UpdateClient.MostBytes) is not null)
        {
            throw new StrataException("cannot begin a repository: one is there already", "Name a folder that does not exist.");
        }
        DemandKeys(keys, threshold);
        MetadataDraft root = MetadataDraft.Of(
            TopRole.Root, MetadataText.Root(1, now.AddDays(RootDays), keys, threshold), keys.Where(k => k.Role == TopRole.Root));
        RootMetadata read = RootMetadata.Read(root.Text);
        Demand(read, root.File, TopRole.Root, "begin a repository");
        SignedMetadata targets = Signed(TopRole.Targets, MetadataText.Targets(1, now.AddDays(TargetsDays), []));
        SignedMetadata snapshot = Signed(TopRole.Snapshot, MetadataText.Snapshot(1, now.AddDays(SnapshotDays), targets));
        SignedMetadata timestamp = Signed(TopRole.Timestamp, MetadataText.Timestamp(1, now.AddDays(TimestampDays), snapshot));
        files.Write(NameOf(TopRole.Targets, 1), targets.Text);
        files.Write(NameOf(TopRole.Snapshot, 1), snapshot.Text);
        files.Write(NameOf(TopRole.Root, 1), root.Text);
        files.Write(NameOf(TopRole.Timestamp, 1), timestamp.Text);
        return Open(files);

        SignedMetadata Signed(string role, byte[] content)
        {
            SignedMetadata file = MetadataDraft.Of(role, content, keys.Where(k => k.Role == role)).File;
            Demand(read, file, role, "begin a repository");
            return file;
        }
    }

    /// <summary>Reads a repository, and believes nothing in it that a client would not. What has expired is no fault here.</summary>
    /// <exception cref="StrataException">There is none, or it is damaged.</exception>
    public static RepositoryEditor Open(IPublishedFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        List<byte[]> roots = [];
        while (roots.Count < MostRoots && files.TryRead(NameOf(TopRole.Root, roots.Count + 1), UpdateClient.MostBytes) is byte[] root)
        {
            roots.Add(root);
        }
        if (roots.Count == 0)
        {
            throw new StrataException("cannot publish: there is no repository, it would have 1.root.json",
                "'strata publish new FOLDER --keys KEYS' begins one.");
        }
        try
        {
            return new RepositoryEditor(files, roots);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException(
                $"cannot publish: what is published is damaged: {e.Problem}", "Take the folder from a copy.", e);
        }
    }

    /// <summary>The next targets, signed by those of the keys that are at hand.</summary>
    /// <param name="files">All files there are then.</param>
    /// <param name="keys">The keys there are.</param>
    /// <param name="now">What expires counts from here.</param>
    public MetadataDraft NextTargets(IEnumerable<TargetFile> files, IEnumerable<MetadataKey> keys, DateTimeOffset now) => MetadataDraft.Of(
        TopRole.Targets, MetadataText.Targets(_targets.Version + 1, now.AddDays(TargetsDays), files), Counting(keys, TopRole.Targets));

    /// <summary>The next root, signed by those keys of this one and of itself that are at hand.</summary>
    /// <param name="next">The keys that are to count.</param>
    /// <param name="old">Other keys there are: those that counted until now.</param>
    /// <param name="threshold">How many of the root's keys have to sign it.</param>
    /// <param name="now">What expires counts from here.</param>
    /// <exception cref="StrataException">A role would have too few keys.</exception>
    public MetadataDraft NextRoot(
        IReadOnlyList<MetadataKey> next, IEnumerable<MetadataKey> old, int threshold, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(next);
        DemandKeys(next, threshold);
        byte[] content = MetadataText.Root(_root.File.Version + 1, now.AddDays(RootDays), next, threshold);
        return MetadataDraft.Of(TopRole.Root, content, next.Concat(Counting(old, TopRole.Root)).Where(k => k.Role == TopRole.Root));
    }

    /// <summary>What a draft lacks before it can be published; null when nothing.</summary>
    public string? Lacks(MetadataDraft draft)
    {
        ArgumentNullException.ThrowIfNull(draft);
        SignedMetadata before = draft.Role == TopRole.Root ? _root.File : _targets;
        if (draft.Version != before.Version + 1)
        {
            return $"it is version {draft.Version}, and {before.Version} is published";
        }
        try
        {
            _root.Demand(draft.File, draft.Role);
            if (draft.Role == TopRole.Root)
            {
                RootMetadata next = RootMetadata.Read(draft.Text);
                next.Demand(draft.File, TopRole.Root);
            }
            return null;
        }
        catch (ImageFormatException e)
        {
            return e.Problem;
        }
    }

    /// <summary>
    /// Publishes a draft, or, without one, the same as before for longer: the timestamp always, the snapshot in the second half of its
    /// time, targets in the last quarter of theirs where their key is at hand.
    /// </summary>
    /// <param name="draft">The next root or the next targets; null for neither.</param>
    /// <param name="keys">The keys there are; those of snapshot and timestamp have to be at hand.</param>
    /// <param name="now">What expires counts from here.</param>
    /// <exception cref="StrataException">A signature is missing; nothing was published then.</exception>
    public void Publish(MetadataDraft? draft, IReadOnlyList<MetadataKey> keys, DateTimeOffset now)
    {
        if (draft is not null && Lacks(draft) is string problem)
        {
            throw new StrataException($"cannot publish {draft.Role}: {problem}", "'strata publish sign' adds signatures.");
        }
        RootMetadata root = draft?.Role == TopRole.Root ? RootMetadata.Read(draft.Text) : _root;
        SignedMetadata targets = draft?.Role == TopRole.Targets ? draft.File : _targets;
        bool isEnding = draft?.Role != TopRole.Targets && now.AddDays(TargetsDays / 4) > targets.Expires;
        if (!IsBelieved(root, targets, TopRole.Targets) // other keys than those that signed count from now on
            || (isEnding && keys.Any(k => k.CanSign && root.KeysOf(TopRole.Targets).KeyIds.Contains(k.Id))))
        {
            targets = Signed(
                TopRole.Targets,
                MetadataText.Targets(targets.Version + 1, now.AddDays(TargetsDays), TargetsMetadata.Read(targets.Text).Files));
        }
        bool isSnapshotOld = now.AddDays(SnapshotDays / 2) > _snapshot.Expires || !IsBelieved(root, _snapshot, TopRole.Snapshot);
        SignedMetadata snapshot = targets == _targets && !isSnapshotOld ? _snapshot : Signed(
            TopRole.Snapshot, MetadataText.Snapshot(_snapshot.Version + 1, now.AddDays(SnapshotDays), targets));
        SignedMetadata timestamp = Signed(
            TopRole.Timestamp, MetadataText.Timestamp(_timestamp.Version + 1, now.AddDays(TimestampDays), snapshot));

        bool isNewRoot = root != _root;
        // who still has the old root believes all of it by the old keys, where those could sign as well
        bool isSeamless = !isNewRoot || (IsBelieved(_root, timestamp, TopRole.Timestamp) && IsBelieved(_root, snapshot, TopRole.Snapshot)
            && IsBelieved(_root, targets, TopRole.Targets));
        WriteWhere(targets != _targets, TopRole.Targets, targets);
        WriteWhere(snapshot != _snapshot, TopRole.Snapshot, snapshot);
        WriteWhere(isNewRoot && !isSeamless, TopRole.Root, root.File);
        _files.Write(NameOf(TopRole.Timestamp, timestamp.Version), timestamp.Text);
        WriteWhere(isNewRoot && isSeamless, TopRole.Root, root.File);
        (_root, _targets, _snapshot, _timestamp) = (root, targets, snapshot, timestamp);
        Targets = [.. TargetsMetadata.Read(targets.Text).Files];

        SignedMetadata Signed(string role, byte[] content)
        {
            IEnumerable<MetadataKey> signers = keys.Where(k => k.Role == role
                && (root.KeysOf(role).KeyIds.Contains(k.Id) || _root.KeysOf(role).KeyIds.Contains(k.Id)));
            SignedMetadata file = MetadataDraft.Of(role, content, signers).File;
            Demand(root, file, role, "publish");
            return file;
        }
    }

    private IEnumerable<MetadataKey> Counting(IEnumerable<MetadataKey> keys, string role) =>
        keys.Where(k => _root.KeysOf(role).KeyIds.Contains(k.Id));

    private void WriteWhere(bool isNew, string role, SignedMetadata file)
    {
        if (isNew)
        {
            _files.Write(NameOf(role, file.Version), file.Text);
        }
    }

    private TargetsMetadata ReadWith(TrustedMetadata trusted)
    {
        trusted.TakeTimestamp(Needed("timestamp.json"));
        trusted.TakeSnapshot(Needed(NameOf(TopRole.Snapshot, trusted.Timestamp!.Snapshot.Version)));
        return trusted.TakeTargets(
            Needed(NameOf(TopRole.Targets, trusted.ClaimOf(TopRole.Targets).Version)), TopRole.Targets, null);
    }

    private byte[] Needed(string name) => _files.TryRead(name, UpdateClient.MostTargetsBytes)
        ?? throw MetadataReader.Fault($"{name} is missing");

    private static bool IsBelieved(RootMetadata root, SignedMetadata file, string role)
    {
        try
        {
            root.Demand(file, role);
            return true;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    private static void Demand(RootMetadata root, SignedMetadata file, string role, string what)
    {
        try
        {
            root.Demand(file, role);
        }
        catch (ImageFormatException e)
        {
            throw new StrataException(
                $"cannot {what}: {role} has to be signed anew, and {e.Problem}",
                $"The private half of a key of '{role}' has to be in the folder of keys.", e);
        }
    }

    private static void DemandKeys(IReadOnlyList<MetadataKey> keys, int threshold)
    {
        foreach (string role in (string[])[TopRole.Root, TopRole.Targets, TopRole.Snapshot, TopRole.Timestamp])
        {
            int count = keys.Count(k => k.Role == role);
            int needed = role == TopRole.Root ? threshold : 1;
            if (needed < 1 || count < needed)
            {
                throw new StrataException(
                    $"cannot make a root: there are {count} keys of '{role}', and {needed} are to sign, expected 1 to {Math.Max(count, 1)}",
                    "'strata keys updates FOLDER' makes keys.");
            }
        }
    }

    private static string NameOf(string role, long version) => role == TopRole.Timestamp ? "timestamp.json"
        : string.Create(CultureInfo.InvariantCulture, $"{version}.{role}.json");
}
