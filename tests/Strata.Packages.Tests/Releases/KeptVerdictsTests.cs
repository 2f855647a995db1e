using Strata.Core;
using Strata.Packages.Keys;
using Strata.Packages.Releases;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Testing;

namespace Strata.Packages.Tests.Releases;

public sealed class KeptVerdictsTests : IDisposable
{
    private static readonly byte[] s_document = "a signed document"u8.ToArray();
    private static readonly Keyring s_keyring = new("one.gpg", "keys"u8.ToArray());

    private readonly TemporaryFolder _folder = new();
    private readonly ObjectStore _store;
    private readonly Counting _verifier = new();
    private readonly Days _time = new();

    public KeptVerdictsTests() => _store = new ObjectStore(_folder["store"]);

    [Fact]
    public async Task VerifyAsync_SameDocumentTwice_AsksOnceAndGivesTheSame()
    {
        SignedText first = await Verify(s_document, s_keyring);
        SignedText second = await Verify(s_document, s_keyring);
        Assert.Equal(1, _verifier.Asked);
        Assert.Equal("the text"u8.ToArray(), second.Content.ToArray());
        Assert.Equal(first.Fingerprints, second.Fingerprints);
        Assert.Equal(["BBBB", "AAAA"], second.Fingerprints); // in the order of the signatures
    }

    [Fact]
    public async Task VerifyAsync_OtherDocumentKeysOrDay_AsksAgain()
    {
        await Verify(s_document, s_keyring);
        await Verify("another document"u8.ToArray(), s_keyring);
        Assert.Equal(2, _verifier.Asked);
        await Verify(s_document, new Keyring("one.gpg", "other keys"u8.ToArray()));
        Assert.Equal(3, _verifier.Asked);
        _time.Now += TimeSpan.FromDays(1);
        await Verify(s_document, s_keyring);
        Assert.Equal(4, _verifier.Asked);
    }

    [Fact]
    public async Task VerifyAsync_SignatureOfItsOwn_IsPartOfWhatWasAsked()
    {
        await Verify(s_document, s_keyring);
        await Verify(s_document, s_keyring, "a signature"u8.ToArray());
        await Verify(s_document, s_keyring, "another signature"u8.ToArray());
        Assert.Equal(3, _verifier.Asked);
        await Verify(s_document, s_keyring, "a signature"u8.ToArray());
        Assert.Equal(3, _verifier.Asked);
    }

    [Fact]
    public async Task VerifyAsync_Refused_IsRefusedAgain()
    {
        _verifier.Refuses = true;
        await Assert.ThrowsAsync<StrataException>(() => Verify(s_document, s_keyring));
        await Assert.ThrowsAsync<StrataException>(() => Verify(s_document, s_keyring));
        Assert.Equal(2, _verifier.Asked);
    }

    [Fact]
    public async Task VerifyAsync_KeptTextIsDamaged_AsksAgain()
    {
        SignedText first = await Verify(s_document, s_keyring);
        Assert.True(_store.TryGetPath(Sha256Digest.Of(first.Content.Span), out string? path));
        File.Delete(path); // objects are read-only
        File.WriteAllText(path, "the t3xt"); // of the same length
        SignedText second = await Verify(s_document, s_keyring);
        Assert.Equal(2, _verifier.Asked);
        Assert.Equal("the text"u8.ToArray(), second.Content.ToArray());
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    private Task<SignedText> Verify(byte[] document, Keyring keyring, ReadOnlyMemory<byte>? signature = null) =>
        new KeptVerdicts(_verifier, [keyring], _store, new ActionCache(_store), _time).VerifyAsync("a test", document, signature, CancellationToken.None);

    private sealed class Counting : ISignatureVerifier
    {
        public int Asked { get; private set; }

        public bool Refuses { get; set; }

        public Task<SignedText> VerifyAsync(
            string label, ReadOnlyMemory<byte> document, ReadOnlyMemory<byte>? signature, CancellationToken cancellationToken)
        {
            Asked++;
            return Refuses
                ? Task.FromException<SignedText>(new StrataException($"cannot verify {label}: refused"))
                : Task.FromResult(new SignedText("the text"u8.ToArray(), ["BBBB", "AAAA"]));
        }
    }

    private sealed class Days : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
