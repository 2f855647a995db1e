using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Advice.Needs;
using Strata.Advice.Servers;
using Strata.Cli.Commands.Contents;
using Strata.Cli.Commands.Flashing;
using Strata.Cli.Commands.Inventory;
using Strata.Cli.Commands.Kernel;
using Strata.Cli.Commands.Publishing;
using Strata.Cli.Commands.Trust;
using Strata.Composition.Ledger;
using Strata.Images.Manifests;
using Strata.Inventory.Notes;
using Strata.Inventory.Vulnerabilities;
using Strata.Kernel.Explaining;
using Strata.Kernel.Hardening;
using Strata.Kernel.Hardware;

namespace Strata.Cli.Commands;

/// <summary>Words of an enumeration as they stand in files and options: <c>not-applicable</c>.</summary>
internal sealed class KebabEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower)
    where T : struct, Enum;

/// <summary>What commands print with <c>--json</c>.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(KebabEnum<LedgerState>), typeof(KebabEnum<RuleOutcome>), typeof(KebabEnum<Severity>),
        typeof(KebabEnum<FindingState>), typeof(KebabEnum<Presence>)])]
[JsonSerializable(typeof(List<WhyStep>))]
[JsonSerializable(typeof(List<SizeRow>))]
[JsonSerializable(typeof(List<ManifestEntry>))]
[JsonSerializable(typeof(List<LedgerEntry>))]
[JsonSerializable(typeof(DocsResult))]
[JsonSerializable(typeof(InitResult))]
[JsonSerializable(typeof(ExampleRow[]))]
[JsonSerializable(typeof(List<DoctorFinding>))]
[JsonSerializable(typeof(AttestSummary))]
[JsonSerializable(typeof(BuildSummary))]
[JsonSerializable(typeof(List<DiskRow>))]
[JsonSerializable(typeof(FlashSummary))]
[JsonSerializable(typeof(SeedSummary))]
[JsonSerializable(typeof(List<KeyRow>))]
[JsonSerializable(typeof(List<BillRow>))]
[JsonSerializable(typeof(ChangeNotes))]
[JsonSerializable(typeof(ScanSummary))]
[JsonSerializable(typeof(List<LicenceRow>))]
[JsonSerializable(typeof(BumpSummary))]
[JsonSerializable(typeof(PushSummary))]
[JsonSerializable(typeof(PublishSummary))]
[JsonSerializable(typeof(PublishedSummary))]
[JsonSerializable(typeof(PlanSummary))]
[JsonSerializable(typeof(VerifySummary))]
[JsonSerializable(typeof(LockSummary))]
[JsonSerializable(typeof(List<LockChangeRow>))]
[JsonSerializable(typeof(KernelSummary))]
[JsonSerializable(typeof(RungSummary[]))]
[JsonSerializable(typeof(KernelSizeSummary))]
[JsonSerializable(typeof(KernelDiffSummary))]
[JsonSerializable(typeof(SymbolExplanation))]
[JsonSerializable(typeof(CheckSummary))]
[JsonSerializable(typeof(HardwareSuggestion))]
[JsonSerializable(typeof(ServerSuggestion))]
[JsonSerializable(typeof(NeedAdvice))]
[JsonSerializable(typeof(List<StoreSizeRow>))]
[JsonSerializable(typeof(List<LayerRow>))]
[JsonSerializable(typeof(LayerDifference))]
internal sealed partial class CliJson : JsonSerializerContext;
