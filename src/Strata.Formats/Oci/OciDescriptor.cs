using Strata.Core;

namespace Strata.Formats.Oci;

/// <summary>How documents of an image name a blob (image-spec 1.1, descriptor.md).</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="Size">Their number.</param>
public sealed record OciDescriptor(string MediaType, Sha256Digest Digest, long Size)
{
    /// <summary>Of the manifest of an image.</summary>
    public static OciDescriptor OfManifest(Sha256Digest digest, long size) => new(OciLayoutWriter.ManifestType, digest, size);

    /// <summary>Of bytes.</summary>
    internal static OciDescriptor Of(string mediaType, ReadOnlySpan<byte> bytes) => new(mediaType, Sha256Digest.Of(bytes), bytes.Length);
}
