using Strata.Core;

namespace Strata.Store.Actions;

/// <summary>Name of a piece of work: the digest of everything that decides its result. Made by <see cref="ActionKeyBuilder"/>.</summary>
/// <param name="Step">What is done, for people: <c>squashfs-layer</c>.</param>
/// <param name="StepVersion">Version of the code that does it; part of the digest.</param>
/// <param name="Digest">SHA-256 of the canonical encoding of step, version and inputs.</param>
public sealed record ActionKey(string Step, int StepVersion, Sha256Digest Digest)
{
    /// <summary>For people: <c>squashfs-layer 3 (0123456789ab)</c>.</summary>
    public override string ToString() => $"{Step} {StepVersion} ({Digest.ToShortString()})";
}
