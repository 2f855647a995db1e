using Strata.Core;

namespace Strata.Machines.Testing;

/// <summary>
/// A container image that the host of a wire serves as a registry does. Who makes one has compared its bytes with the digests.
/// </summary>
/// <param name="Root">The manifest or index that its tag names.</param>
/// <param name="Blobs">All that it is made of, the root among them.</param>
public sealed record ServedImage(ServedBlob Root, IReadOnlyList<ServedBlob> Blobs);

/// <summary>A blob of it: a part of a file of this machine.</summary>
/// <param name="Digest">SHA-256 of its bytes.</param>
/// <param name="MediaType">Of a manifest or an index: what it is.</param>
/// <param name="IsDocument">True for a manifest or an index.</param>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where in the file it begins, in bytes.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record ServedBlob(Sha256Digest Digest, string MediaType, bool IsDocument, string Path, long Offset, long Length);
