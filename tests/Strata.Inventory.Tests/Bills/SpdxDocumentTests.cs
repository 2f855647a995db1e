using System.Text.Json;
using Strata.Core;
using Strata.Inventory.Bills;
using Strata.Testing;

namespace Strata.Inventory.Tests.Bills;

public class SpdxDocumentTests
{
    /// <summary>
    /// schemas/spdx-schema.json of github.com/spdx/spdx-spec, tag v2.3. It is not carried here; whoever has it says where.
    /// </summary>
    [SkippableFact]
    public void Write_Bill_SatisfiesThePublishedSchema()
    {
        string? schema = Environment.GetEnvironmentVariable("STRATA_TEST_SPDX_SCHEMA");
        Skip.If(schema is null or "", "STRATA_TEST_SPDX_SCHEMA names no file");
        BillJudges.CheckSchema(schema, BillForm.Spdx.Write(MadeBill.Whole));
        BillJudges.CheckSchema(schema, BillForm.Spdx.Write(MadeBill.Whole.OfLayer("none")));
    }

    [SkippableFact]
    public void Write_Licences_AreExpressionsThatSpdxKnows()
    {
        using JsonDocument document = Document(MadeBill.Whole);
        BillJudges.CheckExpressions(document.RootElement.GetProperty("packages").EnumerateArray()
            .Select(p => p.GetProperty("licenseDeclared").GetString()!).Where(l => l != "NOASSERTION").Distinct());
    }

    /// <summary>What SPDX 2.3 says of every element, by its sections.</summary>
    [Fact]
    public void Write_Bill_KeepsTheRulesOfTheSpecification()
    {
        using JsonDocument document = Document(MadeBill.Whole);
        JsonElement root = document.RootElement;
        Assert.Equal("SPDX-2.3", Text(root, "spdxVersion")); // §6.1
        Assert.Equal("CC0-1.0", Text(root, "dataLicense")); // §6.2
        Assert.Matches(@"^https://spdx\.org/spdxdocs/[^#\s]+-[0-9a-f-]{36}$", Text(root, "documentNamespace")); // §6.5
        Assert.Equal("2026-11-27T00:10:32Z", Text(root.GetProperty("creationInfo"), "created")); // §6.9: UTC, no fractions
        HashSet<string> names = ["SPDXRef-DOCUMENT"];
        foreach (JsonElement element in All(root, "packages").Concat(All(root, "files")))
        {
            Assert.Matches("^SPDXRef-[a-zA-Z0-9.-]+$", Text(element, "SPDXID")); // §7.2, §8.2
            Assert.True(names.Add(Text(element, "SPDXID")), $"{Text(element, "SPDXID")} comes twice");
        }
        foreach (JsonElement file in All(root, "files"))
        {
            Assert.StartsWith("./", Text(file, "fileName"), StringComparison.Ordinal); // §8.1
            Assert.Equal(["SHA1", "SHA256"], All(file, "checksums").Select(c => Text(c, "algorithm"))); // §8.4: SHA-1 is mandatory
        }
        foreach (JsonElement relation in All(root, "relationships")) // §11.1
        {
            Assert.Contains(Text(relation, "spdxElementId"), names);
            Assert.Contains(Text(relation, "relatedSpdxElement"), names);
        }
        Assert.Equal(["LicenseRef-Debian-own"], All(root, "hasExtractedLicensingInfos").Select(l => Text(l, "licenseId"))); // §10.1
    }

    /// <summary>§7.9.4, worked out by another: sha1sum of the sorted SHA-1s of the two files of the layer.</summary>
    [Fact]
    public void Write_Layer_HasTheVerificationCodeOfItsFiles()
    {
        using JsonDocument document = Document(MadeBill.Whole);
        JsonElement layer = All(document.RootElement, "packages").Single(p => Text(p, "SPDXID") == "SPDXRef-Layer-system");
        Assert.True(layer.GetProperty("filesAnalyzed").GetBoolean());
        (int exitCode, string said) = Run("printf %s /etc/motd | sha1sum; printf %s /usr/lib/both | sha1sum");
        Assert.Equal(0, exitCode);
        string[] sums = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l[..40]).Order(StringComparer.Ordinal)];
        (_, string code) = Run($"printf %s {string.Concat(sums)} | sha1sum");
        Assert.Equal(code[..40], Text(layer.GetProperty("packageVerificationCode"), "packageVerificationCodeValue"));

        static (int, string) Run(string command) => Oracle.Run("sh", "-c", command);
    }

    [Fact]
    public void Write_Relations_SayWhatIsMadeOfWhat()
    {
        using JsonDocument document = Document(MadeBill.Whole);
        string[] said =
        [
            .. All(document.RootElement, "relationships").Select(
                r => $"{Bare(r, "spdxElementId")} {Text(r, "relationshipType")} {Bare(r, "relatedSpdxElement")}"),
        ];
        Assert.Equal(said.Length, said.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(
            [
                "DOCUMENT DESCRIBES Release", "Release CONTAINS Layer-shell", "Release CONTAINS Layer-system",
                "Release CONTAINS Layer-none",
                "Layer-shell CONTAINS Package-libstdc--6", "Package-libstdc--6 GENERATED_FROM Source-gcc-14",
                "Layer-shell CONTAINS Package-libstdc--6.2", "Package-libstdc--6.2 GENERATED_FROM Source-libstdc--6",
                "Layer-shell CONTAINS Package-mine", "Layer-system CONTAINS Package-mine", "Package-mine GENERATED_FROM Source-mine",
                "Tool-xz-utils BUILD_TOOL_OF Release", "BuildTool-gcc BUILD_TOOL_OF Release", "Release CONTAINS Kernel",
                "KernelConfiguration METAFILE_OF Kernel", "KernelTool-gcc BUILD_TOOL_OF Kernel",
                "Kernel GENERATED_FROM KernelTool-linux-source-6.12", "Release CONTAINS Program-early-init",
                "Layer-shell CONTAINS Program-hello",
            ],
            said.Where(r => !r.Contains("File-", StringComparison.Ordinal)));
        Assert.Equal(3, said.Count(r => r.Contains(" EXPANDED_FROM_ARCHIVE ", StringComparison.Ordinal)));
        Assert.Equal(5, said.Count(r => r.Contains(" CONTAINS File-", StringComparison.Ordinal)));
    }

    [Fact]
    public void OfLayer_Layer_HasWhatLiesInItAlone()
    {
        Bill layer = MadeBill.Whole.OfLayer("system");
        Assert.Equal(["/etc/motd", "/usr/lib/both"], layer.Files.Select(f => f.Path));
        Assert.Equal(["mine"], layer.Packages.Select(p => p.Name));
        Assert.Empty(layer.LicenceTexts);
        Assert.Equal(["LicenseRef-Debian-own"], MadeBill.Whole.OfLayer("shell").LicenceTexts.Keys);
        Assert.Null(layer.Kernel);
        StrataException e = Assert.Throws<StrataException>(() => MadeBill.Whole.OfLayer("sytem"));
        Assert.Contains("did you mean", e.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static JsonDocument Document(Bill bill) => JsonDocument.Parse(BillForm.Spdx.Write(bill));

    private static JsonElement[] All(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray()];

    private static string Bare(JsonElement element, string name) => Text(element, name)["SPDXRef-".Length..];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
