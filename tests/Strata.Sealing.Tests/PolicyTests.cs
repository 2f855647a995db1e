using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Sealing.Policies;
using Strata.Testing;

namespace Strata.Sealing.Tests;

public class PolicyTests
{
    private static readonly PolicyKey s_key = PolicyKey.Of([0xC1, .. Enumerable.Range(1, 255).Select(i => (byte)i)]);
    private static readonly Sha256Digest s_register = Sha256Digest.Of("a kernel image"u8);

    /// <summary>systemd's test-tpm2.c, "calculate_policy_authorize": a key with this name, and no purpose.</summary>
    [Fact]
    public void Authorize_KeyOfSystemdsTest_IsItsDigest()
    {
        TpmName name = new(Sha256Digest.Parse("e78f74a470dd92e979ca067cdb2293a35f075e8560b436bd2ccea5da21486a07"));
        Assert.Equal("000be78f74a470dd92e979ca067cdb2293a35f075e8560b436bd2ccea5da21486a07", name.ToString());
        Assert.Equal("95213a3784eaab04f427bc7e8851c2f1df0903be8e42428ec25dcefd907baff1", PolicyDigest.Authorize(name, []).ToString());
    }

    /// <summary>Bytes typed from the TPM 2.0 Library, part 3, sections 23.7, 23.9 and 23.20, for SHA-256.</summary>
    [Fact]
    public void Digests_AreOfTheBytesOfTheSpecification()
    {
        string zeros = new('0', 64), value = s_register.ToString(), name = FloorIndex.NameOf(s_key).ToString();
        Assert.Equal(Hash(zeros + "0000017f" + "00000001" + "000b" + "03" + "000800" + Hash(value)),
            PolicyDigest.Pcr(PolicyDigest.Start, 11, s_register).ToString());
        Assert.Equal(Hash(zeros + "00000149" + Hash("0000000000000007" + "0000" + "0009") + name),
            PolicyDigest.Nv(PolicyDigest.Start, FloorIndex.NameOf(s_key), StatePolicy.OperandOf(7), StatePolicy.NotAbove).ToString());
        Assert.Equal(Hash(zeros + "0000018f" + "00"), PolicyDigest.NvWritten(PolicyDigest.Start, false).ToString());
        Assert.Equal(Hash(value + Convert.ToHexStringLower("strata-state"u8)), PcrSignature.ToSign(s_register, "strata-state").ToString());
    }

    [Fact]
    public void Approved_DependsOnEverythingThatItSays()
    {
        PolicyKey other = PolicyKey.Of([0xC2, .. Enumerable.Range(1, 255).Select(i => (byte)i)]);
        Sha256Digest[] all =
        [
            StatePolicy.Approved(s_key, 0, s_register), StatePolicy.Approved(s_key, 1, s_register),
            StatePolicy.Approved(other, 0, s_register),
            StatePolicy.Approved(s_key, 0, KernelRegister.Enter(s_register, KernelRegister.LeaveInitrd)),
            StatePolicy.ApprovedFirst(s_register), PolicyDigest.Pcr(PolicyDigest.Start, 11, s_register),
            StatePolicy.SealedPolicy(s_key), StatePolicy.SealedPolicy(other),
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    /// <summary>Part 2, table "TPMS_NV_PUBLIC": handle, algorithm, attributes, policy, size.</summary>
    [Fact]
    public void FloorIndex_PublicArea_IsLaidOutAsSpecified()
    {
        string policy = StatePolicy.SealedPolicy(s_key).ToString();
        foreach ((bool isWritten, string attributes) in new[] { (false, "02060008"), (true, "22060008") })
        {
            Assert.Equal("0181" + s_key.Fingerprint.ToString()[..4] + "000b" + attributes + "0020" + policy + "0020",
                Convert.ToHexStringLower(FloorIndex.PublicArea(s_key, isWritten)));
        }
    }

    /// <summary>Part 2, table "TPMT_PUBLIC": RSA, SHA-256, attributes, no policy, no schemes, 2048 bits, default exponent.</summary>
    [Fact]
    public void PublicArea_OfTheKey_IsLaidOutAsSpecified()
    {
        string area = Convert.ToHexStringLower(s_key.PublicArea.Span);
        Assert.StartsWith(
            "0001" + "000b" + "00060040" + "0000" + "00100010" + "0800" + "00000000" + "0100" + "c101", area, StringComparison.Ordinal);
        Assert.Equal(22 + 256, s_key.PublicArea.Length);
        Assert.Equal("000b" + Hash(area), s_key.Name.ToString());
    }

    [SkippableFact]
    public void ReadPem_KeyOfOpenssl_HasTheFingerprintThatItWrites()
    {
        using TemporaryFolder folder = new();
        Judge("openssl", "genrsa", "-out", folder["key"], "2048");
        Judge("openssl", "rsa", "-in", folder["key"], "-pubout", "-out", folder["pem"]);
        Judge("openssl", "rsa", "-in", folder["key"], "-RSAPublicKey_out", "-outform", "DER", "-out", folder["der"]);
        byte[] pem = File.ReadAllBytes(folder["pem"]);
        PolicyKey key = PolicyKey.ReadPem(pem);
        Assert.Equal(Sha256Digest.Of(File.ReadAllBytes(folder["der"])), key.Fingerprint);
        Assert.Equal(pem, key.ToPem());
    }

    [Theory]
    [InlineData(3072)]
    [InlineData(4096)]
    public void ReadPem_AnotherLength_IsRefused(int bits)
    {
        using RSA rsa = RSA.Create(bits);
        Assert.Throws<ImageFormatException>(() => PolicyKey.ReadPem(Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem())));
    }

    [Fact]
    public void ReadPem_AnyByteOfTheFrameChanged_IsRefused()
    {
        byte[] info = Convert.FromBase64String(string.Concat(Encoding.ASCII.GetString(s_key.ToPem()).Split('\n')[1..^2]));
        foreach (int at in Enumerable.Range(0, 33).Concat([info.Length - 1, info.Length - 3, info.Length - 5]))
        {
            byte[] changed = [.. info];
            changed[at] ^= 0x80;
            byte[] pem = Encoding.ASCII.GetBytes(PemEncoding.WriteString("PUBLIC KEY", changed));
            Assert.Throws<ImageFormatException>(() => PolicyKey.ReadPem(pem));
        }
    }

    private static string Hash(string hex) => Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(hex)));

    private static void Judge(string program, params string[] arguments)
    {
        (int code, string output) = Oracle.Run(program, arguments);
        Assert.True(code == 0, output);
    }
}
