using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Strata.Tuf.Json;
using Strata.Tuf.Keys;
using Strata.Tuf.Tests.Bench;

namespace Strata.Tuf.Tests;

public class KeyTests
{
    private static readonly byte[] s_content = "what is signed"u8.ToArray();

    public static TheoryData<string> Kinds { get; } = ["ecdsa", "rsa", "ed25519"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Verifies_SignatureOfAnotherProgram_AndNoOther(string kind)
    {
        TestKey signer = KeyOf(kind);
        PublicKey key = Read(signer.ToJson())!;
        byte[] signature = signer.Sign(s_content);

        Assert.True(key.Verifies(s_content, signature));
        Assert.False(key.Verifies("what is Signed"u8.ToArray(), signature));
        Assert.False(Read(KeyOf(kind).ToJson())!.Verifies(s_content, signature));
        signature[^1] ^= 1;
        Assert.False(key.Verifies(s_content, signature));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Verifies_WhatHasNoFormOfASignature_IsFalse(string kind)
    {
        TestKey signer = KeyOf(kind);
        PublicKey key = Read(signer.ToJson())!;
        byte[] right = signer.Sign(s_content);
        byte[][] wrong =
        [
            [], [0], [0x30], [0x30, 0], [0x30, 0x80], [0x30, 6, 2, 1, 0, 2, 1, 0], new byte[64], new byte[256], new byte[1024], right[..^1],
            [.. right, 0], [.. right, .. right],
        ];
        Assert.All(wrong, w => Assert.False(key.Verifies(s_content, w)));
    }

    // RFC 8032, section 7.1, TEST 3
    [Fact]
    public void Verifies_Ed25519OfTheStandard_IsTrue() => Assert.True(
        Read(Json("ed25519", "ed25519", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"))!.Verifies(
            [0xaf, 0x82],
            Convert.FromHexString(
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")));

    [Fact]
    public void TryRead_WeakOrForeignKey_CountsForNobody()
    {
        Assert.Null(Read(TestKey.Rsa(1024).ToJson()));
        Assert.NotNull(Read(TestKey.Rsa(2048).ToJson()));
        Assert.Null(Read(TestKey.Ecdsa(ECCurve.NamedCurves.nistP384).ToJson()));
        Assert.Null(Read(Json("ecdsa", "ecdsa-sha2-nistp256", TestKey.Rsa().Shown)));
        Assert.Null(Read(Json("rsa", "rsassa-pss-sha256", TestKey.Ecdsa().Shown)));
        Assert.Null(Read(Json("ed25519", "ed25519", new string('0', 62))));
        Assert.Null(Read(Json("ed25519", "ed25519", "no digits")));
        Assert.Null(Read(Json("ecdsa", "ecdsa-sha2-nistp256", "04" + new string('1', 128)))); // the form of old repositories
        string @private = TestKey.Ecdsa().Shown.Replace("PUBLIC", "PRIVATE", StringComparison.Ordinal);
        Assert.Null(Read(Json("ecdsa", "ecdsa-sha2-nistp256", @private)));
        Assert.Null(Read(Json("rsa", "rsa-pkcs1v15-sha256", TestKey.Rsa().Shown)));
        Assert.Null(Read(Json("dilithium", "ed25519", new string('0', 64))));
    }

    [Fact]
    public void Equals_SameKeyInAnotherForm_IsTheSame()
    {
        TestKey key = TestKey.Ecdsa();
        PublicKey other = Read(Json("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "words before\n" + key.Shown + "\n"))!;
        Assert.Equal(Read(key.ToJson()), other);
        Assert.Equal(Read(key.ToJson())!.GetHashCode(), other.GetHashCode());
        Assert.NotEqual(Read(key.ToJson()), Read(TestKey.Ecdsa().ToJson()));
    }

    private static TestKey KeyOf(string kind) => kind switch
    {
        "rsa" => TestKey.Rsa(),
        "ed25519" => TestKey.Ed25519(),
        _ => TestKey.Ecdsa(),
    };

    private static JsonObject Json(string type, string scheme, string shown) =>
        new() { ["keytype"] = type, ["scheme"] = scheme, ["keyval"] = new JsonObject { ["public"] = shown } };

    private static PublicKey? Read(JsonObject key) => PublicKey.TryRead(MetadataReader.Open(Encoding.UTF8.GetBytes(key.ToJsonString())));
}
