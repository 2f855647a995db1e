using Strata.Core;

namespace Strata.Packages.Releases;

/// <summary>A text whose signature was found good.</summary>
/// <param name="Content">Exactly the bytes that were signed.</param>
/// <param name="Fingerprints">Primary keys that signed it, 40 or 64 upper-case hex digits each, in the order of the signatures.</param>
public sealed record SignedText(ReadOnlyMemory<byte> Content, IReadOnlyList<string> Fingerprints);

/// <summary>
/// Checks signed texts against keys that are trusted beforehand: clear-signed ones (RFC 9580 §7), and those whose signature is a file of
/// its own (§10.4).
/// </summary>
public interface ISignatureVerifier
{
    /// <summary>Returns the signed text when at least one trusted key signed it and no signature is bad.</summary>
    /// <param name="label">What a person calls it: <c>InRelease of trixie</c>.</param>
    /// <param name="document">The document, with its signature when <paramref name="signature"/> is null.</param>
    /// <param name="signature">
    /// The detached signature of <paramref name="document"/>, ASCII-armoured; null for a clear-signed document.
    /// </param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="StrataException">It is not to be trusted, or could not be checked.</exception>
    Task<SignedText> VerifyAsync(
        string label, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte>? signature, CancellationToken cancellationToken);
}
