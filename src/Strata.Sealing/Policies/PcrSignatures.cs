using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>
/// The section <c>.pcrsig</c> of a kernel image, and the file <c>/.extra/tpm2-pcr-signature.json</c> that systemd's stub makes of it:
/// JSON, for each bank a list of policies that a key approved (systemd-measure(1)).
/// </summary>
/// <remarks>
/// Limits: 64 KiB, 64 entries a bank, signatures of at most 512 bytes. Members and banks that are not known are passed over.
/// </remarks>
public static class PcrSignatures
{
    /// <summary>Bytes that the text may have.</summary>
    public const int LargestText = 64 * 1024;

    private const string FormatName = "pcrsig";
    private const string Bank = "sha256";
    private const int MostEntries = 64;
    private const int LargestSignature = 512;
    private const int Registers = 24;
    private const int LongestReference = 64;

    /// <summary>Writes entries of the bank SHA-256, in their order; equal entries are equal bytes.</summary>
    public static byte[] Write(IEnumerable<PcrSignature> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArrayBufferWriter<byte> bytes = new();
        // '+' stands in signatures; it is no part of a web page
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray(Bank);
            foreach (PcrSignature entry in entries)
            {
                json.WriteStartObject();
                json.WriteStartArray("pcrs");
                foreach (int register in entry.Registers)
                {
                    json.WriteNumberValue(register);
                }
                json.WriteEndArray();
                json.WriteString("pkfp", entry.Key.ToString());
                json.WriteString("pol", entry.Policy.ToString());
                json.WriteBase64String("sig", entry.Signature.Span);
                if (entry.Reference.Length > 0)
                {
                    json.WriteString("ref", entry.Reference);
                }
                if (entry.Floor is ulong floor)
                {
                    json.WriteNumber("floor", floor);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads the entries of the bank SHA-256. Whether their signatures are good is for the TPM to check.</summary>
    /// <exception cref="ImageFormatException">It is not in this form.</exception>
    public static IReadOnlyList<PcrSignature> Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > LargestText)
        {
            throw new ImageFormatException(FormatName, 0, $"{text.Length} bytes, expected at most {LargestText}");
        }
        Utf8JsonReader json = new(text.TrimEnd((byte)0), new JsonReaderOptions { MaxDepth = 8 });
        try
        {
            List<PcrSignature> entries = [];
            Expect(ref json, JsonTokenType.StartObject);
            while (NextMember(ref json) is string bank)
            {
                if (bank == Bank)
                {
                    ReadEntries(ref json, entries);
                }
                else
                {
                    json.Skip();
                }
            }
            return json.Read() ? throw Fault(in json, "something follows the object") : entries;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ImageFormatException(FormatName, json.TokenStartIndex, "it is no JSON of the expected form", e);
        }
    }

    private static void ReadEntries(ref Utf8JsonReader json, List<PcrSignature> entries)
    {
        Require(in json, JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Require(in json, JsonTokenType.StartObject);
            entries.Add(entries.Count < MostEntries ? ReadEntry(ref json) : throw Fault(in json, $"more than {MostEntries} entries"));
        }
    }

    private static PcrSignature ReadEntry(ref Utf8JsonReader json)
    {
        List<int>? registers = null;
        Sha256Digest? key = null, policy = null;
        byte[]? signature = null;
        string reference = "";
        ulong? floor = null;
        while (NextMember(ref json) is string member)
        {
            switch (member)
            {
                case "pcrs":
                    registers = ReadRegisters(ref json);
                    break;
                case "pkfp":
                    key = ReadDigest(in json);
                    break;
                case "pol":
                    policy = ReadDigest(in json);
                    break;
                case "sig":
                    Require(in json, JsonTokenType.String);
                    signature = json.GetBytesFromBase64();
                    break;
                case "ref":
                    Require(in json, JsonTokenType.String);
                    reference = json.GetString()!;
                    break;
                case "floor":
                    Require(in json, JsonTokenType.Number);
                    floor = json.GetUInt64();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }
        if (registers is null || key is null || policy is null || signature is null)
        {
            throw Fault(in json, "an entry lacks one of pcrs, pkfp, pol and sig");
        }
        if (signature.Length is 0 or > LargestSignature)
        {
            throw Fault(in json, $"a signature of {signature.Length} bytes, expected 1 to {LargestSignature}");
        }
        if (reference.Length > LongestReference || reference.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw Fault(in json, $"a purpose is up to {LongestReference} visible characters");
        }
        return new PcrSignature(key.Value, policy.Value, signature) { Registers = registers, Reference = reference, Floor = floor };
    }

    private static List<int> ReadRegisters(ref Utf8JsonReader json)
    {
        List<int> registers = [];
        Require(in json, JsonTokenType.StartArray);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            Require(in json, JsonTokenType.Number);
            int register = json.GetInt32();
            registers.Add(register is >= 0 and < Registers && (registers.Count == 0 || registers[^1] < register)
                ? register : throw Fault(in json, $"pcrs are rising numbers below {Registers}"));
        }
        return registers;
    }

    private static Sha256Digest ReadDigest(in Utf8JsonReader json)
    {
        Require(in json, JsonTokenType.String);
        return Sha256Digest.TryParse(json.GetString(), out Sha256Digest digest)
            ? digest : throw Fault(in json, "expected 64 lower-case hex digits");
    }

    // stands on the value of the member then; null at the end of the object
    private static string? NextMember(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }
        Require(in json, JsonTokenType.PropertyName);
        string name = json.GetString()!;
        json.Read();
        return name;
    }

    private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
    {
        json.Read();
        Require(in json, type);
    }

    private static void Require(in Utf8JsonReader json, JsonTokenType type)
    {
        if (json.TokenType != type)
        {
            throw Fault(in json, $"expected {type}, found {json.TokenType}");
        }
    }

    private static ImageFormatException Fault(in Utf8JsonReader json, string problem) => new(FormatName, json.TokenStartIndex, problem);
}
