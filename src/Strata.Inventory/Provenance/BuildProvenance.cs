using Strata.Core;

namespace Strata.Inventory.Provenance;

/// <summary>Where an image comes from: what it was made of, by what, and which bytes came out.</summary>
/// <remarks>It follows from blueprint and lock alone, as the image does: there is no time in it, and no name of a machine.</remarks>
public sealed record BuildProvenance
{
    /// <summary>Name of the edition.</summary>
    public required string Edition { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the kind of image.</summary>
    public required string Kind { get; init; }

    /// <summary>SHA-256 over the blueprint and all files that it takes in.</summary>
    public required Sha256Digest Blueprint { get; init; }

    /// <summary>SHA-256 of the lock, as it lies beside the image.</summary>
    public required Sha256Digest Lock { get; init; }

    /// <summary>Version of the program that built it.</summary>
    public required string Tool { get; init; }

    /// <summary>SHA-256 of the certificate that the image is signed with for firmware; null when it is not signed.</summary>
    public Sha256Digest? Certificate { get; init; }

    /// <summary>What came out, at least one.</summary>
    public required IReadOnlyList<ProvenanceSubject> Subjects { get; init; }

    /// <summary>What went in, in a fixed order.</summary>
    public required IReadOnlyList<ProvenanceInput> Inputs { get; init; }

    /// <summary>The kernel that was compiled; null with one out of a package, or with none.</summary>
    public ProvenanceKernel? Kernel { get; init; }
}

/// <summary>A file of an image, or the name under which registries know it.</summary>
/// <param name="Name">Name of the file, or of the image.</param>
/// <param name="Digest">SHA-256 of it.</param>
public sealed record ProvenanceSubject(string Name, Sha256Digest Digest);

/// <summary>Something that an image was made from.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uri">A package URL.</param>
/// <param name="Digest">SHA-256 of its file, or of all its sources.</param>
/// <param name="Role"><c>package</c>, <c>tool</c>, <c>kernel-tool</c>, <c>kernel-source</c>, <c>build-tool</c> or <c>program</c>.</param>
public sealed record ProvenanceInput(string Name, string Uri, Sha256Digest Digest, string Role);

/// <summary>A kernel that was compiled.</summary>
/// <param name="Release">What <c>uname -r</c> prints.</param>
/// <param name="Profile">Name of its profile.</param>
/// <param name="Image">SHA-256 of what boots.</param>
/// <param name="Config">SHA-256 of its configuration.</param>
public sealed record ProvenanceKernel(string Release, string Profile, Sha256Digest Image, Sha256Digest Config);
