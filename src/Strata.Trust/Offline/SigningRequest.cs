using Strata.Core;
using Strata.Trust.Keys;

namespace Strata.Trust.Offline;

/// <summary>Something that a key has to sign which lies elsewhere.</summary>
/// <param name="Name">Name of its file, without the ending: a name for people.</param>
/// <param name="Digest">What is signed.</param>
public sealed record SigningRequest(string Name, Sha256Digest Digest)
{
    /// <summary>Which key signs it.</summary>
    public KeyRole Role { get; init; } = KeyRole.Images;
}
