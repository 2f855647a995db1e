using System.Text.Json.Serialization;
using Strata.Measure;
using Strata.Measure.Differences;
using Strata.Measure.Surface;

namespace Strata.Cli.Commands.Measuring;

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SurfaceNumbers))]
[JsonSerializable(typeof(Measurement))]
[JsonSerializable(typeof(MeasurementDifference))]
[JsonSerializable(typeof(ImageDifference))]
internal sealed partial class MeasureJson : JsonSerializerContext;
