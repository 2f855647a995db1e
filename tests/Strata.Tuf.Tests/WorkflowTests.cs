using System.Globalization;
using Strata.Tuf.Client;
using Strata.Tuf.Tests.Bench;

namespace Strata.Tuf.Tests;

/// <summary>The workflow of the specification (§5) with a repository that is as it should be.</summary>
public class WorkflowTests
{
    private readonly TestRepository _repository = new TestRepository().Begin();

    [Fact]
    public async Task Refresh_FirstTime_AsksForEachRoleOnce()
    {
        TestDevice device = new(_repository);
        Assert.Null(await device.RefusalAsync());
        Assert.Equal(["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"], _repository.Asked);
        Assert.Equal("root 1, snapshot 1, targets 1, timestamp 1", device.Versions);
        Assert.All(device.Files, f => Assert.Equal(_repository.Text(f.Key), f.Value)); // the very bytes
    }

    [Fact]
    public async Task Refresh_NothingNew_AsksForRootAndTimestampAlone()
    {
        TestDevice device = new(_repository);
        await device.RefreshAsync();
        _repository.Asked.Clear();
        await device.RefreshAsync();
        Assert.Equal(["2.root.json", "timestamp.json"], _repository.Asked);
    }

    [Fact]
    public async Task Refresh_NoConsistentSnapshots_AsksWithoutVersions()
    {
        _repository.IsConsistent = false;
        _repository.Publish("root", "targets", "snapshot", "timestamp");
        TestDevice device = new(_repository, _repository.Metadata["2.root.json"]);
        Assert.Null(await device.RefusalAsync());
        Assert.Equal(["3.root.json", "timestamp.json", "snapshot.json", "targets.json"], _repository.Asked);
    }

    [Fact]
    public async Task Refresh_ManyRoots_GoesThroughAllOfThem()
    {
        TestDevice device = new(_repository);
        for (int i = 0; i < 5; i++)
        {
            _repository.Keys["root"] = [TestKey.Ecdsa(), .. _repository.Keys["root"].Take(1)]; // signs, and the one before it
            _repository.Counted["root"] = [_repository.Keys["root"][0]];
            _repository.Publish("root");
        }
        Assert.Null(await device.RefusalAsync());
        Assert.StartsWith("root 6,", device.Versions, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rsa")]
    [InlineData("ed25519")]
    public async Task Refresh_RootWithAnotherKindOfKey_IsBelieved(string kind)
    {
        TestDevice device = new(_repository);
        _repository.Keys["root"].Add(kind == "rsa" ? TestKey.Rsa() : TestKey.Ed25519());
        _repository.Thresholds["root"] = 2;
        _repository.Publish("root");
        Assert.Null(await device.RefusalAsync());
        Assert.StartsWith("root 2,", device.Versions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_MembersThatNobodyKnows_AreSignedAsWell()
    {
        _repository.Edit("targets", s => s["x-later"] = new System.Text.Json.Nodes.JsonObject { ["b"] = 1, ["a"] = "é" });
        _repository.Publish("targets", "snapshot", "timestamp");
        TestDevice device = new(_repository);
        Assert.Null(await device.RefusalAsync());
    }

    [Fact]
    public async Task Refresh_RotatedTimestampKey_ForgetsVersionsThatRanAhead()
    {
        TestDevice device = new(_repository);
        _repository.Edit("timestamp", s => s["version"] = 99999); // §5.3.11: a fast-forward attack
        _repository.Publish("timestamp");
        Assert.Null(await device.RefusalAsync());

        _repository.Edit("timestamp", s => s["version"] = 1);
        _repository.Keys["timestamp"] = [TestKey.Ecdsa()];
        _repository.Publish("root", "timestamp");
        Assert.Null(await device.RefusalAsync());
        Assert.EndsWith("timestamp 2", device.Versions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_RotatedSnapshotKey_ForgetsVersionsThatRanAhead()
    {
        TestDevice device = new(_repository);
        _repository.Edit("targets", s => s["version"] = 99998);
        _repository.Publish("targets", "snapshot", "timestamp");
        Assert.Null(await device.RefusalAsync());

        _repository.Edit("targets", s => s["version"] = 1);
        _repository.Keys["snapshot"] = [TestKey.Ecdsa()];
        _repository.Publish("root", "targets", "snapshot", "timestamp");
        Assert.Null(await device.RefusalAsync());
        Assert.Contains("targets 2,", device.Versions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_ExpiredRootOfTheDevice_GoesOnToTheNext()
    {
        _repository.Publish("root");
        TestDevice device = new(_repository) { Now = new DateTimeOffset(2031, 6, 1, 0, 0, 0, TimeSpan.Zero) };
        foreach (string role in (ReadOnlySpan<string>)["root", "targets", "snapshot", "timestamp"])
        {
            _repository.Edit(role, s => s["expires"] = "2032-01-01T00:00:00Z");
        }
        _repository.Publish("root", "targets", "snapshot", "timestamp");
        Assert.Null(await device.RefusalAsync());
        Assert.Equal("root 3, snapshot 2, targets 2, timestamp 2", device.Versions);
    }

    [Fact]
    public async Task Fetch_File_HasItsBytes()
    {
        _repository.Add("targets", "path/to a/file.bin", "content"u8.ToArray());
        _repository.Publish("targets", "snapshot", "timestamp");
        byte[] content = [.. "content"u8];
        string name = _repository.Files.Keys.Single();
        _repository.Files[name.Replace(" ", "%20", StringComparison.Ordinal)] = content; // asked for in the form of an address
        Assert.Equal(content, await new TestDevice(_repository).FetchAsync("path/to a/file.bin"));
        Assert.Null(await new TestDevice(_repository).FetchAsync("path/to"));
    }

    [Theory]
    [InlineData("README.md", "A")]
    [InlineData("foo-1.tgz", "A")]
    [InlineData("foo-alpha.tgz", "")]
    [InlineData("README.MD", "")]
    [InlineData("releases/README.md", "")]
    [InlineData("releases/x/one", "B,C")]
    [InlineData("releases/y/one.zip", "B,D")]
    [InlineData("releases/z/one", "B")]
    public async Task Find_Delegations_AreAskedInOrder(string path, string roles)
    {
        Dictionary<string, string[]> left = new(StringComparer.Ordinal)
        {
            ["A"] = ["*.doc", "*.md", "foo-?.tgz"], ["B"] = ["releases/*/*"], ["C"] = ["releases/x/*"], ["D"] = ["releases/y/*.zip"],
        };
        foreach ((string role, string[] patterns) in left)
        {
            string from = role is "A" or "B" ? "targets" : "B";
            _repository.Delegate(from, role, patterns[0]);
            _repository.Edit(from, s => s["delegations"]!["roles"]!.AsArray()[^1]!["paths"] =
                new System.Text.Json.Nodes.JsonArray([.. patterns.Select(p => (System.Text.Json.Nodes.JsonNode)p)]));
        }
        _repository.Publish("A", "C", "D", "B", "targets", "snapshot", "timestamp");
        UpdateClient client = await new TestDevice(_repository).RefreshAsync();
        _repository.Asked.Clear();
        await client.FindAsync(path);
        Assert.Equal(roles.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(r => $"1.{r}.json"), _repository.Asked);
    }

    [Fact]
    public async Task Find_TerminatingDelegation_IsTheLastButForItsOwn()
    {
        _repository.Delegate("A", "C", "*", isTerminating: true);
        _repository.Delegate("A", "D", "*");
        _repository.Delegate("targets", "A", "*");
        _repository.Delegate("targets", "B", "*");
        _repository.Delegate("C", "E", "*");
        _repository.Publish("A", "B", "C", "D", "E", "targets", "snapshot", "timestamp");
        UpdateClient client = await new TestDevice(_repository).RefreshAsync();
        _repository.Asked.Clear();
        Assert.Null(await client.FindAsync("x"));
        Assert.Equal(["1.A.json", "1.C.json", "1.E.json"], _repository.Asked);
    }

    [Fact]
    public async Task Find_Circle_EndsAfterEachRoleWasAsked()
    {
        _repository.Delegate("A", "B", "*");
        _repository.Delegate("B", "A", "*");
        _repository.Delegate("targets", "A", "*");
        _repository.Publish("A", "B", "targets", "snapshot", "timestamp");
        UpdateClient client = await new TestDevice(_repository).RefreshAsync();
        _repository.Asked.Clear();
        Assert.Null(await client.FindAsync("x"));
        Assert.Equal(["1.A.json", "1.B.json"], _repository.Asked);
    }

    [Fact]
    public async Task Find_ManyRoles_EndsAfterThirtyTwo()
    {
        string before = "targets";
        List<string> roles = [];
        for (int i = 1; i <= 33; i++)
        {
            string role = string.Create(CultureInfo.InvariantCulture, $"r{i}");
            _repository.Delegate(before, role, "*");
            roles.Add(role);
            before = role;
        }
        _repository.Add("r31", "near", [1]);
        _repository.Add("r32", "far", [1]);
        _repository.Publish([.. roles, "targets", "snapshot", "timestamp"]);
        UpdateClient client = await new TestDevice(_repository).RefreshAsync();
        Assert.NotNull(await client.FindAsync("near")); // targets is the first of the 32
        Assert.Null(await client.FindAsync("far"));
    }

    [Fact]
    public async Task Find_DigestPrefixes_ChooseTheRole()
    {
        // SHA-256 of 'x' begins with 2d71
        _repository.Delegate("targets", "other", "", prefix: "2d72");
        _repository.Delegate("targets", "one", "", prefix: "2d7");
        _repository.Add("one", "x", [7]);
        _repository.Publish("one", "other", "targets", "snapshot", "timestamp");
        TestDevice device = new(_repository);
        Assert.Equal([7], await device.FetchAsync("x"));
        Assert.DoesNotContain("other", device.Files.Keys);
    }

    [Theory]
    [InlineData("?", "%3F")]
    [InlineData("/role", "%2Frole")]
    [InlineData("../role", "..%2Frole")]
    public async Task Find_RoleWithAnUnusualName_IsAskedForAndKeptSafely(string role, string escaped)
    {
        _repository.Delegate("targets", role, "*");
        _repository.Publish(role, "targets", "snapshot", "timestamp");
        TestDevice device = new(_repository);
        UpdateClient client = await device.RefreshAsync();
        Assert.Null(await client.FindAsync("x"));
        Assert.Equal($"1.{escaped}.json", _repository.Asked[^1]);
        Assert.Contains(escaped, device.Files.Keys);
    }

    [Fact]
    public async Task Is_FileThatIsThere_IsComparedWhole()
    {
        _repository.Add("targets", "x", [1, 2, 3]);
        _repository.Publish("targets", "snapshot", "timestamp");
        UpdateClient client = await new TestDevice(_repository).RefreshAsync();
        Metadata.TargetFile target = (await client.FindAsync("x"))!;
        Assert.True(await UpdateClient.IsAsync(target, new MemoryStream([1, 2, 3])));
        Assert.False(await UpdateClient.IsAsync(target, new MemoryStream([1, 2, 4])));
        Assert.False(await UpdateClient.IsAsync(target, new MemoryStream([1, 2])));
    }
}
