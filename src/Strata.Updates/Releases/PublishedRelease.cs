using Strata.Core;
using Strata.Updates.Json;

namespace Strata.Updates.Releases;

/// <summary>
/// A release as it is published for machines: the release itself, what of it is fetched and how large that is, and who may take it.
/// </summary>
/// <remarks>
/// It lies beside kernel image and layers, and is believed because metadata of the repository names its digest. All else is fetched by the
/// digests in it. Form: <c>docs/formats/update.md</c>.
/// </remarks>
public sealed record PublishedRelease
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-update-1";

    /// <summary>Longest text in bytes.</summary>
    public const int MaxBytes = 2 << 20;

    /// <summary>Most bills of materials: one of each form.</summary>
    public const int MaxBills = 8;

    /// <summary>
    /// Which of an edition's releases for an architecture it is, 1 or more: a later one has a larger number, whatever the versions say.
    /// </summary>
    public required long Counter { get; init; }

    /// <summary>A machine on which a release of some security version has proven good does not go back behind it; 0 or more.</summary>
    public required long SecurityVersion { get; init; }

    /// <summary>The smallest counter from which a machine may go to it in one step; 0 for any.</summary>
    public required long UpgradeFrom { get; init; }

    /// <summary>The smallest version of what applies updates that can apply it; the first is 1.</summary>
    public required long LeastAgent { get; init; }

    /// <summary>The release: edition, version, architecture and layers, as the kernel image has it.</summary>
    public required Release Release { get; init; }

    /// <summary>What else is known of the layers, in the order of the release.</summary>
    public required IReadOnlyList<PublishedLayer> Layers { get; init; }

    /// <summary>The kernel image that firmware starts.</summary>
    public required PublishedFile Uki { get; init; }

    /// <summary>Bills of materials, by the names of their forms: <c>cyclonedx</c>. Sorted.</summary>
    public required IReadOnlyList<(string Form, PublishedFile File)> Bills { get; init; }

    /// <summary>Bytes that a machine fetches which has nothing of it: kernel image, layers, their manifests and indexes.</summary>
    public long FullBytes => Uki.Size + Release.Layers.Sum(l => l.Size) + Layers.Sum(l => l.ManifestSize + l.Index.Size);

    /// <summary>Every rule that is broken; empty for a good one.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in Release.Problems())
        {
            yield return problem;
        }
        if (Counter < 1)
        {
            yield return $"counter is {Counter}, expected 1 or more";
        }
        if (UpgradeFrom >= Counter)
        {
            yield return $"upgradeFrom is {UpgradeFrom}, expected less than the counter {Counter}";
        }
        if (LeastAgent < 1)
        {
            yield return $"leastAgent is {LeastAgent}, expected 1 or more";
        }
        if (Layers.Count != Release.Layers.Count)
        {
            yield return $"{Layers.Count} layers are described, the release has {Release.Layers.Count}";
        }
        if (Uki.Size < 1 || Bills.Any(b => b.File.Size < 1) || Layers.Any(l => l.ManifestSize < 1 || l.Index.Size < 1))
        {
            yield return "a file of it has no bytes";
        }
        if (Bills.Count > MaxBills || Bills.Any(b => !CanonicalForm.IsName(b.Form))
            || Bills.Zip(Bills.Skip(1)).Any(p => string.CompareOrdinal(p.First.Form, p.Second.Form) >= 0))
        {
            yield return $"bills are no sorted list of at most {MaxBills} forms, each once";
        }
    }
}

/// <summary>A file that is fetched by its digest, from below <c>strata/cas/</c> of where the release is published.</summary>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="Size">How many they are.</param>
public readonly record struct PublishedFile(Sha256Digest Digest, long Size);

/// <summary>What is known of a published layer beside what its release says.</summary>
/// <param name="ManifestSize">Bytes of its manifest.</param>
/// <param name="PlainBytes">Bytes of what is in it, unpacked, each content once.</param>
/// <param name="Index">Its block index.</param>
public sealed record PublishedLayer(long ManifestSize, long PlainBytes, PublishedFile Index);
