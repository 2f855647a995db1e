using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Editions.Verifying;
using Strata.Images.Building;
using Strata.Inventory.Provenance;
using Strata.Packages.Locks;

namespace Strata.Editions.Tests.Verifying;

public sealed class ReleaseVerificationTests : IDisposable
{
    private const string Signed = "release/made.oci.tar.intoto.jsonl";
    private const string Bare = "release/made.oci.tar.intoto.json";

    private readonly Bench _bench = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public ReleaseVerificationTests() => _certificate = CertificateOf(_key, "CN=release of the test");

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _bench.Dispose();
    }

    [Fact]
    public async Task VerifyAsync_WhatABuildLeaves_IsTheSame()
    {
        await PublishAsync();
        VerifiedRelease verified = await VerifyAsync(_certificate);
        Assert.True(verified.IsSame);
        Assert.Equal(
            ("made.oci.tar.intoto.jsonl", "CN=release of the test", "0.1.0"), (verified.Statement, verified.SignedBy, verified.Tool));
        Assert.Equal(["made.oci.tar"], verified.Image.Files.Select(f => f.Path));
        Assert.Null((await VerifyAsync()).SignedBy); // nobody was asked for

        await PublishAsync(isSigned: false);
        verified = await VerifyAsync();
        Assert.True(verified.IsSame);
        Assert.Equal("made.oci.tar.intoto.json", verified.Statement);
        AssertNothingIsLeft();
    }

    /// <summary>The image counts and the statement counts: one of both is not enough.</summary>
    [Theory]
    [InlineData("oci farst", null, false, true)] // the file was changed
    [InlineData("oci first", "oci farst", true, true)] // the statement names another one
    [InlineData("oci farst", "oci farst", false, false)] // both say so, and the lock makes something else
    public async Task VerifyAsync_OtherBytes_SaysWhichOfThem(string file, string? stated, bool isImageSame, bool isTold)
    {
        await PublishAsync(stated: stated);
        await File.WriteAllTextAsync(_bench["release/made.oci.tar"], file);
        VerifiedRelease verified = await VerifyAsync(_certificate);
        Assert.False(verified.IsSame);
        Assert.Equal((isImageSame, isTold ? 1 : 0), (verified.Image.IsSame, verified.NotAsStated.Count));
        Assert.Equal(isImageSame ? [] : [5L], verified.Image.Files[0].Comparison!.Structures.Select(s => s.Offset));
    }

    [Fact]
    public async Task VerifyAsync_FolderForTheNetwork_NamesWhatIsMissingAndTooMuch()
    {
        await PublishAsync(kind: ImageKind.Pxe, more: new ProvenanceSubject("pxe/more", Sha256Digest.Of("more"u8)));
        File.Delete(_bench["release/pxe/boot.ipxe"]);
        VerifiedRelease verified = await VerifyAsync(ImageKind.Pxe, _certificate);
        Assert.Equal(
            ["SHA256SUMS same", "boot.ipxe missing", "more extra", "vmlinuz same"],
            verified.Image.Files.Select(f => f.Path["pxe/".Length..] + (f.Rebuilt is null ? " extra" : f.Comparison is null ? " missing"
                : f.Comparison.IsSame ? " same" : " differs")).Order(StringComparer.Ordinal));
        Assert.Empty(verified.NotAsStated);
    }

    [Fact]
    public async Task VerifyAsync_PackagesOfTheLockAreGone_SaysSoAndTakesNoOthers()
    {
        await PublishAsync();
        _bench.Archive.AddSuite("trixie", "hello 2");
        _bench.Builder.Before = (used, _) => throw new PackagesGoneException(
            "cannot fetch hello 1: gone", "", [used.Guest.Find("hello")!], new IOException());
        int before = _bench.Builder.Locks.Count;
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => VerifyAsync(_certificate));
        Assert.Contains("again: no mirror has hello 1 (amd64) of its lock any more", refused.Message, StringComparison.Ordinal);
        Assert.Contains("STRATA_SNAPSHOT", refused.Hint, StringComparison.Ordinal);
        Assert.All(_bench.Builder.Locks.Skip(before), l => Assert.Equal("1", l.Guest.Find("hello")!.Version));
    }

    [Theory]
    [InlineData("other key", "no release key that is believed has signed it")]
    [InlineData("changed", "no release key that is believed has signed it")]
    [InlineData("unsigned", "nobody signed it")]
    [InlineData("no statement", "there is neither made.oci.tar.intoto.jsonl nor made.oci.tar.intoto.json in it")]
    [InlineData("broken", "it is no signed statement")]
    [InlineData("no lock", "there is no strata.lock in it")]
    [InlineData("other lock", "its strata.lock is not the one that its statement names")]
    [InlineData("other kind", "it is of made 1 for amd64, as disk, and the blueprint is made 1 for amd64, as oci")]
    [InlineData("other blueprint", "it was built from another blueprint of made 1")]
    public async Task VerifyAsync_CannotTell_SaysWhy(string what, string said)
    {
        await PublishAsync(isSigned: what != "unsigned", statedKind: what == "other kind" ? ImageKind.Disk : null);
        using RSA otherKey = RSA.Create(2048);
        using X509Certificate2 other = CertificateOf(otherKey, "CN=other");
        switch (what)
        {
            case "changed":
                StatementEnvelope envelope = StatementEnvelope.Read(await File.ReadAllBytesAsync(_bench[Signed]), "");
                byte[] changed = [.. envelope.Statement.ToArray(), (byte)' '];
                await File.WriteAllBytesAsync(_bench[Signed], (envelope with { Statement = changed }).Write());
                break;
            case "no statement":
                File.Delete(_bench[Signed]);
                break;
            case "broken":
                await File.WriteAllTextAsync(_bench[Signed], "{");
                break;
            case "no lock":
                File.Delete(_bench["release/strata.lock"]);
                break;
            case "other lock":
                await File.AppendAllTextAsync(_bench["release/strata.lock"], " ");
                break;
            case "other blueprint":
                _bench.WriteEdition("one", "# changed\n");
                break;
            default:
                break;
        }
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => VerifyAsync(what == "other key" ? other : _certificate));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [Fact]
    public void At_NeitherFolderNorAddress_SaysSo()
    {
        StrataException refused = Assert.Throws<StrataException>(() => PublishedRelease.At(_bench["none"]));
        Assert.Contains("it is neither a folder nor an address", refused.Message, StringComparison.Ordinal);
    }

    // the store's own lock lies there
    private void AssertNothingIsLeft() => Assert.All(
        Directory.GetFileSystemEntries(Path.GetDirectoryName(_bench.Services.Store.NewTemporaryPath())!),
        e => Assert.Equal("lock", Path.GetFileName(e)));

    private async Task PublishAsync(
        bool isSigned = true, ImageKind? kind = null, ImageKind? statedKind = null, string? stated = null, ProvenanceSubject? more = null)
    {
        kind ??= ImageKind.Oci;
        BuildResult built = await _bench.Builds().BuildAsync(
            _bench.Blueprint(), locked: false, kind, results: null, CancellationToken.None);
        string place = kind.PlaceOf("made");
        List<ProvenanceSubject> subjects = [];
        foreach (Store.Actions.ActionOutput file in built[kind].Files)
        {
            string path = kind.IsFolder ? $"{place}/{file.Name}" : place;
            _bench.Write($"release/{path}", $"{file.Name} first");
            subjects.Add(new ProvenanceSubject(
                path, stated is null ? file.Digest : Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(stated))));
        }
        await File.WriteAllBytesAsync(_bench["release/strata.lock"], built.Lock.Write());
        byte[] statement = ProvenanceStatement.Write(new BuildProvenance
        {
            Edition = "made", Version = "1", Architecture = "amd64", Kind = (statedKind ?? kind).Name, Blueprint = built.Blueprint.Digest,
            Lock = built.Lock.Digest, Tool = "0.1.0", Inputs = [],
            Subjects = [.. subjects, .. more is null ? (ProvenanceSubject[])[] : [more]],
        });
        File.Delete(_bench[Signed]);
        await File.WriteAllBytesAsync(
            isSigned ? _bench[$"release/{place}.intoto.jsonl"] : _bench[Bare],
            isSigned ? StatementEnvelope.Write(
                statement, new(_certificate, d => _key.SignHash(d.Bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)))
            : statement);
    }

    private Task<VerifiedRelease> VerifyAsync(params X509Certificate2[] believed) => VerifyAsync(ImageKind.Oci, believed);

    private async Task<VerifiedRelease> VerifyAsync(ImageKind kind, params X509Certificate2[] believed)
    {
        using PublishedRelease release = PublishedRelease.At(_bench["release"]);
        return await _bench.ReleaseVerification().VerifyAsync(_bench.Blueprint(), release, kind, believed, CancellationToken.None);
    }

    private static X509Certificate2 CertificateOf(RSA key, string name)
    {
        DateTimeOffset start = DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture);
        return new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(start, start.AddDays(1));
    }
}
