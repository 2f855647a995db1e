namespace Strata.Tuf.Metadata;

/// <summary>A file that metadata vouches for.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Digests">Hexadecimal, by the name of their algorithm: <c>sha256</c>, <c>sha512</c>.</param>
public sealed record TargetFile(string Path, long Length, IReadOnlyDictionary<string, string> Digests);
