using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Core;
using Strata.Images.Blueprints;
using Strata.Images.Building;

namespace Strata.Images.Budgets;

/// <summary>What the last build that kept its budgets consisted of: to tell what changed when one does not.</summary>
/// <param name="Format">Version of this form.</param>
/// <param name="Version">Version of the blueprint.</param>
/// <param name="Bytes">What is fetched.</param>
/// <param name="KernelBytes">The kernel in it.</param>
/// <param name="Parts">What the rest came from, by name.</param>
public sealed record GoodBuild(int Format, string Version, long Bytes, long KernelBytes, IReadOnlyList<GoodPart> Parts)
{
    private const int CurrentFormat = 1;
    private const int MostBytes = 16 << 20;
    private const int Named = 8;

    /// <summary>Describes a build.</summary>
    public static GoodBuild Of(Blueprint blueprint, BuildManifest manifest, long bytes)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(manifest);
        Dictionary<string, string> versions = manifest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);
        return new GoodBuild(CurrentFormat, manifest.Version, bytes, manifest.KernelBytes,
        [
            .. manifest.Entries.GroupBy(e => e.Package ?? e.Reason).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new GoodPart(g.Key, versions.GetValueOrDefault(g.Key, ""), SliceText.Of(blueprint, g.Key), g.Sum(e => e.Share)))
                .Where(p => p.Packed > 0),
        ]);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null when there is nothing of the kind, for it only serves a message.</summary>
    public static GoodBuild? TryRead(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Exists && file.Length <= MostBytes
                && JsonSerializer.Deserialize(File.ReadAllBytes(path), GoodBuildJson.Default.GoodBuild) is { Format: CurrentFormat } read ? read : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>As JSON.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, GoodBuildJson.Default.GoodBuild);

    /// <summary>Lines that tell what another build has more or less of, the largest difference first.</summary>
    /// <param name="bytes">What is fetched of the other.</param>
    /// <param name="kernelBytes">Its kernel.</param>
    /// <param name="parts">What else is in it.</param>
    public IReadOnlyList<string> ChangesTo(long bytes, long kernelBytes, IReadOnlyList<GoodPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Dictionary<string, GoodPart> before = Parts.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Dictionary<string, GoodPart> after = parts.ToDictionary(p => p.Name, StringComparer.Ordinal);
        List<(string Text, long Difference)> changes =
        [
            .. before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(n => Change(n, before.GetValueOrDefault(n), after.GetValueOrDefault(n))),
            ($"kernel: {Signed(kernelBytes - KernelBytes)}", kernelBytes - KernelBytes),
        ];
        changes = [.. changes.Where(c => c.Difference != 0).OrderByDescending(c => Math.Abs(c.Difference)).ThenBy(c => c.Text, StringComparer.Ordinal)];
        string head = $"since the last build within its budgets (version {Version}, {new ByteSize(Bytes)}): {Signed(bytes - Bytes)}";
        int more = Math.Max(0, changes.Count - Named);
        return [head, .. changes.Take(Named).Select(c => "  " + c.Text), .. more > 0 ? [$"  and {more} smaller changes"] : Array.Empty<string>()];
    }

    private static (string Text, long Difference) Change(string name, GoodPart? before, GoodPart? after)
    {
        long difference = (after?.Packed ?? 0) - (before?.Packed ?? 0);
        string how = before is null ? " (new)" : after is null ? " (gone)" : before.Version != after.Version ? $" ({before.Version} -> {after.Version})" : "";
        return ($"{name}: {Signed(difference)}{how}", difference);
    }

    private static string Signed(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));
}

/// <summary>A package of a build, or an effect.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version; empty for an effect.</param>
/// <param name="Slice">What capabilities take of it (<see cref="SliceText"/>); empty when it only came along.</param>
/// <param name="Packed">Its part of what is fetched.</param>
public sealed record GoodPart(string Name, string Version, string Slice, long Packed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, WriteIndented = false)]
[JsonSerializable(typeof(GoodBuild))]
internal sealed partial class GoodBuildJson : JsonSerializerContext;
