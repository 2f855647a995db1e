using System.Globalization;
using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Formats.Digests;

namespace Strata.Inventory.Bills;

/// <summary>
/// Reads a bill out of the CycloneDX document that <see cref="BillForm.CycloneDx"/> wrote: of a release whose store is gone.
/// </summary>
/// <remarks>Texts of licences are in SPDX alone, and are not read.</remarks>
public static class BillReader
{
    /// <summary>Largest document that is read.</summary>
    public const int MaxBytes = 512 << 20;

    /// <summary>Reads a document.</summary>
    /// <param name="document">Its bytes.</param>
    /// <param name="name">What it is called, for messages.</param>
    /// <exception cref="StrataException">It is no such document, or strata did not write it.</exception>
    public static Bill Read(ReadOnlyMemory<byte> document, string name)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(document, new JsonDocumentOptions { AllowDuplicateProperties = false,
                MaxDepth = 32 });
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
            or OverflowException or ArgumentException)
        {
            throw new StrataException(
                $"cannot read the bill of materials {name}: {e.Message}",
                "Documents of CycloneDX that 'strata build --sbom' or 'strata sbom --format cyclonedx' wrote can be read.", e);
        }
    }

    private static Bill Read(JsonElement root)
    {
        if (root.GetProperty("bomFormat").GetString() != "CycloneDX")
        {
            throw new FormatException("it is no document of CycloneDX");
        }
        JsonElement metadata = root.GetProperty("metadata");
        JsonElement whole = metadata.GetProperty("component");
        Dictionary<string, string> facts = FactsOf(metadata);
        Dictionary<string, List<string>> layersOf = LayersOf(root);
        List<BillLayer> layers = [];
        List<BillPackage> packages = [];
        List<BillFile> files = [];
        List<BillProgram> programs = [];
        BillKernel? kernel = null;
        foreach (JsonElement component in root.GetProperty("components").EnumerateArray())
        {
            Dictionary<string, string> own = FactsOf(component);
            string reference = Text(component, "bom-ref");
            List<string> within = layersOf.GetValueOrDefault(reference) ?? [];
            switch (own.GetValueOrDefault("kind"))
            {
                case "layer":
                    layers.Add(new BillLayer(Text(component, "name"), Text(component, "description"), HashOf(component)));
                    break;
                case "package" or "tool" or "kernel-tool" or "build-tool":
                    packages.Add(PackageOf(component, own, within));
                    break;
                case "file":
                    files.Add(new BillFile(
                        Text(component, "name"), Number(own, "bytes"),
                            HashOf(component) ?? throw new FormatException("a file has no SHA-256"),
                        new Sha1Digest(Convert.FromHexString(HashText(component, "SHA-1")!)), within, own.GetValueOrDefault("package")));
                    break;
                case "kernel":
                    kernel = new BillKernel(
                        Text(component, "version"), own["kernel-profile"], HashOf(component) ?? default,
                        Encoding.UTF8.GetBytes(own["kernel-configuration"]), own["source"]);
                    break;
                case "program":
                    programs.Add(new BillProgram(
                        Text(component, "name"), Text(component, "description"), within.FirstOrDefault(),
                        Sha256Digest.Parse(own["sources-sha256"]), LicenceOf(component), own.ContainsKey("is-ours")));
                    break;
                default:
                    throw new FormatException($"component '{reference}' is of no kind that strata writes");
            }
        }
        return new Bill
        {
            Edition = Text(whole, "name"),
            Version = Text(whole, "version"),
            Title = Text(whole, "description"),
            Architecture = facts["architecture"],
            Suite = facts["suite"],
            IsContainer = Text(whole, "type") == "container",
            Lock = Sha256Digest.Parse(facts["lock-sha256"]),
            Time = DateTimeOffset.ParseExact(
                Text(metadata, "timestamp"), "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Tool = Text(metadata.GetProperty("tools").GetProperty("components")[0], "version"),
            OnlyLayer = facts.GetValueOrDefault("only-layer"),
            Layers = layers,
            Packages = packages,
            Files = files,
            Kernel = kernel,
            Programs = programs,
            LicenceTexts = new Dictionary<string, string>(),
            Parts = PrefixedBy(facts, "part:").ToDictionary(
                f => f.Name, f => long.Parse(f.Value, NumberStyles.None, CultureInfo.InvariantCulture), StringComparer.Ordinal),
            Vex = PrefixedBy(facts, "vex:").ToDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal),
            Budgets = PrefixedBy(facts, "budget:").ToDictionary(f => f.Name, f => f.Value, StringComparer.Ordinal),
        };
    }

    private static BillPackage PackageOf(JsonElement component, Dictionary<string, string> facts, List<string> layers)
    {
        string url = Text(component, "purl");
        int at = url.IndexOf("?arch=", StringComparison.Ordinal);
        return new BillPackage
        {
            Role = facts["kind"] switch
            {
                "package" => BillRole.Contained, "tool" => BillRole.Tool, "kernel-tool" => BillRole.KernelTool, _ => BillRole.BuildTool,
            },
            Name = Text(component, "name"),
            Version = Text(component, "version"),
            Architecture = at < 0 ? "" : url[(at + "?arch=".Length)..].Split('&')[0],
            Archive = facts["archive"],
            Suite = facts["suite"],
            Filename = facts["file"],
            Sha256 = HashOf(component) ?? throw new FormatException("a package has no SHA-256"),
            Source = facts.GetValueOrDefault("source"),
            SourceVersion = facts.GetValueOrDefault("source-version"),
            Licence = LicenceOf(component),
            HasCopyright = LicenceOf(component) is not null,
            Layers = layers,
            Entries = (int)Number(facts, "entries"),
            AllEntries = (int)Number(facts, "all-entries"),
            KernelImage = facts.GetValueOrDefault("kernel-image"),
            LeftOut = facts.GetValueOrDefault("left-out")?.Split('\n') ?? [],
        };
    }

    // what consists of what, the other way round: by part the layers that it is in
    private static Dictionary<string, List<string>> LayersOf(JsonElement root)
    {
        const string Layer = "layer/";
        Dictionary<string, string[]> parts = root.GetProperty("dependencies").EnumerateArray().ToDictionary(
            d => Text(d, "ref"), d => d.GetProperty("dependsOn").EnumerateArray().Select(p => p.GetString() ?? "").ToArray(),
            StringComparer.Ordinal);
        Dictionary<string, List<string>> layers = new(StringComparer.Ordinal);
        foreach (string layer in parts.GetValueOrDefault("release") ?? [])
        {
            foreach (string part in layer.StartsWith(Layer, StringComparison.Ordinal) ? parts.GetValueOrDefault(layer) ?? [] : [])
            {
                if (!layers.TryGetValue(part, out List<string>? names))
                {
                    layers.Add(part, names = []);
                }
                names.Add(layer[Layer.Length..]);
            }
        }
        return layers;
    }

    private static Dictionary<string, string> FactsOf(JsonElement element)
    {
        Dictionary<string, string> facts = new(StringComparer.Ordinal);
        foreach (JsonElement property in element.TryGetProperty("properties", out JsonElement all) ? all.EnumerateArray() : default)
        {
            if (Text(property, "name") is string name && name.StartsWith(CycloneDxDocument.Own, StringComparison.Ordinal))
            {
                facts[name[CycloneDxDocument.Own.Length..]] = Text(property, "value");
            }
        }
        return facts;
    }

    private static IEnumerable<(string Name, string Value)> PrefixedBy(Dictionary<string, string> facts, string prefix) =>
        facts.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(f => (f.Key[prefix.Length..], f.Value));

    private static Sha256Digest? HashOf(JsonElement component) =>
        HashText(component, "SHA-256") is string text ? Sha256Digest.Parse(text) : null;

    private static string? HashText(JsonElement component, string algorithm) => component.TryGetProperty("hashes", out JsonElement hashes)
        ? hashes.EnumerateArray().Where(h => Text(h, "alg") == algorithm).Select(h => Text(h, "content")).FirstOrDefault() : null;

    private static string? LicenceOf(JsonElement component) =>
        component.TryGetProperty("licenses", out JsonElement licences) ? Text(licences[0], "expression") : null;

    private static long Number(Dictionary<string, string> facts, string name) =>
        facts.TryGetValue(name, out string? text) ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new FormatException($"'{name}' is null");
}
