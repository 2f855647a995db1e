namespace Strata.Editions.Verifying;

/// <summary>Whether a published release is what its lock and blueprint make, and what its statement says.</summary>
/// <param name="Image">The image beside the one that was built again.</param>
/// <param name="Statement">Path of its statement in the release.</param>
/// <param name="SignedBy">Name in the certificate of the release key that signed the statement; null when nobody was asked for.</param>
/// <param name="Tool">Version of strata that the statement names.</param>
/// <param name="IsSignedForFirmware">True when it says that its image is signed for firmware.</param>
/// <param name="NotAsStated">Files that are others than the statement says, or that it does not name.</param>
public sealed record VerifiedRelease(
    Verification Image, string Statement, string? SignedBy, string Tool, bool IsSignedForFirmware, IReadOnlyList<string> NotAsStated)
{
    /// <summary>True when every byte is what the lock makes, and as the statement says.</summary>
    public bool IsSame => Image.IsSame && NotAsStated.Count == 0;
}
