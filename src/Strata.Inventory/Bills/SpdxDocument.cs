using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Strata.Core;

namespace Strata.Inventory.Bills;

/// <summary>Writes a bill as an SPDX 2.3 document in JSON. Sections are those of the specification.</summary>
/// <remarks>
/// The release contains its layers, a layer its files and the packages that it has files of; a file was expanded from a package, a package
/// generated from its source. Licences are those that copyright files declare; nobody concluded anything.
/// </remarks>
internal static class SpdxDocument
{
    private const string None = "NOASSERTION";
    private const string OperatingSystem = "OPERATING_SYSTEM"; // as the schema of the JSON form has it; §7.24 writes it with a dash
    private const string Release = "SPDXRef-Release";
    private const string Kernel = "SPDXRef-Kernel";
    private const string KernelConfig = "SPDXRef-KernelConfiguration";

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
        private readonly ElementNames _names = new();
        private readonly List<(string From, string Relation, string To, string? Comment)> _relations = [];

        public void Write()
        {
            string name = $"{bill.Edition}-{bill.Version}{(bill.OnlyLayer is null ? "" : "-" + bill.OnlyLayer)}";
            json.WriteStartObject();
            json.WriteString("spdxVersion", "SPDX-2.3"); // §6.1
            json.WriteString("dataLicense", "CC0-1.0"); // §6.2: no other is allowed
            json.WriteString("SPDXID", "SPDXRef-DOCUMENT");
            json.WriteString("name", name);
            // §6.5: for who has no place of his own on the web, this form; nothing has to be there
            json.WriteString("documentNamespace", $"https://spdx.org/spdxdocs/{Uri.EscapeDataString(name)}-{BillIdentity.Of(bill)}");
            json.WriteStartObject("creationInfo");
            json.WriteString("created", BillIdentity.TimeOf(bill));
            json.WriteStartArray("creators");
            json.WriteStringValue("Tool: strata-" + bill.Tool);
            json.WriteEndArray();
            json.WriteString("comment", $"The time is that of the newest index of packages; the lock has SHA-256 {bill.Lock}.");
            json.WriteEndObject();
            WriteLicences();
            json.WriteStartArray("packages");
            WriteRelease();
            Dictionary<string, string> layers = WriteLayers();
            Dictionary<BillPackage, string> packages = WritePackages(layers);
            WriteKernel(packages);
            WritePrograms(layers);
            json.WriteEndArray();
            WriteFiles(layers, packages);
            WriteRelations();
            json.WriteEndObject();
        }

        private void WriteRelease()
        {
            json.WriteStartObject();
            WritePackageStart(Release, bill.Edition, bill.Version, null);
            json.WriteString("summary", bill.Title);
            json.WriteString("primaryPackagePurpose", bill.IsContainer ? "CONTAINER" : OperatingSystem);
            json.WriteEndObject();
            Relate("SPDXRef-DOCUMENT", "DESCRIBES", Release);
        }

        private Dictionary<string, string> WriteLayers()
        {
            Dictionary<string, string> ids = new(StringComparer.Ordinal);
            ILookup<string, BillFile> files = bill.Files.SelectMany(f => f.Layers.Select(l => (Layer: l, File: f)))
                .ToLookup(p => p.Layer, p => p.File);
            foreach (BillLayer layer in bill.Layers)
            {
                string id = ids[layer.Name] = _names.Of("Layer", layer.Name);
                BillFile[] own = [.. files[layer.Name]];
                json.WriteStartObject();
                WritePackageStart(id, layer.Name, bill.Version, null, own);
                json.WriteString("summary", layer.Description);
                json.WriteString("primaryPackagePurpose", "OTHER");
                WriteChecksums(layer.Digest, null);
                json.WriteEndObject();
                Relate(Release, "CONTAINS", id);
            }
            return ids;
        }

        private Dictionary<BillPackage, string> WritePackages(Dictionary<string, string> layers)
        {
            Dictionary<BillPackage, string> ids = new(ReferenceEqualityComparer.Instance);
            Dictionary<string, string> sources = new(StringComparer.Ordinal);
            foreach (BillPackage package in bill.Packages)
            {
                string id = ids[package] = _names.Of(
                    package.Role == BillRole.Contained ? "Package" : package.Role.ToString(), package.Name);
                json.WriteStartObject();
                WritePackageStart(id, package.Name, package.Version, package.Licence);
                WritePackageFacts(package);
                json.WriteEndObject();
                foreach (string layer in package.Layers)
                {
                    Relate(layers[layer], "CONTAINS", id,
                        string.Create(CultureInfo.InvariantCulture,
                            $"{package.Entries} of its {package.AllEntries} files and links are in the image"));
                }
                if (package.Source is not null)
                {
                    Relate(id, "GENERATED_FROM", SourceOf(package, package.Source, package.SourceVersion!));
                }
                if (package.Role is BillRole.Tool or BillRole.BuildTool)
                {
                    Relate(id, "BUILD_TOOL_OF", Release);
                }
            }
            return ids;

            string SourceOf(BillPackage package, string name, string version)
            {
                string key = $"{package.Archive} {name} {version}";
                if (!sources.TryGetValue(key, out string? source))
                {
                    source = sources[key] = _names.Of("Source", name);
                    json.WriteStartObject();
                    WritePackageStart(source, name, version, null);
                    json.WriteString("primaryPackagePurpose", "SOURCE");
                    WritePackageUrl(PackageUrl.OfSource(package, bill.Suite));
                    json.WriteEndObject();
                }
                return source;
            }
        }

        private void WritePackageFacts(BillPackage package)
        {
            json.WriteString("packageFileName", Path.GetFileName(package.Filename));
            if (package.Archive == BillPackage.Debian)
            {
                json.WriteString("supplier", "Organization: Debian");
            }
            if (package.Source is not null)
            {
                json.WriteString("sourceInfo", $"built from the source package {package.Source} {package.SourceVersion}");
            }
            if (package.Role == BillRole.Contained && package.Licence is null)
            {
                json.WriteString("licenseComments", "It has no copyright file.");
            }
            WriteChecksums(package.Sha256, null);
            WritePackageUrl(PackageUrl.Of(package, bill.Suite));
        }

        private void WriteKernel(Dictionary<BillPackage, string> packages)
        {
            if (bill.Kernel is not BillKernel kernel)
            {
                return;
            }
            json.WriteStartObject();
            WritePackageStart(Kernel, "linux", kernel.Release, "GPL-2.0-only WITH Linux-syscall-note");
            json.WriteString("summary", $"Linux, compiled with the profile '{kernel.Profile}'");
            json.WriteString("primaryPackagePurpose", OperatingSystem);
            WriteChecksums(kernel.Image, null);
            json.WriteEndObject();
            Relate(Release, "CONTAINS", Kernel);
            Relate(KernelConfig, "METAFILE_OF", Kernel);
            foreach ((BillPackage package, string id) in packages.Where(p => p.Key.Role == BillRole.KernelTool))
            {
                if (package.Name == kernel.SourcePackage)
                {
                    Relate(Kernel, "GENERATED_FROM", id);
                }
                else
                {
                    Relate(id, "BUILD_TOOL_OF", Kernel);
                }
            }
        }

        private void WritePrograms(Dictionary<string, string> layers)
        {
            foreach (BillProgram program in bill.Programs)
            {
                string id = _names.Of("Program", program.Name);
                json.WriteStartObject();
                WritePackageStart(id, program.Name, program.IsOurs ? bill.Tool : bill.Version, program.Licence);
                json.WriteString("summary", program.What);
                json.WriteString("primaryPackagePurpose", "APPLICATION");
                json.WriteString("sourceInfo", $"compiled from sources with SHA-256 {program.Sources}");
                json.WriteEndObject();
                Relate(program.Layer is string layer ? layers[layer] : Release, "CONTAINS", id);
            }
        }

        private void WriteFiles(Dictionary<string, string> layers, Dictionary<BillPackage, string> packages)
        {
            Dictionary<string, string> byName = packages.Where(p => p.Key.Role == BillRole.Contained)
                .ToDictionary(p => p.Key.Name, p => p.Value, StringComparer.Ordinal);
            json.WriteStartArray("files");
            foreach (BillFile file in bill.Files)
            {
                string id = "SPDXRef-File-" + BillIdentity.NameOf(file.Path);
                WriteFile(id, "." + file.Path, file.Sha256, file.Sha1);
                foreach (string layer in file.Layers)
                {
                    Relate(layers[layer], "CONTAINS", id);
                }
                if (file.Package is string package && byName.TryGetValue(package, out string? from))
                {
                    Relate(id, "EXPANDED_FROM_ARCHIVE", from);
                }
            }
            if (bill.Kernel is BillKernel kernel)
            {
                WriteFile(KernelConfig, "./.config", Sha256Digest.Of(kernel.Config.Span),
                    Formats.Digests.Sha1Digest.Of(kernel.Config.Span));
            }
            json.WriteEndArray();
        }

        private void WriteFile(string id, string name, Sha256Digest sha256, Formats.Digests.Sha1Digest sha1)
        {
            json.WriteStartObject();
            json.WriteString("SPDXID", id);
            json.WriteString("fileName", name);
            WriteChecksums(sha256, sha1);
            json.WriteEndObject();
        }

        private void WriteLicences()
        {
            json.WriteStartArray("hasExtractedLicensingInfos"); // §10: whoever uses a LicenseRef gives its text
            foreach ((string name, string text) in bill.LicenceTexts.OrderBy(t => t.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("licenseId", name);
                json.WriteString("name", name);
                json.WriteString("extractedText", text);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        private void WriteRelations()
        {
            json.WriteStartArray("relationships");
            foreach ((string from, string relation, string to, string? comment) in _relations)
            {
                json.WriteStartObject();
                json.WriteString("spdxElementId", from);
                json.WriteString("relationshipType", relation);
                json.WriteString("relatedSpdxElement", to);
                if (comment is not null)
                {
                    json.WriteString("comment", comment);
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        private void WritePackageStart(string id, string name, string version, string? licence, IReadOnlyList<BillFile>? files = null)
        {
            json.WriteString("SPDXID", id);
            json.WriteString("name", name);
            json.WriteString("versionInfo", version);
            json.WriteString("downloadLocation", None);
            json.WriteBoolean("filesAnalyzed", files is { Count: > 0 });
            if (files is { Count: > 0 })
            {
                json.WriteStartObject("packageVerificationCode");
                json.WriteString("packageVerificationCodeValue", VerificationCode(files));
                json.WriteEndObject();
            }
            json.WriteString("licenseConcluded", None);
            json.WriteString("licenseDeclared", licence ?? None);
            json.WriteString("copyrightText", None);
        }

        private void WriteChecksums(Sha256Digest? sha256, Formats.Digests.Sha1Digest? sha1)
        {
            if (sha256 is null && sha1 is null)
            {
                return;
            }
            json.WriteStartArray("checksums");
            foreach ((string algorithm, string? value) in new[] { ("SHA1", sha1?.ToString()), ("SHA256", sha256?.ToString()) })
            {
                if (value is not null)
                {
                    json.WriteStartObject();
                    json.WriteString("algorithm", algorithm);
                    json.WriteString("checksumValue", value);
                    json.WriteEndObject();
                }
            }
            json.WriteEndArray();
        }

        private void WritePackageUrl(string url)
        {
            json.WriteStartArray("externalRefs");
            json.WriteStartObject();
            json.WriteString("referenceCategory", "PACKAGE-MANAGER");
            json.WriteString("referenceType", "purl");
            json.WriteString("referenceLocator", url);
            json.WriteEndObject();
            json.WriteEndArray();
        }

        private void Relate(string from, string relation, string to, string? comment = null) =>
            _relations.Add((from, relation, to, comment));

        // §7.9.4: SHA-1 of the sorted SHA-1s of all files, written one after the other
        private static string VerificationCode(IReadOnlyList<BillFile> files)
        {
            using IncrementalHash hash = Formats.Digests.Sha1Digest.Start();
            foreach (string sha1 in files.Select(f => f.Sha1.ToString()).Order(StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.ASCII.GetBytes(sha1));
            }
            return Formats.Digests.Sha1Digest.Finish(hash).ToString();
        }
    }
}
