using Strata.Core;
using Strata.Sealing.Luks;
using Strata.Sealing.Policies;
using Strata.Sealing.Tpm;

namespace Strata.Fuzz.Targets;

/// <summary>What a kernel image brings for the TPM.</summary>
internal static class SealingTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new FuzzTarget("pcr-signatures", ReadSignatures, () =>
            [PcrSignatures.Write([s_entry, s_entry with { Reference = "r", Floor = 7 }])])
        {
            Readers = [typeof(PcrSignatures)], Words = PackageTargets.s_jsonWords,
        },
        new FuzzTarget("policy-key", pem => PolicyKey.ReadPem(pem), () => [PolicyKey.Of([0x80, .. new byte[255]]).ToPem()])
        {
            Readers = [typeof(PolicyKey)], Words = ["-----BEGIN ", "-----END ", "PUBLIC KEY-----", "=", "\n"],
        },
        new FuzzTarget("luks-header", device => LuksVolume.TryRead(ReaderOf(device.ToArray())), () => [Header(LuksText), new byte[8192]])
        {
            Readers = [typeof(LuksFormat)], Words = ["LUKS", "SKUL", "sha256"],
        },
        new FuzzTarget("luks-json", ReadLuks, () => [LuksText.ToArray()])
        {
            Readers = [typeof(LuksVolume), typeof(LuksValue)], Words = PackageTargets.s_jsonWords, Runs = 300,
        },
        new FuzzTarget("tpm-answer", ReadAnswers, () =>
            [
                [0x80, 1, 0, 0, 0, 24, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 9, 0, 2, 7, 7],
                [0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0x26],
            ])
        {
            Readers = [typeof(TpmAnswer)], Allowed = [typeof(TpmException)],
        },
    ];

    private static ReadOnlySpan<byte> LuksText => """
        {"keyslots":{"0":{"type":"luks2","key_size":64,"af":{"type":"luks1","stripes":4000,"hash":"sha256"},
        "area":{"type":"raw","offset":"32768","size":"258048","encryption":"aes-xts-plain64","key_size":64},
        "kdf":{"type":"pbkdf2","hash":"sha256","iterations":1000,"salt":"AAAA"}}},
        "tokens":{"0":{"type":"strata-tpm2","keyslots":["0"],"strata-public":"AAAA","strata-private":"AAAA"}},
        "segments":{"0":{"type":"crypt","offset":"4194304","size":"dynamic","iv_tweak":"0","encryption":"aes-xts-plain64",
        "sector_size":4096}},
        "digests":{"0":{"type":"pbkdf2","keyslots":["0"],"segments":["0"],"hash":"sha256","iterations":1000,"salt":"AA==","digest":"AA=="}},
        "config":{"json_size":"12288","keyslots_size":"4161536"}}
        """u8;

    private static readonly PcrSignature s_entry = new(Sha256Digest.Of("k"u8), Sha256Digest.Of("p"u8), new byte[32]);

    private static void ReadSignatures(ReadOnlySpan<byte> text)
    {
        byte[] written = PcrSignatures.Write(PcrSignatures.Read(text));
        Property.WritesTheSame(written, PcrSignatures.Write(PcrSignatures.Read(written)));
    }

    private static byte[] Header(ReadOnlySpan<byte> json) => LuksFormat.Write(
        new LuksHeader
        {
            Size = LuksFormat.HeaderSize, Sequence = 1, Label = "strata-state", Id = "00000000-0000-4000-8000-000000000001", Subsystem = "",
            Json = LuksValue.Read(json),
        },
        0, new byte[64]);

    private static LuksRead ReaderOf(byte[] device) => (offset, buffer) =>
    {
        bool isThere = offset >= 0 && offset + buffer.Length <= device.Length;
        if (isThere)
        {
            device.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        }
        return isThere;
    };

    private static void ReadLuks(ReadOnlySpan<byte> json)
    {
        if (LuksValue.Read(json).Write() is { Length: < LuksFormat.HeaderSize - LuksFormat.BinarySize } written)
        {
            Property.WritesTheSame(written, LuksValue.Read(written).Write());
            LuksVolume volume = LuksVolume.TryRead(ReaderOf(Header(json)))!;
            _ = volume.Tokens("strata-tpm2");
            _ = volume.TryAddSlot(new byte[LuksVolume.KeySize], "x"u8, 1, (_, _) => { });
        }
    }

    private static void ReadAnswers(ReadOnlySpan<byte> bytes)
    {
        TpmAnswer answer = TpmAnswer.Of("NV_ReadPublic", bytes);
        if (answer.Code == 0)
        {
            _ = answer.Sized();
            _ = answer.U32();
            _ = answer.Take(answer.U16());
        }
    }
}
