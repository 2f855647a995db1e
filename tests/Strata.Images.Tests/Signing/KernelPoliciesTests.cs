using Strata.Blueprints;
using Strata.Core;
using Strata.Formats.Pe;
using Strata.Images.Building;
using Strata.Images.Signing;
using Strata.Images.Tests.Building.Bench;
using Strata.Sealing.Policies;
using Strata.Store.Actions;
using Strata.Testing;
using Strata.Trust.Keys;
using Strata.Trust.Measurements;
using Strata.Trust.Offline;
using Strata.Updates.State;

namespace Strata.Images.Tests.Signing;

/// <summary>What a signed kernel image brings for a TPM, judged by systemd-measure and openssl.</summary>
public sealed class KernelPoliciesTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 8, 0, 0, TimeSpan.Zero);

    private readonly EditionBench _bench = new();
    private readonly TemporaryFolder _folder = new();
    private readonly KeyFolder _keys;

    public KernelPoliciesTests() => _keys = KeyFolder.Create(_folder["keys"], "Anna", null, s_now);

    public void Dispose()
    {
        _bench.Dispose();
        _folder.Dispose();
    }

    [SkippableFact]
    public async Task SignAsync_KernelImage_CarriesPoliciesOfTheRegisterThatSystemdPredicts()
    {
        _bench.Append(EditionBench.Small, "security-version: 7");
        byte[] uki = await SignedAsync();
        byte[] pem = Section(uki, ".pcrpkey");
        await File.WriteAllBytesAsync(_folder["pcr.pem"], pem);
        (int code, string output) = Oracle.Run("openssl", "x509", "-in", _folder["keys/pcr.crt"], "-pubkey", "-noout");
        Assert.Equal((0, System.Text.Encoding.ASCII.GetString(pem)), (code, output));
        PolicyKey key = PolicyKey.ReadPem(pem);
        Sha256Digest register = Measure(uki, KernelRegister.EnterInitrd);
        IReadOnlyList<PcrSignature> entries = PcrSignatures.Read(Section(uki, ".pcrsig"));
        Assert.All(entries, e => Assert.Equal((key.Fingerprint, 11), (e.Key, e.Registers.Single())));
        Assert.Equal(
            [
                ("", null, PolicyDigest.Pcr(PolicyDigest.Start, 11, register)),
                ("strata-state", 7ul, StatePolicy.Approved(key, 7, register)),
                ("strata-state", null, StatePolicy.ApprovedFirst(register)),
            ],
            entries.Select(e => (e.Reference, e.Floor, e.Policy)));
        foreach (PcrSignature entry in entries)
        {
            // what a TPM hashes itself (TPM2_PolicyAuthorize): the policy, then the purpose
            await File.WriteAllBytesAsync(
                _folder["signed"], [.. entry.Policy.Bytes, .. System.Text.Encoding.ASCII.GetBytes(entry.Reference)]);
            await File.WriteAllBytesAsync(_folder["signature"], entry.Signature.ToArray());
            (code, output) = Oracle.Run(
                "openssl", "dgst", "-sha256", "-verify", _folder["pcr.pem"], "-signature", _folder["signature"], _folder["signed"]);
            Assert.True(code == 0, output);
        }
    }

    [SkippableFact]
    public async Task Measurements_OfAnImage_AreThoseThatSystemdPredicts()
    {
        byte[] uki = await SignedAsync();
        using ImageSigner signer = new(_keys, () => "");
        ExpectedMeasurements expected = Images.Measurements.Prediction.Of(
            (await BuildAsync()).Blueprint, new MemoryStream(uki), null, signer.Enrolment,
            signer.Certificate);
        Assert.Equal(Measure(uki, ":"), ValueOf(expected, 11, MeasuredCase.Kernel));
        string path = "";
        foreach (string phase in KernelRegister.Phases.Take(2)) // the others are systemd's, which this one has not
        {
            path += (path.Length > 0 ? ":" : "") + phase;
            Assert.Equal(Measure(uki, path), ValueOf(expected, 11, phase));
        }
        Assert.Equal(3, expected.Registers.Count(r => r.Register == 11));
        Assert.Equal(default, ValueOf(expected, 12, MeasuredCase.NothingPassed));
        Assert.Equal(expected.Write(), ExpectedMeasurements.Read(expected.Write()).Write());
    }

    [Fact]
    public async Task SignAsync_FolderFromBefore_SignsAsItDid()
    {
        File.Delete(_folder["keys/pcr.key"]);
        File.Delete(_folder["keys/pcr.crt"]);
        byte[] uki = await SignedAsync();
        Assert.DoesNotContain(PeImage.Read(new MemoryStream(uki)).Sections, s => s.Name is ".pcrpkey" or ".pcrsig");
        Assert.Equal([KeyRole.Policies], _keys.AddMissing("Anna", null, s_now));
        Assert.Empty(_keys.AddMissing("Anna", null, s_now));
        Assert.Contains(PeImage.Read(new MemoryStream(await SignedAsync())).Sections, s => s.Name == ".pcrsig");
    }

    /// <summary>Nobody ends the phase there, so that root could ask the TPM for what another edition of the same owner keeps.</summary>
    [Fact]
    public async Task SignAsync_EditionThatKeepsNothingInATpm_BringsNoPolicies()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Small, ImageKind.Uki);
        using ImageSigner signer = new(_keys, () => "");
        ActionOutput signed = await signer.SignAsync(_bench.Services, built.Blueprint, built.Product.Uki!, CancellationToken.None);
        Assert.DoesNotContain(PeImage.Read(new MemoryStream(_bench.Bytes(signed))).Sections, s => s.Name is ".pcrpkey" or ".pcrsig");
    }

    [SkippableFact]
    public async Task SignAsync_WithTheKeyElsewhere_GivesTheSameBytes()
    {
        byte[] expected = await SignedAsync();
        File.Move(_folder["keys/pcr.key"], _folder["drawer.key"]);
        StrataException refused = await Assert.ThrowsAsync<StrataException>(SignedAsync);
        Assert.Contains("the private key of pcr is elsewhere", refused.Message, StringComparison.Ordinal);
        BuildResult built = await BuildAsync();
        SigningRequests requests = new(_bench.Services);
        using (ImageSigner signer = new(_keys, () => ""))
        {
            SigningFolder.Write(_folder["to-sign"], await requests.OfAsync(built, signer, CancellationToken.None));
        }
        string[] files = [.. Directory.EnumerateFiles(_folder["to-sign"]).Order(StringComparer.Ordinal)];
        Assert.Equal(
            ["small-policy-enter-initrd.pcr.digest", "small-policy-state-first.pcr.digest", "small-policy-state.pcr.digest"],
            files.Select(Path.GetFileName));
        foreach (string file in files)
        {
            (int code, string output) = Oracle.Run(
                "openssl", "pkeyutl", "-sign", "-inkey", _folder["drawer.key"], "-pkeyopt", "digest:sha256", "-in", file, "-out",
                Path.ChangeExtension(file, ".sig"));
            Assert.True(code == 0, output);
        }
        Assert.Equal(3, SigningFolder.Attach(_folder["to-sign"], _keys).Count);
        Assert.Equal(expected, await SignedAsync());
        using ImageSigner again = new(_keys, () => "");
        SigningRequest last = Assert.Single(await requests.OfAsync(built, again, CancellationToken.None));
        Assert.Equal(("small-kernel-image", KeyRole.Images), (last.Name, last.Role));
    }

    // as if its state were encrypted: that takes modules which the kernel of the bench has not
    private async Task<BuildResult> BuildAsync()
    {
        BuildResult built = await _bench.BuildAsync(EditionBench.Small, ImageKind.Uki);
        Edition edition = built.Blueprint.Edition with { State = new EditionState(true, [], StateEncryption.Tpm) };
        return built with { Blueprint = built.Blueprint with { Edition = edition } };
    }

    private async Task<byte[]> SignedAsync()
    {
        BuildResult built = await BuildAsync();
        using ImageSigner signer = new(_keys, () => "");
        ActionOutput signed = await signer.SignAsync(_bench.Services, built.Blueprint, built.Product.Uki!, CancellationToken.None);
        return _bench.Bytes(signed);
    }

    private static Sha256Digest ValueOf(ExpectedMeasurements measurements, int register, string name) =>
        measurements.Registers.Single(r => r.Register == register && r.Case == name).Value;

    private static byte[] Section(byte[] uki, string name) => PeImage.ReadSection(
        new MemoryStream(uki), PeImage.Read(new MemoryStream(uki)).Sections.Single(s => s.Name == name), 1 << 20);

    private Sha256Digest Measure(byte[] uki, string phase)
    {
        List<string> arguments = ["calculate", "--bank=sha256", $"--phase={phase}"];
        foreach (string name in MeasuredSections.Read(new MemoryStream(uki)).Select(s => s.Name))
        {
            File.WriteAllBytes(_folder[name], Section(uki, name));
            arguments.Add($"--{name[1..]}={_folder[name]}");
        }
        (int code, string output) = Oracle.Run("systemd-measure", arguments);
        Assert.True(code == 0, output);
        const string Start = "11:sha256=";
        return Sha256Digest.Parse(output.Split('\n').Single(l => l.StartsWith(Start, StringComparison.Ordinal))[Start.Length..]);
    }
}
