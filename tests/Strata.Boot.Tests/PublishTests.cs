using System.Text.Json.Nodes;
using Strata.Core;
using Strata.Testing;
using Strata.Updates.Releases;

namespace Strata.Boot.Tests;

/// <summary>Two releases of an edition of one's own, built and published as an owner does it.</summary>
public class PublishTests
{
    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Add_TwoReleases_ArePublishedSignedAndPlanned()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(
            folder["mine/edition.yaml"],
            "edition: mine\nversion: \"1\"\nkernel: capability\nlayout: layers\n" +
            "base: [shell, fresh]\ncapabilities: [shell, fresh]\ncommand-line: quiet\n");
        Run(folder, "keys", "new", "keys", "--owner", "Anna");
        Run(folder, "keys", "updates", "keys");
        Run(folder, "publish", "new", "site", "--keys", "keys");
        JsonNode first = Add(folder, "one");
        Assert.Equal("mine", first["edition"]!.GetValue<string>());
        Assert.Equal(1, first["counter"]!.GetValue<int>());
        Assert.True(first["published"]!.GetValue<bool>());
        JsonNode second = Add(folder, "two");
        Assert.Equal(2, second["counter"]!.GetValue<int>());
        Assert.False(Add(folder, "two")["published"]!.GetValue<bool>());

        PublishedRelease newest = ReleaseOf(folder, 2);
        Assert.Equal(["base", "fresh", "shell", "system"], newest.Release.Layers.Select(l => l.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["cyclonedx", "spdx"], newest.Bills.Select(b => b.Form));
        foreach (PublishedFile file in newest.Bills.Select(b => b.File).Append(newest.Uki).Concat(newest.Layers.Select(l => l.Index)))
        {
            byte[] content = File.ReadAllBytes(folder["site/" + Medium.PathOf(file.Digest)]);
            Assert.Equal((file.Size, file.Digest), (content.LongLength, Sha256Digest.Of(content)));
        }
        (int code, string said) = Oracle.Run(
            "sbverify", "--cert", folder["keys/db.crt"], folder["site/" + Medium.PathOf(newest.Uki.Digest)]);
        Assert.True(code == 0, said);

        JsonNode plan = Plan(folder, "--from", "1");
        Assert.Equal(second["full"]!.GetValue<long>(), plan["full"]!.GetValue<long>());
        Dictionary<string, string> ways = plan["layers"]!.AsArray().ToDictionary(
            l => l!["layer"]!.GetValue<string>(), l => l!["way"]!.GetValue<string>());
        Assert.Equal("nothing", ways["shell"]);
        Assert.NotEqual("nothing", ways["fresh"]);
        long changed = newest.Release.Layers.Zip(newest.Layers).Where(l => ways[l.First.Name] != "nothing")
            .Sum(l => l.First.Size + l.Second.ManifestSize + l.Second.Index.Size);
        Assert.InRange(plan["fetched"]!.GetValue<long>(), newest.Uki.Size + 1, newest.Uki.Size + changed);

        // the same out of what a machine has on its volume, which knows nothing of its kernel image
        Directory.CreateDirectory(folder["volume"]);
        File.WriteAllBytes(folder["volume/release.json"], ReleaseWriter.Write(ReleaseOf(folder, 1).Release));
        Directory.CreateSymbolicLink(folder["volume/strata"], folder["site/strata"]);
        Assert.Equal(plan.ToJsonString(), Plan(folder, "--have", "volume").ToJsonString());
    }

    [SkippableTheory]
    [InlineData("container-static", "cannot publish container-static: it has no kernel", "strata push")]
    public void Add_WhatHasNoLayers_IsRefused(string edition, string problem, string hint)
    {
        using TemporaryFolder folder = new();
        Run(folder, "keys", "updates", "keys");
        Run(folder, "publish", "new", "site", "--keys", "keys");
        Failure.Says(StrataProgram.Run(folder.Path, "publish", "add", edition, "--to", "site", "--keys", "keys"), 1, problem, hint);
        Assert.False(Directory.Exists(folder["site/strata"]));
    }

    private static JsonNode Add(TemporaryFolder folder, string content)
    {
        File.WriteAllText(
            folder["mine/capabilities/fresh.yaml"],
            $"capability: fresh\ndescription: For a test\nfiles:\n  /usr/share/fresh: {{content: \"{content}\"}}\n");
        return JsonNode.Parse(Run(folder, "publish", "add", "./mine", "--to", "site", "--keys", "keys", "--json"))!;
    }

    private static JsonNode Plan(TemporaryFolder folder, params string[] old) =>
        JsonNode.Parse(Run(folder, ["publish", "plan", "site", .. old, "--json"]))!;

    private static PublishedRelease ReleaseOf(TemporaryFolder folder, int counter) => PublishedReleaseText.Read(
        File.ReadAllBytes(Directory.EnumerateFiles(folder["site/targets/mine/amd64"], $"*.{counter}.json").Single()));

    private static string Run(TemporaryFolder folder, params string[] words)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, words);
        Assert.True(outcome.ExitCode == 0, outcome.All);
        return outcome.Output;
    }
}
