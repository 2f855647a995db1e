using System.Globalization;
using System.Text;
using System.Text.Json;
using Strata.Core;
using Strata.Formats.Digests;

namespace Strata.Inventory.Bills;

/// <summary>Writes a bill as a CycloneDX 1.6 document in JSON.</summary>
/// <remarks>
/// All components stand beside each other, and <c>dependencies</c> says what consists of what: the release of its layers, a layer of
/// packages and files. What only built it is there with the scope <c>excluded</c>.
/// </remarks>
internal static class CycloneDxDocument
{
    /// <summary>What our properties start with.</summary>
    internal const string Own = "strata:";

    private const string Release = "release";
    private const string Kernel = "kernel";

    /// <summary>Writes the document; the same bill gives the same bytes.</summary>
    /// <param name="bill">What to write.</param>
    /// <param name="target">Where; stays open.</param>
    public static void Write(Bill bill, Stream target)
    {
        ArgumentNullException.ThrowIfNull(bill);
        BillJson.Write(target, json => new Writer(bill, json).Write());
    }

    private sealed class Writer(Bill bill, Utf8JsonWriter json)
    {
        private readonly SortedDictionary<string, List<string>> _consists = new(StringComparer.Ordinal);

        public void Write()
        {
            json.WriteStartObject();
            json.WriteString("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", "1.6");
            json.WriteString("serialNumber", $"urn:uuid:{BillIdentity.Of(bill)}");
            json.WriteNumber("version", 1);
            WriteMetadata();
            json.WriteStartArray("components");
            foreach (BillLayer layer in bill.Layers)
            {
                WriteLayer(layer);
            }
            foreach (BillPackage package in bill.Packages)
            {
                WritePackage(package);
            }
            WriteKernel();
            WritePrograms();
            foreach (BillFile file in bill.Files)
            {
                WriteFile(file);
            }
            json.WriteEndArray();
            WriteDependencies();
            json.WriteEndObject();
        }

        private void WriteMetadata()
        {
            json.WriteStartObject("metadata");
            json.WriteString("timestamp", BillIdentity.TimeOf(bill));
            json.WriteStartObject("tools");
            json.WriteStartArray("components");
            json.WriteStartObject();
            json.WriteString("type", "application");
            json.WriteString("name", "strata");
            json.WriteString("version", bill.Tool);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteStartObject("component");
            WriteStart(bill.IsContainer ? "container" : "operating-system", Release, bill.Edition, bill.Version);
            json.WriteString("description", bill.Title);
            json.WriteEndObject();
            WriteProperties(
                [.. bill.Parts.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => ("part:" + p.Key, (string?)Number(p.Value))),
                .. bill.Budgets.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => ("budget:" + p.Key, (string?)p.Value)),
                .. bill.Vex.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => ("vex:" + p.Key, (string?)p.Value)),
                ("architecture", bill.Architecture), ("suite", bill.Suite), ("lock-sha256", bill.Lock.ToString()),
                    ("only-layer", bill.OnlyLayer)]);
            json.WriteEndObject();
        }

        private void WriteLayer(BillLayer layer)
        {
            json.WriteStartObject();
            WriteStart("data", RefOfLayer(layer.Name), layer.Name, bill.Version);
            json.WriteString("description", layer.Description);
            WriteHashes(layer.Digest, null);
            WriteProperties(("kind", "layer"));
            json.WriteEndObject();
            Consists(Release, RefOfLayer(layer.Name));
        }

        private void WritePackage(BillPackage package)
        {
            string name = RefOfPackage(package);
            json.WriteStartObject();
            WriteStart("library", name, package.Name, package.Version);
            if (package.Role != BillRole.Contained)
            {
                json.WriteString("scope", "excluded");
            }
            WriteHashes(package.Sha256, null);
            WriteLicence(package.Licence);
            json.WriteString("purl", PackageUrl.Of(package, bill.Suite));
            bool isContained = package.Role == BillRole.Contained;
            WriteProperties(
                ("kind", package.Role switch
                {
                    BillRole.Contained => "package", BillRole.Tool => "tool", BillRole.KernelTool => "kernel-tool", _ => "build-tool",
                }),
                ("source", package.Source), ("source-version", package.SourceVersion), ("suite", package.Suite),
                ("archive", package.Archive), ("file", package.Filename),
                ("entries", isContained ? Number(package.Entries) : null),
                    ("all-entries", isContained ? Number(package.AllEntries) : null),
                ("kernel-image", package.KernelImage),
                ("left-out", package.LeftOut.Count > 0 ? string.Join('\n', package.LeftOut) : null));
            json.WriteEndObject();
            foreach (string layer in package.Layers)
            {
                Consists(RefOfLayer(layer), name);
            }
        }

        private void WriteKernel()
        {
            if (bill.Kernel is not BillKernel kernel)
            {
                return;
            }
            json.WriteStartObject();
            WriteStart("operating-system", Kernel, "linux", kernel.Release);
            WriteHashes(kernel.Image, null);
            WriteLicence("GPL-2.0-only WITH Linux-syscall-note");
            WriteProperties(
                ("kind", "kernel"), ("kernel-profile", kernel.Profile),
                ("kernel-configuration-sha256", Sha256Digest.Of(kernel.Config.Span).ToString()),
                ("kernel-configuration", Encoding.UTF8.GetString(kernel.Config.Span)),
                ("source", kernel.SourcePackage));
            json.WriteEndObject();
            Consists(Release, Kernel);
        }

        private void WritePrograms()
        {
            foreach (BillProgram program in bill.Programs)
            {
                string name = "program/" + program.Name;
                json.WriteStartObject();
                WriteStart("application", name, program.Name, program.IsOurs ? bill.Tool : bill.Version);
                json.WriteString("description", program.What);
                WriteLicence(program.Licence);
                WriteProperties(("kind", "program"), ("sources-sha256", program.Sources.ToString()),
                    ("is-ours", program.IsOurs ? "true" : null));
                json.WriteEndObject();
                Consists(program.Layer is string layer ? RefOfLayer(layer) : Release, name);
            }
        }

        private void WriteFile(BillFile file)
        {
            string name = "file" + file.Path;
            json.WriteStartObject();
            json.WriteString("type", "file");
            json.WriteString("bom-ref", name);
            json.WriteString("name", file.Path);
            WriteHashes(file.Sha256, file.Sha1);
            WriteProperties(("kind", "file"), ("bytes", Number(file.Size)), ("package", file.Package));
            json.WriteEndObject();
            foreach (string layer in file.Layers)
            {
                Consists(RefOfLayer(layer), name);
            }
        }

        private void WriteDependencies()
        {
            json.WriteStartArray("dependencies");
            foreach ((string whole, List<string> parts) in _consists)
            {
                json.WriteStartObject();
                json.WriteString("ref", whole);
                json.WriteStartArray("dependsOn");
                foreach (string part in parts)
                {
                    json.WriteStringValue(part);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        private void WriteStart(string type, string reference, string name, string version)
        {
            json.WriteString("type", type);
            json.WriteString("bom-ref", reference);
            json.WriteString("name", name);
            json.WriteString("version", version);
        }

        private void WriteHashes(Sha256Digest? sha256, Sha1Digest? sha1)
        {
            if (sha256 is null && sha1 is null)
            {
                return;
            }
            json.WriteStartArray("hashes");
            foreach ((string algorithm, string? value) in new[] { ("SHA-1", sha1?.ToString()), ("SHA-256", sha256?.ToString()) })
            {
                if (value is not null)
                {
                    json.WriteStartObject();
                    json.WriteString("alg", algorithm);
                    json.WriteString("content", value);
                    json.WriteEndObject();
                }
            }
            json.WriteEndArray();
        }

        private void WriteLicence(string? expression)
        {
            if (expression is null)
            {
                return;
            }
            json.WriteStartArray("licenses");
            json.WriteStartObject();
            json.WriteString("expression", expression);
            json.WriteString("acknowledgement", "declared");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        private void WriteProperties(params IReadOnlyList<(string Name, string? Value)> properties)
        {
            json.WriteStartArray("properties");
            foreach ((string name, string? value) in properties)
            {
                if (value is not null)
                {
                    json.WriteStartObject();
                    json.WriteString("name", Own + name);
                    json.WriteString("value", value);
                    json.WriteEndObject();
                }
            }
            json.WriteEndArray();
        }

        private void Consists(string whole, string part)
        {
            if (!_consists.TryGetValue(whole, out List<string>? parts))
            {
                _consists.Add(whole, parts = []);
            }
            parts.Add(part);
        }

        private static string RefOfLayer(string name) => "layer/" + name;

        private static string RefOfPackage(BillPackage package) => package.Role switch
        {
            BillRole.Contained => "package/" + package.Name,
            BillRole.Tool => "tool/" + package.Name,
            BillRole.KernelTool => "kernel-tool/" + package.Name,
            _ => "build-tool/" + package.Name,
        };

        private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
    }
}
