using System.Security.Cryptography;
using System.Text.Json;
using Strata.Core;
using Strata.Store;

namespace Strata.Images.DevicePrograms;

/// <summary>
/// The packages that programs of the device are compiled with, each by its digest: whatever source NuGet takes them from, no other is used.
/// </summary>
/// <param name="digests">SHA-512 of each file in lower-case hexadecimal, by <c>name version</c>.</param>
internal sealed class DevicePackages(IReadOnlyDictionary<string, string> digests)
{
    /// <summary>The list, in the checkout: one for all programs and processors.</summary>
    public const string ListPath = "src/device-packages.sha512";

    private const long LargestAssets = 64 << 20;
    private const long LargestPackage = 1L << 30;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads the list: a package a line, name, version and SHA-512; lines that begin with '#' are for people.</summary>
    /// <exception cref="StrataException">The file is missing or a line is none.</exception>
    public static DevicePackages Read(string path)
    {
        Dictionary<string, string> digests = new(StringComparer.OrdinalIgnoreCase);
        using ForeignFolder folder = new(Path.GetDirectoryName(path)!);
        foreach (string line in folder.ReadText(Path.GetFileName(path), LargestAssets).Split('\n').Where(l => l.Length > 0 && l[0] != '#'))
        {
            string[] words = line.Split(' ');
            if (words.Length != 3 || words[2].Length != 2 * SHA512.HashSizeInBytes || !words[2].All(char.IsAsciiHexDigitLower)
                || !digests.TryAdd($"{words[0]} {words[1]}", words[2]))
            {
                throw new StrataException(
                    $"cannot read {path}: '{line}' is no package, or one a second time; expected NAME VERSION SHA-512");
            }
        }
        return new DevicePackages(digests);
    }

    /// <summary>Compares what was restored with the list.</summary>
    /// <param name="artifacts">
    /// The build's folder: <c>obj/PROJECT/project.assets.json</c> says what each project takes, and where it was put.
    /// </param>
    /// <exception cref="StrataException">A package is not on the list, or its file is another one.</exception>
    public void Check(string artifacts)
    {
        string objects = Path.Combine(artifacts, "obj");
        string[] files = Directory.Exists(objects)
            ? [.. Directory.EnumerateDirectories(objects).Select(p => Path.Combine(p, "project.assets.json")).Where(File.Exists)] : [];
        if (files.Length == 0)
        {
            throw new StrataException("cannot check the packages of the device's programs: restoring left no project.assets.json");
        }
        HashSet<string> done = new(StringComparer.Ordinal);
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            using ForeignFolder folder = new(Path.GetDirectoryName(file)!);
            try
            {
                using JsonDocument assets = JsonDocument.Parse(folder.Read(Path.GetFileName(file), LargestAssets), s_strict);
                string[] places = [.. assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(p => p.Name)];
                foreach ((string name, string version) in PackagesOf(assets.RootElement).Where(p => done.Add($"{p.Name} {p.Version}")))
                {
                    CheckOne(name, version, places);
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new StrataException($"cannot check the packages of the device's programs: {file} is not what NuGet writes: {e.Message}",
                    innerException: e);
            }
        }
    }

    private static IEnumerable<(string Name, string Version)> PackagesOf(JsonElement assets)
    {
        foreach (JsonProperty library in assets.GetProperty("libraries").EnumerateObject()
            .Where(l => l.Value.GetProperty("type").GetString() == "package"))
        {
            string[] parts = library.Name.Split('/');
            yield return (parts[0], parts[^1]);
        }
        foreach (JsonProperty framework in assets.GetProperty("project").GetProperty("frameworks").EnumerateObject())
        {
            if (framework.Value.TryGetProperty("downloadDependencies", out JsonElement asked))
            {
                foreach (JsonElement package in asked.EnumerateArray())
                {
                    // an exact range: "[10.0.12, 10.0.12]"
                    yield return (package.GetProperty("name").GetString()!,
                        package.GetProperty("version").GetString()!.Trim('[', ']').Split(',')[0]);
                }
            }
        }
    }

    private void CheckOne(string name, string version, string[] places)
    {
        string below = $"{name}/{version}/{name}.{version}.nupkg".ToLowerInvariant();
        string[] found = [.. places.Select(p => Path.Combine(p, below)).Where(File.Exists)];
        if (found.Length == 0)
        {
            throw new StrataException(
                $"cannot check the packages of the device's programs: {name} {version} was restored, but there is no file {below}");
        }
        foreach (string path in found)
        {
            using ForeignFolder folder = new(Path.GetDirectoryName(path)!);
            string digest = Convert.ToHexStringLower(SHA512.HashData(folder.Read(Path.GetFileName(path), LargestPackage)));
            if (!digests.TryGetValue($"{name} {version}", out string? expected))
            {
                throw new StrataException(
                    $"cannot use package {name} {version} for programs of the device: {ListPath} does not list it",
                    $"Who has looked at it adds the line '{name} {version} {digest}'.");
            }
            if (digest != expected)
            {
                throw new StrataException(
                    $"cannot use package {name} {version} for programs of the device: {path} has SHA-512 {digest[..16]}..., {ListPath} says "
                    + $"{expected[..16]}...",
                    "The package source of NuGet gave another file than the one that was looked at. Remove its folder, and ask the "
                    + "source, or use another.");
            }
        }
    }
}
