using System.Globalization;
using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>
/// The store of a device, on its volume: objects by their digests, a record of each release that is kept, and what is on its way.
/// </summary>
/// <remarks>
/// <c>strata/cas/</c> has objects as on every medium, each put there by a rename when all of it is durable; <c>strata/releases/N.json</c> a
/// published release, all of whose layers are there; <c>strata/incoming/</c> what is fetched. Form: docs/formats/device-store.md.
/// </remarks>
/// <param name="storage">The volume.</param>
public sealed class DeviceStore(IStorage storage)
{
    /// <summary>Folder of what is fetched.</summary>
    public const string Incoming = "strata/incoming";

    /// <summary>Folder of records.</summary>
    public const string Records = "strata/releases";

    /// <summary>Folder of the metadata that is believed, a file for each role.</summary>
    public const string Metadata = "strata/metadata";

    private const string RecordEnd = ".json";
    private const string FailedEnd = ".failed";
    /// <summary>The longest block index that is read: 400,000 blocks, some 50 GiB of an ordinary image.</summary>
    public const int MostIndexBytes = 16 << 20;

    private const int MostRecords = 64;
    private const int PieceBytes = 64 << 10;

    /// <summary>The volume.</summary>
    public IStorage Storage => storage;

    /// <summary>Bytes of an object after which what has come is made durable.</summary>
    internal int SegmentBytes { get; init; } = PartialFile.UsualSegment;

    /// <summary>The releases that are kept, the newest last, and what of the records cannot be read.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    public StoreReleases ReadReleases()
    {
        List<PublishedRelease> releases = [];
        List<string> problems = [];
        foreach (StoredName name in storage.List(Records))
        {
            if (name.IsFolder || CounterOf(name.Name, RecordEnd) is not long counter)
            {
                continue;
            }
            string path = $"{Records}/{name.Name}";
            try
            {
                if (releases.Count < MostRecords && storage.TryRead(path, PublishedRelease.MaxBytes) is byte[] text
                    && PublishedReleaseText.Read(text) is PublishedRelease release && release.Counter == counter)
                {
                    releases.Add(release);
                    continue;
                }
                problems.Add($"{path} is no record of release {counter}");
            }
            catch (ImageFormatException e)
            {
                problems.Add($"{path} is damaged: {e.Problem}");
            }
        }
        releases.Sort((a, b) => a.Counter.CompareTo(b.Counter));
        return new StoreReleases(releases, ReadBuilt(), problems);
    }

    /// <summary>Whether an object is there, as long as it should be. Its bytes are not looked at.</summary>
    public bool Has(Sha256Digest digest, long size) => storage.SizeOf(Medium.PathOf(digest)) == size;

    /// <summary>Opens an object; null when it is not there, or has another length.</summary>
    public IStoredFile? TryOpen(Sha256Digest digest, long size)
    {
        IStoredFile? file = storage.TryOpen(Medium.PathOf(digest));
        if (file is not null && file.Length != size)
        {
            file.Dispose();
            return null;
        }
        return file;
    }

    /// <summary>Whether an object is there and all of its bytes are those of its name.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    internal bool IsWhole(Sha256Digest digest, long size)
    {
        using IStoredFile? file = TryOpen(digest, size);
        if (file is null)
        {
            return false;
        }
        Sha256Sum sum = new();
        byte[] buffer = new byte[PieceBytes];
        for (long at = 0; at < size; at += buffer.Length)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, size - at));
            if (!file.TryReadAt(at, piece))
            {
                return false;
            }
            sum.Append(piece);
        }
        return sum.Finish() == digest;
    }

    /// <summary>A small object, if its bytes are those of its name; else null.</summary>
    public byte[]? TryRead(Sha256Digest digest, int most) =>
        storage.TryRead(Medium.PathOf(digest), most) is byte[] content && Sha256Digest.Of(content) == digest ? content : null;

    /// <summary>The block index of a layer, if it is there and whole; else null.</summary>
    public BlockIndex? TryReadIndex(PublishedFile file)
    {
        try
        {
            return file.Size <= MostIndexBytes && TryRead(file.Digest, (int)file.Size) is byte[] bytes ? BlockIndex.Read(bytes) : null;
        }
        catch (ImageFormatException)
        {
            return null;
        }
    }

    /// <summary>Writes down a release, all of whose layers are there.</summary>
    public void Record(PublishedRelease release)
    {
        ArgumentNullException.ThrowIfNull(release);
        storage.MakeFolders(Records);
        storage.Write(RecordOf(release.Counter), PublishedReleaseText.Write(release));
    }

    /// <summary>
    /// Writes down the release that a disk was made with, when it is found among those that are published: all of it has to be there.
    /// </summary>
    /// <returns>False when something is not there, or there is a record of it already.</returns>
    public bool Adopt(PublishedRelease release)
    {
        ArgumentNullException.ThrowIfNull(release);
        bool isWhole = release.Release.Layers.Zip(release.Layers).All(l =>
            Has(l.First.Image, l.First.Size) && Has(l.First.Manifest, l.Second.ManifestSize)
            && Has(l.Second.Index.Digest, l.Second.Index.Size));
        if (!isWhole || storage.HasFile(RecordOf(release.Counter)))
        {
            return false;
        }
        Record(release);
        return true;
    }

    /// <summary>Forgets a release; what only it has is garbage then.</summary>
    public void Forget(long counter) => storage.RemoveDurably(RecordOf(counter));

    /// <summary>Whether a release was tried and did not prove good.</summary>
    public bool HasFailed(long counter) => storage.HasFile(FailedOf(counter));

    /// <summary>Remembers that a release did not prove good, also when nothing else of it is kept.</summary>
    public void MarkFailed(long counter)
    {
        if (!HasFailed(counter))
        {
            storage.MakeFolders(Records);
            storage.Write(FailedOf(counter), []);
        }
    }

    /// <summary>Takes that back, for another try.</summary>
    public void ClearFailed(long counter) => storage.RemoveDurably(FailedOf(counter));

    /// <summary>Releases that did not prove good.</summary>
    public IReadOnlyList<long> Failed() =>
        [.. storage.List(Records).Select(n => CounterOf(n.Name, FailedEnd)).OfType<long>().Order()];

    /// <summary>Begins an object that is fetched, or goes on with it.</summary>
    internal PartialFile Begin(Sha256Digest digest, Func<long, long> boundary)
    {
        storage.MakeFolders(Incoming);
        return PartialFile.Open(storage, IncomingOf(digest), boundary, SegmentBytes);
    }

    /// <summary>Bytes of an object on its way that need not be fetched again.</summary>
    internal long ArrivedBytes(Sha256Digest digest) => PartialFile.DurableBytes(storage.SizeOf(IncomingOf(digest)) ?? 0, SegmentBytes);

    /// <summary>Puts an object that has come, and is durable, to the others.</summary>
    internal void Keep(Sha256Digest digest)
    {
        string path = Medium.PathOf(digest);
        string folder = StorageSteps.Split(path).Folder;
        storage.MakeFolders(folder);
        storage.Rename(IncomingOf(digest), path);
        storage.SyncFolder(folder);
        storage.SyncFolder(Incoming);
    }

    /// <summary>Throws away what has come of an object.</summary>
    internal void Discard(Sha256Digest digest) => storage.RemoveDurably(IncomingOf(digest));

    /// <summary>Counter of a record or a mark by its name; null for another name.</summary>
    internal static long? CounterOf(string name, string end) =>
        name.EndsWith(end, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, name.Length - end.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long counter)
            ? counter : null;

    private Release? ReadBuilt()
    {
        try
        {
            return storage.TryRead(Medium.ReleaseFile, Release.MaxBytes) is byte[] text ? ReleaseReader.Read(text) : null;
        }
        catch (ImageFormatException)
        {
            return null; // for people and tools; nothing is started by it
        }
    }

    private static string RecordOf(long counter) => string.Create(CultureInfo.InvariantCulture, $"{Records}/{counter}{RecordEnd}");

    private static string FailedOf(long counter) => string.Create(CultureInfo.InvariantCulture, $"{Records}/{counter}{FailedEnd}");

    private static string IncomingOf(Sha256Digest digest) => $"{Incoming}/{digest}";
}

/// <summary>Releases in a store.</summary>
/// <param name="Recorded">Those with a record, the newest last.</param>
/// <param name="Built">The one that <c>release.json</c> of the volume names: what the disk was made with; null when it names none.</param>
/// <param name="Problems">Records that cannot be read, a sentence each: what they would keep is not known.</param>
public sealed record StoreReleases(IReadOnlyList<PublishedRelease> Recorded, Release? Built, IReadOnlyList<string> Problems)
{
    /// <summary>The record of a kernel image; null when there is none.</summary>
    public PublishedRelease? Of(Sha256Digest uki) => Recorded.FirstOrDefault(r => r.Uki.Digest == uki);
}
