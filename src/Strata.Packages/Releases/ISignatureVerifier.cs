using Strata.Core;

namespace Strata.Packages.Releases;

/// <summary>A text whose signature was found good.</summary>
/// <param name="Content">Exactly the bytes that were signed.</param>
/// <param name="Fingerprints">Primary keys that signed it, 40 or 64 upper-case hex digits each, in the order of the signatures.</param>
public sealed record SignedText(ReadOnlyMemory<byte> Content, IReadOnlyList<string> Fingerprints);

/// <summary>Checks clear-signed texts (RFC 9580 §7) against keys that are trusted beforehand.</summary>
public interface ISignatureVerifier
{
    /// <summary>Returns the signed text when at least one trusted key signed it and no signature is bad.</summary>
    /// <param name="label">What a person calls it: <c>InRelease of trixie</c>.</param>
    /// <param name="document">The document with its signature.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="StrataException">It is not to be trusted, or could not be checked.</exception>
    Task<SignedText> VerifyAsync(string label, ReadOnlyMemory<byte> document, CancellationToken cancellationToken);
}
