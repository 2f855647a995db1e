using System.Text;
using System.Text.Json.Nodes;
using Strata.Core;
using Strata.Formats.Oci;

namespace Strata.Formats.Tests.Oci;

public class OciIndexTests
{
    private static readonly OciDescriptor s_one = OciDescriptor.OfManifest(Sha256Digest.Of("one"u8), 3);
    private static readonly OciDescriptor s_two = OciDescriptor.OfManifest(Sha256Digest.Of("two"u8), 4);

    [Fact]
    public void Write_Images_SaysWhatEachRunsOn()
    {
        JsonArray manifests = Manifests(OciIndex.Write(
        [
            new OciIndexEntry(s_one) { Architecture = GuestArchitecture.Amd64 },
            new OciIndexEntry(s_two) { Architecture = GuestArchitecture.Arm64 },
        ]));
        Assert.Equal(
            ["""{"architecture":"amd64","os":"linux"}""", """{"architecture":"arm64","os":"linux","variant":"v8"}"""],
            manifests.Select(m => m!["platform"]!.ToJsonString()));
        Assert.Equal([3, 4], manifests.Select(m => (int)m!["size"]!));
        Assert.All(manifests, m => Assert.Null(m!["annotations"]));
    }

    [Fact]
    public void WriteReferrers_OnesOfOthers_StayAsTheyAre()
    {
        const string Theirs =
            """{"mediaType":"x/y","digest":"sha256:ab","size":2,"artifactType":"sig","annotations":{"who":"they"},"more":[1]}""";
        byte[] before = Encoding.UTF8.GetBytes(
            $$"""{"schemaVersion":2,"manifests":[{{Theirs}},{"digest":"sha256:{{s_one.Digest}}","size":9}]}""");
        JsonArray manifests = Manifests(OciIndex.WriteReferrers(before, [new OciIndexEntry(s_one) { ArtifactType = "a/b" }]));
        Assert.Equal(Theirs, manifests[0]!.ToJsonString());
        Assert.Equal(("a/b", 3), ((string)manifests[1]!["artifactType"]!, (int)manifests[1]!["size"]!)); // ours is the newer one
        Assert.Equal(2, manifests.Count);
    }

    [Fact]
    public void WriteReferrers_Twice_AddsNothing()
    {
        byte[] first = OciIndex.WriteReferrers(null, [new OciIndexEntry(s_one), new OciIndexEntry(s_two)]);
        Assert.Equal(first, OciIndex.WriteReferrers(first, [new OciIndexEntry(s_one), new OciIndexEntry(s_two)]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"manifests":{}}""")]
    [InlineData("""{"manifests":[3]}""")]
    [InlineData("""{"manifests":[{"digest":4}]}""")]
    [InlineData("""{"manifests":[{"digest":"a","x":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}]}""")]
    public void WriteReferrers_WhatIsNoIndex_IsRefused(string before) => Assert.Contains(
        "it is no image index",
        Assert.Throws<ImageFormatException>(
            () => OciIndex.WriteReferrers(Encoding.UTF8.GetBytes(before), [new OciIndexEntry(s_one)])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void WriteReferrers_LargerThanRegistriesTake_IsRefused() => Assert.Throws<ImageFormatException>(
        () => OciIndex.WriteReferrers(new byte[OciIndex.MaxBytes + 1], [new OciIndexEntry(s_one)]));

    private static JsonArray Manifests(byte[] index) => JsonNode.Parse(index)!["manifests"]!.AsArray();
}
