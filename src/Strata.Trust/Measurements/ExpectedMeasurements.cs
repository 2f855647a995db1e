using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Core;

namespace Strata.Trust.Measurements;

/// <summary>
/// What a TPM will hold when an image has started, worked out when it was built: <c>measurements.json</c> beside it
/// (docs/formats/measurements.md).
/// </summary>
/// <param name="Edition">Name of the edition.</param>
/// <param name="Version">Its version.</param>
/// <param name="SecurityVersion">Its security version.</param>
/// <param name="Registers">Of each register what it holds, for each case.</param>
public sealed record ExpectedMeasurements(
    string Edition, string Version, ulong SecurityVersion, IReadOnlyList<ExpectedRegister> Registers)
{
    /// <summary>What the document is.</summary>
    public const string Format = "strata-measurements-1";

    /// <summary>Bytes that it may have.</summary>
    public const int LargestText = 256 * 1024;

    private const string Bank = "sha256";
    private const int MostRegisters = 200;
    private const int MostEvents = 200;
    private const int LastRegister = 23;
    private const int LongestName = 200;

    /// <summary>Writes it: the same measurements are the same bytes.</summary>
    public byte[] Write()
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            JsonSerializer.Serialize(json, Document.Of(this), MeasurementsJson.Default.Document);
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads it. Values that do not follow from their events are refused; members that are not known are passed over.</summary>
    /// <exception cref="ImageFormatException">It is none.</exception>
    public static ExpectedMeasurements Read(ReadOnlySpan<byte> text)
    {
        if (text.Length > LargestText)
        {
            throw Fault($"{text.Length} bytes, expected at most {LargestText}");
        }
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize(text, MeasurementsJson.Default.Document);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ImageFormatException(Format, 0, "it is no JSON of the expected form", e);
        }
        if (document is not { Format: Format, Bank: Bank })
        {
            throw Fault($"expected 'format' {Format} and 'bank' {Bank}");
        }
        return new ExpectedMeasurements(
            Name(document.Edition), Name(document.Version), document.SecurityVersion,
            [.. Limited(document.Registers, MostRegisters).Select(RegisterOf)]);
    }

    private static ExpectedRegister RegisterOf(RegisterPart part)
    {
        if (part.Register is < 0 or > LastRegister)
        {
            throw Fault($"register {part.Register}, expected 0 to {LastRegister}");
        }
        ExpectedRegister register = new(
            part.Register, Name(part.Case),
            [.. Limited(part.Events, MostEvents).Select(e => new ExpectedEvent(Name(e.What), Digest(e.Digest)))]);
        return register.Value == Digest(part.Value) ? register
            : throw Fault($"the value of register {part.Register} ({part.Case}) is not that of its events");
    }

    private static IReadOnlyList<T> Limited<T>(IReadOnlyList<T>? list, int most) =>
        list is not null && list.Count <= most && list.All(e => e is not null) ? list
            : throw Fault($"a list is missing, or has more than {most} entries");

    private static string Name(string? text) =>
        text is { Length: > 0 and <= LongestName } && !text.Any(char.IsControl) ? text
            : throw Fault($"a text is missing, empty, longer than {LongestName} characters, or has control characters");

    private static Sha256Digest Digest(string? text) =>
        Sha256Digest.TryParse(text, out Sha256Digest digest) ? digest : throw Fault("a digest is not 64 lower-case hex digits");

    private static ImageFormatException Fault(string problem) => new(Format, 0, problem);

    internal sealed record Document(
        string? Format, string? Edition, string? Version, ulong SecurityVersion, string? Bank, IReadOnlyList<RegisterPart>? Registers)
    {
        public static Document Of(ExpectedMeasurements measurements) => new(
            ExpectedMeasurements.Format, measurements.Edition, measurements.Version, measurements.SecurityVersion,
            ExpectedMeasurements.Bank,
            [.. measurements.Registers.Select(r => new RegisterPart(
                r.Register, r.Case, r.Value.ToString(), [.. r.Events.Select(e => new EventPart(e.What, e.Digest.ToString()))]))]);
    }

    internal sealed record RegisterPart(int Register, string? Case, string? Value, IReadOnlyList<EventPart>? Events);

    internal sealed record EventPart(string? What, string? Digest);
}

/// <summary>The form of <see cref="ExpectedMeasurements"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 8)]
[JsonSerializable(typeof(ExpectedMeasurements.Document))]
internal sealed partial class MeasurementsJson : JsonSerializerContext;
