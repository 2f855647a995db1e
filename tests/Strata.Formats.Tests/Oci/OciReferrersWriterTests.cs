using System.Text.Json;
using Strata.Core;
using Strata.Formats.Oci;
using Strata.Testing;

namespace Strata.Formats.Tests.Oci;

/// <summary>Judged by skopeo, which reads each of them out of the layout by its name.</summary>
public sealed class OciReferrersWriterTests : IDisposable
{
    private static readonly OciDescriptor s_image = OciDescriptor.OfManifest(Sha256Digest.Of("image"u8), 5);
    private static readonly OciArtifact[] s_artifacts =
    [
        new("shell:0.1.spdx", "application/spdx+json", "shell.spdx.json", "{\"a\":1}"u8.ToArray()),
        new("shell:0.1.cyclonedx", "application/vnd.cyclonedx+json", "shell.cdx.json", "{\"b\":1}"u8.ToArray()),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("shell:0.1.spdx", "application/spdx+json", "{\"a\":1}")]
    [InlineData("shell:0.1.cyclonedx", "application/vnd.cyclonedx+json", "{\"b\":1}")]
    public void Write_Artifact_SkopeoFindsItWithItsSubjectAndCopiesIt(string name, string type, string content)
    {
        using (FileStream file = File.Create(_folder["referrers.tar"]))
        {
            OciReferrersWriter.Write(s_image, s_artifacts, file);
        }
        (int exitCode, string said) = Oracle.Run("skopeo", "inspect", "--raw", $"oci-archive:{_folder["referrers.tar"]}:{name}");
        Assert.True(exitCode == 0, said);
        using JsonDocument manifest = JsonDocument.Parse(said);
        JsonElement subject = manifest.RootElement.GetProperty("subject");
        Assert.Equal(
            ("sha256:" + Sha256Digest.Of("image"u8), 5, "application/vnd.oci.image.manifest.v1+json", type),
            (subject.GetProperty("digest").GetString(), subject.GetProperty("size").GetInt32(),
                subject.GetProperty("mediaType").GetString(),
                manifest.RootElement.GetProperty("artifactType").GetString()));

        (exitCode, said) = Oracle.Run(
            "skopeo", "--insecure-policy", "copy", $"oci-archive:{_folder["referrers.tar"]}:{name}",
                "dir:" + _folder[type.Replace('/', '-')]);
        Assert.True(exitCode == 0, said);
        Assert.Contains(content, Directory.EnumerateFiles(_folder[type.Replace('/', '-')]).Select(File.ReadAllText));
    }

    [Fact]
    public void Write_SameArtifacts_SameBytes()
    {
        using MemoryStream first = new();
        using MemoryStream second = new();
        OciReferrersWriter.Write(s_image, s_artifacts, first);
        OciReferrersWriter.Write(s_image, [.. s_artifacts.Select(a => a with { Content = a.Content.ToArray() })], second);
        Assert.Equal(first.ToArray(), second.ToArray());
    }
}
