using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Core;
using Strata.Measure.Guests;
using Strata.Measure.Sizes;
using Strata.Measure.Surface;

namespace Strata.Measure;

/// <summary>What an edition costs: what is fetched, what it takes installed, how much there is to attack, and what it needs when it runs.</summary>
/// <remarks>Form: <c>docs/formats/measure.md</c>. All sizes in bytes.</remarks>
public sealed record Measurement
{
    /// <summary>Name and version of the format.</summary>
    public const string CurrentFormat = "strata-measure-1";

    private const int MostBytes = 256 << 20;

    /// <summary>Always <see cref="CurrentFormat"/>.</summary>
    public required string Format { get; init; }

    /// <summary>Name of the edition.</summary>
    public required string Edition { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Version of the blueprint.</summary>
    public required string Version { get; init; }

    /// <summary>Debian architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Kind of the image that was measured: <c>disk</c>, <c>uki</c>, <c>iso</c> or <c>oci</c>.</summary>
    public required string Image { get; init; }

    /// <summary>SHA-256 of the image.</summary>
    public required string Digest { get; init; }

    /// <summary>Commit of the checkout it was measured in, with <c>+</c> when files were changed; null outside one.</summary>
    public string? Commit { get; init; }

    /// <summary>Release of the kernel; empty without one.</summary>
    public required string Kernel { get; init; }

    /// <summary>What is fetched.</summary>
    public required DownloadNumbers Download { get; init; }

    /// <summary>What it takes unpacked.</summary>
    public required InstalledNumbers Installed { get; init; }

    /// <summary>What there is to attack.</summary>
    public required SurfaceNumbers Surface { get; init; }

    /// <summary>What a guest showed; null when none was started.</summary>
    public GuestNumbers? Guest { get; init; }

    /// <summary>Limits of the blueprint and how far they are used.</summary>
    public IReadOnlyList<BudgetRow> Budgets { get; init; } = [];

    /// <summary>What changed since another measurement; null when it was compared with none.</summary>
    public MeasurementDifference? Difference { get; init; }

    /// <summary>What could not be measured and why.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>One line of JSON, without a line feed.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, MeasurementJson.Default.Measurement);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="place">Where they are from, for messages.</param>
    /// <exception cref="StrataException">They are something else, or of another version of the format.</exception>
    public static Measurement FromJson(ReadOnlySpan<byte> json, string place)
    {
        string? format = FormatOf(json);
        if (format is null)
        {
            throw new StrataException($"cannot read the measurement {place}: it is none", "Files of 'strata measure --json' and of 'out/EDITION/measure' are.");
        }
        if (format != CurrentFormat)
        {
            throw new StrataException(
                $"cannot read the measurement {place}: its form is '{format}', this program knows '{CurrentFormat}'", "Measure that commit again with this version of strata.");
        }
        try
        {
            return JsonSerializer.Deserialize(json, MeasurementJson.Default.Measurement)
                ?? throw new StrataException($"cannot read the measurement {place}: it is null");
        }
        catch (JsonException e)
        {
            throw new StrataException($"cannot read the measurement {place}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Reads a file that holds one measurement.</summary>
    /// <exception cref="StrataException">It is missing or something else.</exception>
    public static Measurement FromFile(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MostBytes
                ? FromJson(File.ReadAllBytes(path), path)
                : throw new StrataException($"cannot read the measurement {path}: it is larger than {new ByteSize(MostBytes)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read the measurement {path}: {(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message)}", innerException: e);
        }
    }

    private static string? FormatOf(ReadOnlySpan<byte> json)
    {
        try
        {
            Utf8JsonReader reader = new(json);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("format", out JsonElement format)
                && format.ValueKind == JsonValueKind.String ? format.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: half a character in an escape
        {
            return null;
        }
    }
}

/// <summary>A limit of the blueprint.</summary>
/// <param name="Name">As the blueprint has it: <c>image</c>.</param>
/// <param name="Limit">Most that is allowed; bytes, a count, or thousandths of a ratio.</param>
/// <param name="Actual">What it is; null when it was not measured.</param>
/// <param name="Unit"><c>bytes</c>, <c>count</c> or <c>thousandths</c>.</param>
public sealed record BudgetRow(string Name, long Limit, long? Actual, string Unit)
{
    /// <summary>True when the limit is known to be broken.</summary>
    [JsonIgnore]
    public bool IsBroken => Actual > Limit;

    /// <summary>A number of its unit for people.</summary>
    public string Show(long number) => Unit switch
    {
        "bytes" => new ByteSize(number).ToString(),
        "thousandths" => (number / 1000m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture),
        _ => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}

[JsonSourceGenerationOptions(
    WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(Measurement))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
