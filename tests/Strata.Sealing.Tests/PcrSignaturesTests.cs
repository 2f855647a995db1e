using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Sealing.Policies;

namespace Strata.Sealing.Tests;

public class PcrSignaturesTests
{
    private static readonly Sha256Digest s_key = Sha256Digest.Of("key"u8), s_policy = Sha256Digest.Of("policy"u8);
    private static readonly string s_signature = Convert.ToBase64String(new byte[256]);
    private static readonly string s_entry = $$"""{"pcrs":[11],"pkfp":"{{s_key}}","pol":"{{s_policy}}","sig":"{{s_signature}}"}""";

    [Fact]
    public void Write_Entries_HaveTheMembersOfSystemdMeasure()
    {
        PcrSignature plain = new(s_key, s_policy, new byte[256]);
        byte[] text = PcrSignatures.Write([plain, plain with { Reference = StatePolicy.Reference, Floor = ulong.MaxValue }]);
        Assert.Equal(
            $$"""{"sha256":[{{s_entry}},{{s_entry[..^1]}},"ref":"strata-state","floor":18446744073709551615}]}""" + "\n",
            Encoding.ASCII.GetString(text));
        IReadOnlyList<PcrSignature> read = PcrSignatures.Read(text);
        Assert.Equal((null, "", 2), (read[0].Floor, read[0].Reference, read.Count));
        Assert.Equal((ulong.MaxValue, "strata-state"), (read[1].Floor!.Value, read[1].Reference));
        Assert.Equal((s_key, s_policy, 256), (read[0].Key, read[0].Policy, read[0].Signature.Length));
        Assert.Equal([11], read[0].Registers);
    }

    [Fact]
    public void Read_OtherBanksAndMembers_ArePassedOver()
    {
        string more = s_entry.Replace("\"pcrs\"", "\"later\":{\"a\":[1,{}]},\"pcrs\"", StringComparison.Ordinal);
        Assert.Single(PcrSignatures.Read(Encoding.ASCII.GetBytes($$"""{"sha1":[{"x":1}], "sha256":[{{more}}]}""" + "\n\0\0")));
        Assert.Empty(PcrSignatures.Read("{}"u8));
    }

    public static TheoryData<string> Broken => new(
        "", "[]", "{", "{\"sha256\":{}}", "{\"sha256\":[1]}", "{\"sha256\":[{}]}", "{} {}", "{\"sha256\":[" + s_entry + "}",
        Changed("[11]", "[24]"), Changed("[11]", "[11,11]"), Changed("[11]", "[-1]"), Changed("[11]", "[1.5]"), Changed("[11]", "11"),
        Changed(s_policy.ToString(), s_policy.ToString().ToUpperInvariant()), Changed("\"pol\"", "\"pal\""),
        Changed(s_signature, ""), Changed(s_signature, "%"), Changed(s_signature, Convert.ToBase64String(new byte[513])),
        Changed("\"pcrs\"", "\"ref\":\"a b\",\"pcrs\""), Changed("\"pcrs\"", "\"ref\":\"\\ud800\",\"pcrs\""),
        Changed("\"pcrs\"", "\"floor\":-1,\"pcrs\""),
        "{\"sha256\":[" + string.Join(',', Enumerable.Repeat(s_entry, 65)) + "]}", "{\"sha1\":" + new string('[', 20) + "}");

    [Theory]
    [MemberData(nameof(Broken))]
    public void Read_BrokenText_IsRefusedInOneWay(string text) =>
        Assert.Throws<ImageFormatException>(() => PcrSignatures.Read(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Write_Entries_AreJson() => JsonDocument.Parse(PcrSignatures.Write([])).Dispose();

    private static string Changed(string from, string to) => $$"""{"sha256":[{{s_entry.Replace(from, to, StringComparison.Ordinal)}}]}""";
}
