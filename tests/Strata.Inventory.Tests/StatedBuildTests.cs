using System.Text;
using Strata.Core;
using Strata.Inventory.Provenance;
using Strata.Inventory.Tests.Bills;

namespace Strata.Inventory.Tests;

public class StatedBuildTests
{
    private static readonly BuildProvenance s_build = new()
    {
        Edition = "made", Version = "1.0", Architecture = "arm64", Kind = "disk", Blueprint = MadeBill.Digest("blueprint"),
        Lock = MadeBill.Digest("lock"), Tool = "0.1.0", Certificate = MadeBill.Digest("db"),
        Subjects = [new("made.img", MadeBill.Digest("image")), new("more", MadeBill.Digest("more"))], Inputs = [],
    };

    private static readonly string s_text = Encoding.UTF8.GetString(ProvenanceStatement.Write(s_build));

    [Fact]
    public void Read_WhatWasWritten_SaysTheSame()
    {
        StatedBuild read = Read(s_text);
        Assert.Equal(
            ("made", "1.0", "arm64", "disk", s_build.Blueprint, s_build.Lock, "0.1.0", s_build.Certificate),
            (read.Edition, read.Version, read.Architecture, read.Kind, read.Blueprint, read.Lock, read.Tool, read.Certificate));
        Assert.Equal(s_build.Subjects, read.Subjects);
        Assert.Null(Read(Encoding.UTF8.GetString(ProvenanceStatement.Write(s_build with { Certificate = null }))).Certificate);
    }

    [Theory]
    [InlineData("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v2", "expected 'https://in-toto.io/Statement/v1', found")]
    [InlineData("https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v2", "expected 'https://slsa.dev/provenance/v1', found")]
    [InlineData("pkg:generic/strata#docs/formats/provenance.md", "https://example.org/", "found 'https://example.org/'")]
    [InlineData("strata.lock", "other.lock", "expected 'strata.lock', found 'other.lock'")]
    [InlineData("\"blueprintSha256\": \"", "\"blueprintSha256\": \"x", "")]
    [InlineData("\"edition\": \"made\"", "\"edition\": null", "edition is null")]
    [InlineData("\"subject\": [", "\"nothing\": [], \"subject\": [7, ", "")]
    [InlineData("\"resolvedDependencies\": [", "\"resolvedDependencies\": [], \"x\": [", "")]
    public void Read_SomethingElse_SaysWhatIsWrong(string part, string other, string said)
    {
        Assert.Contains(part, s_text, StringComparison.Ordinal);
        StrataException refused = Assert.Throws<StrataException>(() => Read(s_text.Replace(part, other, StringComparison.Ordinal)));
        Assert.StartsWith("cannot read the statement x: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyFiles_AreRefused()
    {
        BuildProvenance Of(int files) =>
            s_build with { Subjects = [.. Enumerable.Range(0, files).Select(n => new ProvenanceSubject($"{n}", MadeBill.Digest("x")))] };
        Assert.Equal(1000, StatedBuild.Read(ProvenanceStatement.Write(Of(1000)), "x").Subjects.Count);
        foreach (int files in new[] { 0, 1001 })
        {
            StrataException refused = Assert.Throws<StrataException>(
                () => StatedBuild.Read(ProvenanceStatement.Write(Of(files)), "x"));
            Assert.Contains($"it is of {files} files, expected 1 to 1000", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public void Read_NoStatement_IsRefused(string text) => Assert.Throws<StrataException>(() => Read(text));

    [Fact]
    public void Read_NestedDeep_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"a\":", 17)) + "7" + new string('}', 17);
        Assert.Contains("16", Assert.Throws<StrataException>(() => Read(deep)).Message, StringComparison.Ordinal);
    }

    private static StatedBuild Read(string text) => StatedBuild.Read(Encoding.UTF8.GetBytes(text), "x");
}
