using System.Text;
using System.Text.Json;
using Strata.Inventory.Provenance;
using Strata.Inventory.Tests.Bills;

namespace Strata.Inventory.Tests;

public class ProvenanceStatementTests
{
    private static readonly BuildProvenance s_build = new()
    {
        Edition = "made",
        Version = "1.0 \"b\"",
        Architecture = "amd64",
        Kind = "pxe",
        Blueprint = MadeBill.Digest("blueprint"),
        Lock = MadeBill.Digest("lock"),
        Tool = "0.1.0",
        Subjects = [new("pxe/SHA256SUMS", MadeBill.Digest("sums")), new("pxe/vmlinuz", MadeBill.Digest("kernel"))],
        Inputs =
        [
            new("linux-source-6.12", "pkg:deb/debian/linux-source-6.12@6.12?arch=all", MadeBill.Digest("source"), "kernel-source"),
            new("early-init", "pkg:generic/strata-early-init@0.1.0", MadeBill.Digest("init"), "program"),
        ],
        Kernel = new("6.12.117", "nano", MadeBill.Digest("image"), MadeBill.Digest("config")),
    };

    /// <summary>The required fields of in-toto (spec/v1: statement.md, resource_descriptor.md) and slsa.dev/provenance/v1.</summary>
    [Fact]
    public void Write_WholeBuild_HasEveryFieldThatTheFormsRequire()
    {
        using JsonDocument document = JsonDocument.Parse(ProvenanceStatement.Write(s_build));
        JsonElement statement = document.RootElement;
        Assert.Equal("https://in-toto.io/Statement/v1", statement.GetProperty("_type").GetString());
        Assert.Equal("https://slsa.dev/provenance/v1", statement.GetProperty("predicateType").GetString());
        Assert.Equal(["_type", "subject", "predicateType", "predicate"], statement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(
            s_build.Subjects.Select(s => (s.Name, s.Digest.ToString())),
            statement.GetProperty("subject").EnumerateArray()
                .Select(s => (s.GetProperty("name").GetString()!, s.GetProperty("digest").GetProperty("sha256").GetString()!)));
        JsonElement definition = statement.GetProperty("predicate").GetProperty("buildDefinition");
        Assert.True(Uri.IsWellFormedUriString(definition.GetProperty("buildType").GetString(), UriKind.Absolute));
        Assert.Equal("pxe", definition.GetProperty("externalParameters").GetProperty("image").GetString());
        JsonElement[] inputs = [.. definition.GetProperty("resolvedDependencies").EnumerateArray()];
        Assert.Equal(["strata.lock", "linux-source-6.12", "early-init"], inputs.Select(i => i.GetProperty("name").GetString()));
        Assert.Equal("kernel-source", inputs[1].GetProperty("annotations").GetProperty("role").GetString());
        JsonElement builder = statement.GetProperty("predicate").GetProperty("runDetails").GetProperty("builder");
        Assert.True(Uri.IsWellFormedUriString(builder.GetProperty("id").GetString(), UriKind.Absolute));
        Assert.Equal("0.1.0", builder.GetProperty("version").GetProperty("strata").GetString());
    }

    [Fact]
    public void Write_KernelOutOfAPackage_LeavesOutInternalParameters()
    {
        using JsonDocument document = JsonDocument.Parse(ProvenanceStatement.Write(s_build with { Kernel = null }));
        JsonElement definition = document.RootElement.GetProperty("predicate").GetProperty("buildDefinition");
        Assert.False(definition.TryGetProperty("internalParameters", out _));
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytesWithoutATime()
    {
        string text = Encoding.UTF8.GetString(ProvenanceStatement.Write(s_build));
        Assert.Equal(text, Encoding.UTF8.GetString(ProvenanceStatement.Write(s_build)));
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("startedOn", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
    }
}
