using System.Text.Json;
using System.Text.Json.Serialization;
using Strata.Blueprints;
using Strata.Core;
using Strata.Images.Manifests;

namespace Strata.Images.Budgets;

/// <summary>What the last build that kept its budgets consisted of: to tell what changed when one does not.</summary>
/// <param name="Format">Version of this form.</param>
/// <param name="Version">Version of the blueprint.</param>
/// <param name="Bytes">What is fetched.</param>
/// <param name="KernelBytes">The kernel in it.</param>
/// <param name="Parts">What the rest came from, by name.</param>
public sealed record GoodBuild(int Format, string Version, long Bytes, long KernelBytes, IReadOnlyList<GoodPart> Parts)
{
    private const int CurrentFormat = 2;
    private const int MostBytes = 16 << 20;
    private const int Named = 8;
    private const long LargestSize = 1L << 40; // far above any image, far below what sums of many could overflow

    /// <summary>What a medium has besides the kernel and the files of the system: a part of an ISO image, and of nothing else.</summary>
    internal const string OfMedium = "boot loaders and tables";

    /// <summary>Describes a build.</summary>
    /// <param name="blueprint">What was taken of its packages.</param>
    /// <param name="manifest">What it consists of.</param>
    /// <param name="bytes">What is fetched of it.</param>
    /// <param name="isMedium">True for an ISO image: what it has of its own is a part too.</param>
    public static GoodBuild Of(Blueprint blueprint, BuildManifest manifest, long bytes, bool isMedium = false)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(manifest);
        Dictionary<string, string> versions = manifest.Packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.Ordinal);
        return new GoodBuild(CurrentFormat, manifest.Version, bytes, manifest.KernelBytes,
        [
            .. manifest.Entries.GroupBy(e => e.Package ?? e.Reason).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new GoodPart(g.Key, versions.GetValueOrDefault(g.Key, ""), SliceText.Of(blueprint, g.Key), g.Sum(e => e.Size), g.Sum(e => e.Share)))
                .Where(p => p.Packed > 0),
            .. isMedium ? [new GoodPart(OfMedium, "", "", OwnBytes(manifest, bytes), OwnBytes(manifest, bytes))] : Array.Empty<GoodPart>(),
        ]);
    }

    /// <summary>Bytes that an ISO image has of its own.</summary>
    internal static long OwnBytes(BuildManifest manifest, long bytes) =>
        Math.Max(0, bytes - manifest.Entries.Sum(e => e.Share) - manifest.KernelBytes);

    /// <summary>Reads what <see cref="Write"/> wrote; null when there is nothing of the kind, for it only serves a message.</summary>
    public static GoodBuild? TryRead(string path)
    {
        try
        {
            FileInfo file = new(path);
            return file.Exists && file.Length <= MostBytes
                && JsonSerializer.Deserialize(File.ReadAllBytes(path), GoodBuildJson.Default.GoodBuild) is GoodBuild read
                && read.IsSound() ? read : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>True when everything is there, each name once, and no difference of two sizes leaves its type.</summary>
    private bool IsSound() => Format == CurrentFormat && Version is not null && IsSize(Bytes) && IsSize(KernelBytes) && Parts is not null
        && Parts.All(p => p is { Name: not null, Version: not null, Slice: not null } && IsSize(p.Plain) && IsSize(p.Packed))
        && Parts.DistinctBy(p => p.Name, StringComparer.Ordinal).Count() == Parts.Count;

    private static bool IsSize(long bytes) => bytes is >= 0 and <= LargestSize;

    /// <summary>As JSON.</summary>
    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, GoodBuildJson.Default.GoodBuild);

    /// <summary>Lines that tell what another build has more or less of, the largest difference first; last, how much estimates of all the rest moved with it.</summary>
    /// <param name="bytes">What is fetched of the other.</param>
    /// <param name="kernelBytes">Its kernel.</param>
    /// <param name="parts">What else is in it.</param>
    public IReadOnlyList<string> ChangesTo(long bytes, long kernelBytes, IReadOnlyList<GoodPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        Dictionary<string, GoodPart> before = Parts.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Dictionary<string, GoodPart> after = parts.ToDictionary(p => p.Name, StringComparer.Ordinal);
        List<(string Text, long Difference)> changes = [($"kernel: {Signed(kernelBytes - KernelBytes)}", kernelBytes - KernelBytes)];
        long moved = 0;
        foreach (string name in before.Keys.Union(after.Keys, StringComparer.Ordinal))
        {
            (GoodPart? was, GoodPart? now) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            long difference = (now?.Packed ?? 0) - (was?.Packed ?? 0);
            if (name == OfMedium && (was is null || now is null))
            {
                continue; // one of the two is no ISO image
            }
            if (was?.Version == now?.Version && was?.Plain == now?.Plain)
            {
                moved += difference;
                continue;
            }
            string how = was is null ? " (new)" : now is null ? " (gone)" : was.Version != now.Version ? $" ({was.Version} -> {now.Version})" : "";
            changes.Add(($"{name}: {Signed(difference)}{how}", difference));
        }
        changes = [.. changes.Where(c => c.Difference != 0).OrderByDescending(c => Math.Abs(c.Difference)).ThenBy(c => c.Text, StringComparer.Ordinal)];
        List<string> lines = [$"since the last build within its budgets (version {Version}, {new ByteSize(Bytes)}): {Signed(bytes - Bytes)}"];
        lines.AddRange(changes.Take(Named).Select(c => "  " + c.Text));
        if (changes.Count > Named)
        {
            lines.Add($"  and {changes.Count - Named} smaller changes");
        }
        if (moved != 0)
        {
            lines.Add($"  estimates of what did not change, which share a dictionary with it: {Signed(moved)}");
        }
        return lines;
    }

    private static string Signed(long bytes) => (bytes < 0 ? "-" : "+") + new ByteSize(Math.Abs(bytes));
}

/// <summary>A package of a build, or an effect.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version; empty for an effect.</param>
/// <param name="Slice">What capabilities take of it (<see cref="SliceText"/>); empty when it only came along.</param>
/// <param name="Plain">Bytes of its files.</param>
/// <param name="Packed">Its part of what is fetched: an estimate, for files that are compressed together share what they have in common.</param>
public sealed record GoodPart(string Name, string Version, string Slice, long Plain, long Packed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, WriteIndented = false)]
[JsonSerializable(typeof(GoodBuild))]
internal sealed partial class GoodBuildJson : JsonSerializerContext;
