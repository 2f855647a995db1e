using Strata.Core;
using Strata.Formats.Pe;
using Strata.Testing;
using Strata.Trust.Keys;
using Strata.Trust.Signatures;

namespace Strata.Trust.Tests;

/// <summary>Signed programs, judged by sbverify.</summary>
public sealed class ImageSignatureTests : IClassFixture<OwnedKeys>
{
    private readonly OwnedKeys _keys;

    public ImageSignatureTests(OwnedKeys keys) => _keys = keys;

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task WriteAsync_Program_IsWhatSbverifyTakes(int more)
    {
        byte[] program = [.. TinyPe.Program(), .. new byte[more]]; // a length that is no multiple of 8
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["signed.efi"], await SignAsync(program, KeyRole.Images));
        (int code, string output) = Oracle.Run("sbverify", "--cert", _keys.FileOf("db.crt"), folder["signed.efi"]);
        Assert.True(code == 0 && output.Contains("Signature verification OK", StringComparison.Ordinal), output);
        (code, output) = Oracle.Run("sbverify", "--cert", _keys.FileOf("KEK.crt"), folder["signed.efi"]);
        Assert.True(code != 0, output);
    }

    /// <summary>Two more judges, which share no code with sbverify, on what machines start.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WriteAsync_BootProgramAndKernelImage_AreWhatOsslsigncodeAndPesigncheckTake(bool isKernelImage)
    {
        string? stub = Environment.GetEnvironmentVariable("STRATA_TEST_STUB");
        Skip.If(stub is null, "STRATA_TEST_STUB is not set; './test' sets it");
        byte[] program = isKernelImage
            ? await KernelImageAsync(await File.ReadAllBytesAsync(stub!))
            : await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(stub)!, "systemd-bootx64.efi"));
        using TemporaryFolder folder = new();
        byte[] signed = await SignAsync(program, KeyRole.Images);
        await File.WriteAllBytesAsync(folder["signed.efi"], signed);
        signed[program.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(folder["changed.efi"], signed);

        Judge(true, "signed.efi", "db.crt");
        Judge(false, "signed.efi", "KEK.crt");
        Judge(false, "changed.efi", "db.crt");
        (int code, string output) = Oracle.Run("pesign", "-S", "-i", folder["signed.efi"]);
        Assert.True(code == 0 && output.Contains("The signer's common name is Anna", StringComparison.Ordinal), output);

        void Judge(bool isGood, string file, string certificate)
        {
            (int code, string output) = Oracle.Run(
                "osslsigncode", "verify", "-CAfile", _keys.FileOf(certificate), "-in", folder[file]);
            Assert.True(code == 0 == isGood && output.Contains("Signature verification: ok", StringComparison.Ordinal) == isGood, output);
            (int converted, string problem) = Oracle.Run(
                "openssl", "x509", "-in", _keys.FileOf(certificate), "-outform", "DER", "-out", folder["certificate"]);
            Assert.True(converted == 0, problem);
            (code, output) = Oracle.Run("pesigcheck", "-n", "1", "-v", "-c", folder["certificate"], "-i", folder[file]);
            Assert.True(code == 0 == isGood, output);
        }
    }

    [SkippableFact]
    public async Task WriteAsync_EveryByteOfIt_IsCovered()
    {
        byte[] signed = await SignAsync(TinyPe.Program(), KeyRole.Images);
        using TemporaryFolder folder = new();
        PeImage image = PeImage.Read(new MemoryStream(signed));
        foreach (int at in (int[])[0x3C - 10, 0x40 + 4, 300, 900, 1024, 1400, (int)image.CertificatesOffset + 8 + 150])
        {
            byte[] changed = [.. signed];
            changed[at] ^= 1;
            await File.WriteAllBytesAsync(folder["changed.efi"], changed);
            (int code, string output) = Oracle.Run("sbverify", "--cert", _keys.FileOf("db.crt"), folder["changed.efi"]);
            Assert.True(code != 0, $"byte {at}: {output}");
        }
    }

    [SkippableFact]
    public async Task WriteAsync_Twice_HasBothSignatures()
    {
        byte[] twice = await SignAsync(await SignAsync(TinyPe.Program(), KeyRole.Images), KeyRole.Exchange);
        Assert.Equal(2, CertificateTable.Read(new MemoryStream(twice)).Count);
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["twice.efi"], twice);
        foreach (string certificate in (string[])["db.crt", "KEK.crt"])
        {
            (int code, string output) = Oracle.Run("sbverify", "--cert", _keys.FileOf(certificate), folder["twice.efi"]);
            Assert.True(code == 0, output);
        }
    }

    [Fact]
    public async Task WriteAsync_SameKey_GivesTheSameBytesAndTheDigestStays()
    {
        byte[] program = TinyPe.Program();
        byte[] signed = await SignAsync(program, KeyRole.Images);
        Assert.Equal(signed, await SignAsync(program, KeyRole.Images));
        Sha256Digest digest = Authenticode.Digest(new MemoryStream(program));
        Assert.Equal(digest, Authenticode.Digest(new MemoryStream(signed)));
        Assert.True(CertificateTable.Read(new MemoryStream(signed)).Single().AsSpan().IndexOf(digest.Bytes) > 0);
    }

    [SkippableFact]
    public async Task WriteAsync_Checksum_IsThatOfTheFile()
    {
        byte[] signed = await SignAsync(TinyPe.Program(), KeyRole.Images);
        uint written = PeImage.Read(new MemoryStream(signed)).CheckSum;
        signed.AsSpan(0x40 + 24 + 64, 4).Clear();
        ulong sum = 0;
        for (int i = 0; i < signed.Length; i += 2)
        {
            sum += BitConverter.ToUInt16(signed, i);
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        Assert.Equal((uint)sum + (uint)signed.Length, written);
    }

    /// <summary>A kernel image with policies, as it is before it is signed.</summary>
    private static async Task<byte[]> KernelImageAsync(byte[] stub)
    {
        UkiPlan plan = UkiPlan.Create(new UkiConfig
        {
            Stub = stub, Linux = UkiContent.Of(TinyPe.Kernel()), Initrd = UkiContent.Of(new byte[70_001]), CommandLine = "quiet",
            OsRelease = "ID=strata\n",
        });
        using MemoryStream plain = new();
        await UkiWriter.WriteAsync(plan, plain);
        plain.Position = 0;
        using MemoryStream whole = new();
        await UkiAddition.WriteAsync(plain, [(".pcrpkey", new byte[451]), (".pcrsig", new byte[3000])], whole, CancellationToken.None);
        return whole.ToArray();
    }

    private async Task<byte[]> SignAsync(byte[] program, KeyRole role)
    {
        using CertifiedKey key = _keys.Folder.Open(role, () => throw new InvalidOperationException("nobody is asked"));
        using MemoryStream output = new();
        await ImageSignature.WriteAsync(key, new MemoryStream(program), output, CancellationToken.None);
        return output.ToArray();
    }
}

/// <summary>Keys, made once for a class.</summary>
public sealed class OwnedKeys : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public OwnedKeys() => Folder = KeyFolder.Create(_folder["keys"], "Anna", null, new DateTimeOffset(2026, 11, 30, 8, 0, 0,
        TimeSpan.Zero));

    public KeyFolder Folder { get; }

    public string FileOf(string name) => Path.Combine(Folder.FolderPath, name);

    public void Dispose() => _folder.Dispose();
}
