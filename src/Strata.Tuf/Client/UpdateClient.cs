using System.Globalization;
using Strata.Core;
using Strata.Tuf.Json;
using Strata.Tuf.Metadata;

namespace Strata.Tuf.Client;

/// <summary>
/// Follows a repository by the workflow of The Update Framework 1.0, §5. What is believed is kept, file by file as it is believed; what
/// is not is never kept, so a later update goes on from what was right.
/// </summary>
/// <param name="repository">Where metadata and files are published.</param>
/// <param name="files">Where believed metadata is kept; the root at least must be there.</param>
/// <param name="time">Its time counts when an update begins.</param>
public sealed class UpdateClient(IRepository repository, ITrustedFiles files, TimeProvider time)
{
    /// <summary>Most bytes of root, timestamp and snapshot, 1 MiB: nobody vouches for their length beforehand.</summary>
    public const int MostBytes = 1 << 20;

    /// <summary>Most bytes of targets: 10 MiB.</summary>
    public const int MostTargetsBytes = 10 << 20;

    private const int MostRoots = 1024; // Y of §5.3.3
    private const int MostRoles = 32; // §5.6.7.1

    private TrustedMetadata? _trusted;
    private TargetsMetadata? _targets;

    /// <summary>Believes a root that came by a way of its own (§5.2), and forgets what was believed by another one.</summary>
    /// <param name="root">Its text.</param>
    /// <param name="files">Where it is kept.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="StrataException">It is no root, or not signed by its own keys.</exception>
    public static void Begin(byte[] root, ITrustedFiles files, string name)
    {
        ArgumentNullException.ThrowIfNull(files);
        Believe(name, () => _ = new TrustedMetadata(root, DateTimeOffset.MinValue));
        foreach (string role in (ReadOnlySpan<string>)[TopRole.Timestamp, TopRole.Snapshot, TopRole.Targets])
        {
            files.Delete(role);
        }
        files.Write(TopRole.Root, root);
    }

    /// <summary>Brings the metadata at the top up to date (§5.1 to §5.6.6).</summary>
    /// <exception cref="StrataException">Something cannot be had, or is not believed.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken = default)
    {
        _targets = null;
        byte[] root = files.TryRead(TopRole.Root, MostBytes)
            ?? throw new StrataException("cannot update: there is no root that is believed", "'strata tuf init' takes one.");
        TrustedMetadata trusted = Believe("the root that is kept", () => new TrustedMetadata(root, time.GetUtcNow())); // §5.1, §5.2
        _trusted = trusted;
        await UpdateRootAsync(trusted, cancellationToken);
        await UpdateTimestampAsync(trusted, cancellationToken);
        await UpdateSnapshotAsync(trusted, cancellationToken);
        _targets = await UpdateTargetsAsync(trusted, TopRole.Targets, null, cancellationToken);
    }

    /// <summary>Finds out what is said of a file; null when nobody who may says anything (§5.6.7).</summary>
    /// <exception cref="StrataException">Metadata on the way cannot be had, or is not believed.</exception>
    public async Task<TargetFile?> FindAsync(string path, CancellationToken cancellationToken = default)
    {
        if (_targets is not TargetsMetadata top)
        {
            throw new InvalidOperationException("refreshed first");
        }
        HashSet<string> visited = new(StringComparer.Ordinal);
        Stack<(string Role, TargetsMetadata? Delegator)> open = new([(TopRole.Targets, null)]);
        while (open.TryPop(out (string Role, TargetsMetadata? Delegator) next) && visited.Count < MostRoles)
        {
            if (!visited.Add(next.Role))
            {
                continue; // §5.6.7.1: also what leads back to itself
            }
            TargetsMetadata targets = next.Delegator is null ? top
                : await UpdateTargetsAsync(_trusted!, next.Role, next.Delegator, cancellationToken);
            if (targets.Targets.TryGetValue(path, out FileClaim? claim))
            {
                return new TargetFile(path, claim.Length!.Value, claim.Digests);
            }
            List<Delegation> asked = [];
            foreach (Delegation delegation in targets.Delegations.Where(d => d.Covers(path)))
            {
                asked.Add(delegation);
                if (delegation.IsTerminating) // §5.6.7.2.1: nobody else is asked, not those who wait either
                {
                    open.Clear();
                    break;
                }
            }
            foreach (Delegation delegation in Enumerable.Reverse(asked)) // the first is on top
            {
                open.Push((delegation.Name, targets));
            }
        }
        return null;
    }

    /// <summary>Fetches a file (§5.7). Not more than its length is read, and what is written is believed only when this returns.</summary>
    /// <param name="target">From <see cref="FindAsync"/>.</param>
    /// <param name="destination">Gets its bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StrataException">It cannot be had, or it is another file.</exception>
    public async Task FetchAsync(TargetFile target, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(destination);
        string[] parts = [.. target.Path.Split('/').Select(Uri.EscapeDataString)];
        if (parts.Any(p => p is "" or "." or ".."))
        {
            throw new StrataException($"cannot fetch the file {MetadataReader.Printable(target.Path)}: its path leads elsewhere");
        }
        if (_trusted!.Root.IsConsistentSnapshot)
        {
            string digest = target.Digests.TryGetValue("sha256", out string? sha256) ? sha256 : target.Digests["sha512"];
            parts[^1] = $"{digest}.{parts[^1]}"; // §5.7.3
        }
        string what = $"the file {MetadataReader.Printable(target.Path)}";
        long left = target.Length;
        FileCheck check = FileClaim.Of(target).Begin();
        await repository.TargetAsync(string.Join('/', parts), Take, cancellationToken);
        Believe(what, check.Demand);

        async ValueTask Take(ReadOnlyMemory<byte> piece)
        {
            left -= piece.Length;
            if (left < 0)
            {
                throw new StrataException($"cannot believe {what}: the repository sends more than the {target.Length} bytes that it has");
            }
            check.Add(piece.Span);
            await destination.WriteAsync(piece, cancellationToken);
        }
    }

    /// <summary>Whether bytes that are there already are a file.</summary>
    public static async Task<bool> IsAsync(TargetFile target, Stream content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(content);
        if (content.Length != target.Length)
        {
            return false;
        }
        FileCheck check = FileClaim.Of(target).Begin();
        byte[] buffer = new byte[128 * 1024];
        for (int count; (count = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            check.Add(buffer.AsSpan(0, count));
        }
        try
        {
            check.Demand();
            return true;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    private async Task UpdateRootAsync(TrustedMetadata trusted, CancellationToken cancellationToken)
    {
        RootMetadata before = trusted.Root;
        for (int count = 0; count < MostRoots; count++)
        {
            string name = VersionedName(trusted.Root.File.Version + 1, TopRole.Root);
            if (await repository.MetadataAsync(name, MostBytes, cancellationToken) is not byte[] text) // §5.3.3
            {
                break;
            }
            Believe(name, () => trusted.TakeRoot(text));
            files.Write(TopRole.Root, text); // §5.3.8
        }
        Believe("root.json", trusted.FinishRoot);
        if (!before.HasSameKeys(trusted.Root, TopRole.Timestamp) || !before.HasSameKeys(trusted.Root, TopRole.Snapshot)) // §5.3.11
        {
            files.Delete(TopRole.Timestamp);
            files.Delete(TopRole.Snapshot);
        }
    }

    private async Task UpdateTimestampAsync(TrustedMetadata trusted, CancellationToken cancellationToken)
    {
        Recall(TopRole.Timestamp, trusted.RecallTimestamp);
        byte[] text = await repository.MetadataAsync("timestamp.json", MostBytes, cancellationToken)
            ?? throw Missing("timestamp.json"); // §5.4.1
        if (Believe("timestamp.json", () => trusted.TakeTimestamp(text)))
        {
            files.Write(TopRole.Timestamp, text); // §5.4.5
        }
    }

    private async Task UpdateSnapshotAsync(TrustedMetadata trusted, CancellationToken cancellationToken)
    {
        byte[]? kept = Recall(TopRole.Snapshot, trusted.RecallSnapshot);
        if (kept is not null && IsBelieved(() => trusted.TakeSnapshot(kept)))
        {
            return; // the one that the timestamp names is there
        }
        VersionedClaim claim = trusted.Timestamp!.Snapshot;
        byte[] text = await FetchAsync(trusted, TopRole.Snapshot, claim, MostBytes, cancellationToken); // §5.5.1
        Believe("snapshot.json", () => trusted.TakeSnapshot(text));
        files.Write(TopRole.Snapshot, text); // §5.5.7
    }

    private async Task<TargetsMetadata> UpdateTargetsAsync(
        TrustedMetadata trusted, string role, TargetsMetadata? delegator, CancellationToken cancellationToken)
    {
        string name = Uri.EscapeDataString(role);
        TargetsMetadata? targets = null;
        if (files.TryRead(name, MostTargetsBytes) is byte[] kept
            && IsBelieved(() => targets = trusted.TakeTargets(kept, role, delegator)))
        {
            return targets!;
        }
        VersionedClaim claim = Believe($"{name}.json", () => trusted.ClaimOf(role));
        byte[] text = await FetchAsync(trusted, role, claim, MostTargetsBytes, cancellationToken); // §5.6.1
        targets = Believe($"{name}.json", () => trusted.TakeTargets(text, role, delegator));
        files.Write(name, text); // §5.6.6
        return targets;
    }

    private async Task<byte[]> FetchAsync(
        TrustedMetadata trusted, string role, VersionedClaim claim, int most, CancellationToken cancellationToken)
    {
        string name = trusted.Root.IsConsistentSnapshot ? VersionedName(claim.Version, role) : $"{Uri.EscapeDataString(role)}.json";
        int length = (int)Math.Min(claim.File.Length ?? most, most);
        return await repository.MetadataAsync(name, length, cancellationToken) ?? throw Missing(name);
    }

    /// <summary>What was believed at an earlier time; null when it is not any more, and then it counts for nothing.</summary>
    private byte[]? Recall(string role, Action<byte[]> recall) =>
        files.TryRead(role, MostBytes) is byte[] kept && IsBelieved(() => recall(kept)) ? kept : null;

    private static string VersionedName(long version, string role) =>
        string.Create(CultureInfo.InvariantCulture, $"{version}.{Uri.EscapeDataString(role)}.json");

    private static bool IsBelieved(Action take)
    {
        try
        {
            take();
            return true;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    private static void Believe(string what, Action take) => Believe(what, () =>
    {
        take();
        return true;
    });

    private static T Believe<T>(string what, Func<T> take)
    {
        try
        {
            return take();
        }
        catch (ImageFormatException e)
        {
            throw new StrataException(
                $"cannot believe {what}: {e.Problem}", "What was believed before is kept, and nothing else was changed.", e);
        }
    }

    private static StrataException Missing(string name) => new($"cannot update: the repository has no {name}");
}
