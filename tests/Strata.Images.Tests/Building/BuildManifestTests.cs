using System.Text;
using Strata.Core;
using Strata.Images.Manifests;

namespace Strata.Images.Tests.Building;

public class BuildManifestTests
{
    private static readonly BuildManifest s_typical = new()
    {
        Format = BuildManifest.CurrentFormat,
        Edition = "small",
        Version = "1",
        Architecture = "amd64",
        Kernel = "6.12",
        KernelBytes = 1,
        InitramfsBytes = 2,
        UkiBytes = 3,
        ContainerBytes = 0,
        Capabilities = [new ManifestCapability("shell", "a shell", "web")],
        Packages = [new ManifestPackage("bash", "5.2", new string('a', 64), "web", "Depends: bash")],
        Entries = [new ManifestEntry("/bin/sh", "link", "0777", "0:0", 0, 4, null, "bash", "shell", "bash", "program")],
        Ledger = [],
    };

    [Fact]
    public void FromJson_WhatWasWritten_IsTheSameBytesAgain()
    {
        byte[] json = s_typical.ToJson();
        BuildManifest read = BuildManifest.FromJson(new MemoryStream(json));
        Assert.Equal(json, read.ToJson());
        Assert.Equal(s_typical.Entries, read.Entries);
        Assert.Equal(s_typical.Packages, read.Packages);
        Assert.Equal(s_typical.Capabilities, read.Capabilities);
    }

    /// <summary>One that another version left in the store would be read with what is new in it missing.</summary>
    [Theory]
    [InlineData("\"format\":4", "\"format\":3", "unknown format")]
    [InlineData("\"format\":4", "\"format\":5", "unknown format")]
    [InlineData("\"format\":4,", "", "format")]
    [InlineData("\"uki-bytes\":3,", "", "uki-bytes")]
    [InlineData("{", "[", "cannot read the build manifest")]
    public void FromJson_OfAnotherFormat_IsRefused(string from, string to, string problem)
    {
        string json = Encoding.UTF8.GetString(s_typical.ToJson());
        Assert.Contains(from, json, StringComparison.Ordinal);
        string changed = json.Replace(from, to, StringComparison.Ordinal);
        StrataException e = Assert.Throws<StrataException>(() => BuildManifest.FromJson(new MemoryStream(Encoding.UTF8.GetBytes(changed))));
        Assert.Contains("cannot read the build manifest", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromJson_Null_IsRefused() =>
        Assert.Throws<StrataException>(() => BuildManifest.FromJson(new MemoryStream("null"u8.ToArray())));

    [Theory]
    [InlineData(0, 3)]
    [InlineData(7, 7)]
    public void ImageBytes_OfAContainer_AreItsOwn(long container, long expected) =>
        Assert.Equal(expected, (s_typical with { ContainerBytes = container }).ImageBytes);
}
