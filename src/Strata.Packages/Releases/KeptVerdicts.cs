using System.Globalization;
using Strata.Core;
using Strata.Packages.Keys;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Packages.Releases;

/// <summary>Asks another verifier once a day for each document and keeps its good verdicts in the store, so that an unchanged archive costs no program.</summary>
/// <remarks>
/// Only good verdicts are kept, under the digests of the document and of the trusted keys. The day is part of the name because keys expire.
/// They are never asked of a remote cache: whom to trust is decided on this machine.
/// </remarks>
/// <param name="verifier">Gives the verdicts.</param>
/// <param name="keyrings">The keys that it trusts.</param>
/// <param name="store">Holds the signed texts.</param>
/// <param name="actions">Remembers verdicts.</param>
/// <param name="time">Tells the day.</param>
public sealed class KeptVerdicts(
    ISignatureVerifier verifier, IReadOnlyList<Keyring> keyrings, ObjectStore store, ActionCache actions, TimeProvider time) : ISignatureVerifier
{
    private const string Text = "text";
    private const string SignedBy = "signed-by"; // a note: fingerprints with spaces between

    /// <inheritdoc/>
    public async Task<SignedText> VerifyAsync(
        string label, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte>? signature, CancellationToken cancellationToken)
    {
        ActionKeyBuilder builder = new ActionKeyBuilder("signature", 1)
            .WithCode(typeof(KeptVerdicts))
            .Add("document", Sha256Digest.Of(document.Span))
            .Add("keyrings", keyrings.Select(k => k.Digest))
            .Add("day", time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        if (signature is { } detached)
        {
            builder.Add("signature", Sha256Digest.Of(detached.Span));
        }
        ActionKey key = builder.Build();
        if (actions.TryGet(key) is { } kept && await ReadAsync(kept, cancellationToken) is { } known)
        {
            return known;
        }
        SignedText fresh = await verifier.VerifyAsync(label, document, signature, cancellationToken);
        Sha256Digest text = store.AddBytes(fresh.Content.Span);
        actions.Put(key, new ActionResult([new ActionOutput(Text, text, fresh.Content.Length)], [new(SignedBy, string.Join(' ', fresh.Fingerprints))]));
        return fresh;
    }

    /// <returns>Null when the text in the store is damaged; then it is checked anew.</returns>
    private async Task<SignedText?> ReadAsync(ActionResult kept, CancellationToken cancellationToken)
    {
        ActionOutput output = kept[Text];
        byte[] text = new byte[output.Size];
        using (FileStream file = store.OpenRead(output.Digest))
        {
            await file.ReadExactlyAsync(text, cancellationToken);
        }
        return Sha256Digest.Of(text) == output.Digest
            ? new SignedText(text, kept.Notes[SignedBy].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : null;
    }
}
