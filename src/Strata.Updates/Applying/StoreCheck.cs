using Strata.Core;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>A stored object that is not what its name says.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="Size">Bytes that it should have.</param>
/// <param name="What">What it is in the releases: <c>layer base</c>.</param>
/// <param name="Problem">What is wrong: <c>is missing</c>.</param>
public sealed record DamagedObject(Sha256Digest Digest, long Size, string What, string Problem);

/// <summary>Compares every byte that the releases of a device need with its digest.</summary>
/// <param name="store">The store.</param>
public sealed class StoreCheck(DeviceStore store)
{
    private const int PieceBytes = 256 << 10;

    /// <summary>Bytes that were compared.</summary>
    public long Bytes { get; private set; }

    /// <summary>Objects that were compared.</summary>
    public int Objects { get; private set; }

    /// <summary>Looks at all of it.</summary>
    /// <param name="whenBegun">Told what is looked at.</param>
    /// <returns>What is damaged; empty when all is well.</returns>
    /// <exception cref="IOException">The folders cannot be read.</exception>
    public IReadOnlyList<DamagedObject> Run(Action<string>? whenBegun = null)
    {
        StoreReleases releases = store.ReadReleases();
        List<DamagedObject> damaged = [];
        HashSet<Sha256Digest> seen = [];
        foreach (PublishedRelease release in releases.Recorded)
        {
            foreach ((ReleaseLayer layer, PublishedLayer more) in release.Release.Layers.Zip(release.Layers))
            {
                Look(layer.Image, layer.Size, $"layer {layer.Name}");
                Look(layer.Manifest, more.ManifestSize, $"manifest of layer {layer.Name}");
                Look(more.Index.Digest, more.Index.Size, $"block index of layer {layer.Name}");
            }
        }
        bool isBuiltNeeded = releases.Recorded.Count == 0; // else it may name what has gone
        foreach (ReleaseLayer layer in isBuiltNeeded ? releases.Built?.Layers ?? [] : [])
        {
            Look(layer.Image, layer.Size, $"layer {layer.Name}");
        }
        return damaged;

        void Look(Sha256Digest digest, long size, string what)
        {
            if (seen.Add(digest))
            {
                whenBegun?.Invoke(what);
                Objects++;
                if (ProblemOf(digest, size) is string problem)
                {
                    damaged.Add(new DamagedObject(digest, size, what, problem));
                }
            }
        }
    }

    private string? ProblemOf(Sha256Digest digest, long size)
    {
        try
        {
            using IStoredFile? file = store.Storage.TryOpen(Medium.PathOf(digest));
            if (file is null)
            {
                return "is missing";
            }
            if (file.Length != size)
            {
                return $"has {file.Length} bytes, expected {size}";
            }
            Sha256Sum sum = new();
            byte[] buffer = new byte[PieceBytes];
            for (long at = 0; at < file.Length; at += buffer.Length)
            {
                Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, file.Length - at));
                if (!file.TryReadAt(at, piece))
                {
                    return "became shorter while it was read";
                }
                sum.Append(piece);
                Bytes += piece.Length;
            }
            return sum.Finish() == digest ? null : "has other bytes than those of its digest";
        }
        catch (IOException e)
        {
            return $"cannot be read: {e.Message}";
        }
    }
}
