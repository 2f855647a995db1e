using System.Text.Json.Serialization;

namespace Strata.Packages.Locks;

/// <summary>Members of a lock file, in their order.</summary>
internal sealed class LockMembers
{
    public required int Format { get; init; }

    public required string Architecture { get; init; }

    public required IReadOnlyList<ReleaseMembers> Releases { get; init; }

    public required RequestMembers Request { get; init; }

    public required IReadOnlyList<PackageMembers> Packages { get; init; }
}

internal sealed class ReleaseMembers
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Archive { get; init; }

    public required string Suite { get; init; }

    public required string Date { get; init; }

    public required string Sha256 { get; init; }
}

internal sealed class RequestMembers
{
    public required IReadOnlyList<RootMembers> Roots { get; init; }

    public required IReadOnlyList<string> Cut { get; init; }

    public required bool Recommends { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ArchiveMembers>? Archives { get; init; }
}

internal sealed class ArchiveMembers
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Suites { get; init; }

    public required IReadOnlyList<string> Components { get; init; }

    public required IReadOnlyList<string> Keys { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Priority { get; init; }

    public required IReadOnlyList<string> Packages { get; init; }
}

internal sealed class RootMembers
{
    public required string Package { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Alone { get; init; }
}

internal sealed class PackageMembers
{
    public required string Name { get; init; }

    public required string Version { get; init; }

    public required string Architecture { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Archive { get; init; }

    public required string Suite { get; init; }

    public required string Component { get; init; }

    public required string Filename { get; init; }

    public required long Size { get; init; }

    public required string Sha256 { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequiredBy { get; init; }

    public required string Reason { get; init; }
}

/// <summary>Strict: no unknown member, none twice, no null where a value is needed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LockMembers))]
internal sealed partial class LockJson : JsonSerializerContext;
