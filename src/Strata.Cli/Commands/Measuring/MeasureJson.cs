using System.Text.Json.Serialization;
using Strata.Measure;
using Strata.Measure.Differences;

namespace Strata.Cli.Commands.Measuring;

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Measurement))]
[JsonSerializable(typeof(MeasurementDifference))]
[JsonSerializable(typeof(ImageDifference))]
internal sealed partial class MeasureJson : JsonSerializerContext;
