using System.Text;
using System.Text.Json.Nodes;
using Strata.Core;
using Strata.Tuf.Client;
using Strata.Tuf.Tests.Bench;

namespace Strata.Tuf.Tests;

/// <summary>What somebody who holds the server, the wire or some of the keys may try. Nothing that is refused is kept.</summary>
public class AttackTests
{
    private readonly TestRepository _repository = new TestRepository().Begin();

    [Theory]
    [InlineData("root", "root 1")]
    [InlineData("timestamp", "root 2, snapshot 1, targets 1, timestamp 1")]
    [InlineData("snapshot", "root 2, snapshot 1, targets 1, timestamp 2")]
    [InlineData("targets", "root 2, snapshot 2, targets 1, timestamp 2")]
    public async Task Refresh_SignedBySomebodyElse_IsRefusedFromThereOn(string role, string versions)
    {
        TestDevice device = new(_repository);
        await device.RefreshAsync();
        _repository.Publish("root", "targets", "snapshot", "timestamp");
        TestKey right = _repository.Keys[role][0];
        _repository.Keys[role] = [TestKey.Ecdsa().Named(right.Id)];
        _repository.Put(role, _repository.Sign(role, Signed(role)));

        string expected = $"signed by 0 of the keys that count for the role '{role}', needed are 1";
        Assert.Contains(expected, await device.RefusalAsync(), StringComparison.Ordinal);
        Assert.StartsWith(versions, device.Versions, StringComparison.Ordinal);

        _repository.Keys[role] = [right];
        _repository.Put(role, _repository.Sign(role, Signed(role)));
        Assert.Null(await device.RefusalAsync()); // and afterwards it goes on
        Assert.Equal("root 2, snapshot 2, targets 2, timestamp 2", device.Versions);
    }

    [Fact]
    public async Task Refresh_OneKeyUnderManyNames_CountsOnce()
    {
        TestKey key = TestKey.Ecdsa();
        _repository.Keys["snapshot"] = [key, key.Named("another"), key.Named("a-third")];
        _repository.Thresholds["snapshot"] = 2;
        _repository.Publish("root", "snapshot", "timestamp");
        Assert.Contains("signed by 1 of the keys", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_RoleThatNamesAKeyTwice_IsRefused()
    {
        _repository.Keys["snapshot"] = [_repository.Keys["snapshot"][0], _repository.Keys["snapshot"][0]];
        _repository.Publish("root");
        Assert.Contains("a role names a key twice", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_SignatureThatIsThereTwice_IsRefused()
    {
        JsonObject file = (JsonObject)JsonNode.Parse(_repository.Text("snapshot"))!;
        ((JsonArray)file["signatures"]!).Add(file["signatures"]![0]!.DeepClone());
        _repository.Put("snapshot", Encoding.UTF8.GetBytes(file.ToJsonString()));
        Assert.Contains("two signatures are of the key", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task Refresh_ThresholdOfTwoKeysOfThree_NeedsAsManyAsItSays(int threshold, bool isBelieved)
    {
        TestKey[] keys = [TestKey.Ecdsa(), TestKey.Ecdsa(), TestKey.Ecdsa()];
        _repository.Counted["timestamp"] = [.. keys];
        _repository.Keys["timestamp"] = [.. keys.Take(2), TestKey.Ecdsa()]; // a third that counts for nobody
        _repository.Thresholds["timestamp"] = threshold;
        _repository.Publish("root", "timestamp");
        Assert.Equal(isBelieved, await new TestDevice(_repository).RefusalAsync() is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("zz")]
    [InlineData("00")]
    public async Task Refresh_SignatureOfNoForm_CountsForNobodyAndDoesNotHinderOthers(string signature)
    {
        _repository.Keys["timestamp"].Add(TestKey.Ecdsa());
        _repository.Publish("root", "timestamp");
        JsonObject file = (JsonObject)JsonNode.Parse(_repository.Text("timestamp"))!;
        file["signatures"]![0]!["sig"] = signature;
        _repository.Put("timestamp", Encoding.UTF8.GetBytes(file.ToJsonString()));
        Assert.Null(await new TestDevice(_repository).RefusalAsync());
    }

    [Fact]
    public async Task Refresh_RootThatTheOldKeysDidNotSign_IsRefused()
    {
        TestDevice device = new(_repository);
        _repository.Keys["root"] = [TestKey.Ecdsa()];
        _repository.Publish("root");
        Assert.Contains("signed by 0 of the keys", await device.RefusalAsync(), StringComparison.Ordinal);
        Assert.Equal("root 1", device.Versions);
    }

    [Fact]
    public async Task Refresh_RootThatItsOwnKeysDidNotSign_IsRefused()
    {
        TestDevice device = new(_repository);
        _repository.Counted["root"] = [TestKey.Ecdsa()];
        _repository.Publish("root");
        Assert.Contains("signed by 0 of the keys", await device.RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Refresh_RootThatIsNotTheNext_IsRefused(int version)
    {
        TestDevice device = new(_repository);
        _repository.Edit("root", s => s["version"] = version - 1);
        _repository.Publish("root");
        _repository.Metadata["2.root.json"] = _repository.Metadata[$"{version}.root.json"];
        Assert.Contains($"it is version {version}, expected 2", await device.RefusalAsync(), StringComparison.Ordinal);
        Assert.Equal("root 1", device.Versions);
    }

    [Fact]
    public async Task Refresh_OlderTimestamp_IsRefused()
    {
        byte[] old = _repository.Text("timestamp");
        TestDevice device = new(_repository);
        _repository.Publish("timestamp");
        await device.RefreshAsync();
        _repository.Put("timestamp", old);
        Assert.Contains("timestamp goes back from version 2 to 1", await device.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_OlderTimestampThanAKeptOneThatHasExpired_IsRefused()
    {
        TestDevice device = new(_repository);
        _repository.Edit("timestamp", s => s["expires"] = "2030-02-01T00:00:00Z");
        _repository.Publish("timestamp");
        await device.RefreshAsync();
        device.Now = new DateTimeOffset(2030, 3, 1, 0, 0, 0, TimeSpan.Zero);
        _repository.Edit("timestamp", s => (s["version"], s["expires"]) = (0, "2031-01-01T00:00:00Z"));
        _repository.Publish("timestamp");
        Assert.Contains("timestamp goes back from version 2 to 1", await device.RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_TimestampWithAnOlderSnapshot_IsRefusedAndNotKept()
    {
        TestDevice device = new(_repository);
        _repository.Publish("snapshot", "timestamp");
        await device.RefreshAsync();
        _repository.Edit("snapshot", s => s["version"] = 0);
        _repository.Publish("snapshot", "timestamp");
        Assert.Contains("snapshot goes back from version 2 to 1", await device.RefusalAsync(), StringComparison.Ordinal);
        Assert.EndsWith("timestamp 2", device.Versions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_SnapshotWithOlderTargets_IsRefused()
    {
        TestDevice device = new(_repository);
        _repository.Publish("targets", "snapshot", "timestamp");
        await device.RefreshAsync();
        _repository.Edit("targets", s => s["version"] = 0);
        _repository.Publish("targets", "snapshot", "timestamp");
        Assert.Contains("targets.json goes back from version 2 to 1", await device.RefusalAsync(), StringComparison.Ordinal);
        Assert.Contains("snapshot 2,", device.Versions, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_SnapshotWithoutARoleThatItNamed_IsRefused()
    {
        _repository.Delegate("targets", "A", "*");
        _repository.Publish("A", "targets", "snapshot", "timestamp");
        TestDevice device = new(_repository);
        await device.RefreshAsync();
        _repository.Edit("snapshot", s => ((JsonObject)s["meta"]!).Remove("A.json"));
        _repository.Edit("snapshot", s => s["version"] = 3);
        _repository.Put("snapshot", _repository.Sign("snapshot", _repository.Signed("snapshot")));
        _repository.Publish("timestamp");
        Assert.Contains("'A.json' is not in it any more", await device.RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("root", "root 2")]
    [InlineData("timestamp", "root 1, snapshot 1, targets 1, timestamp 1")]
    [InlineData("snapshot", "root 1, snapshot 1, targets 1, timestamp 2")]
    [InlineData("targets", "root 1, snapshot 2, targets 1, timestamp 2")]
    public async Task Refresh_Expired_IsRefusedFromThereOn(string role, string versions)
    {
        TestDevice device = new(_repository);
        await device.RefreshAsync();
        _repository.Edit(role, s => s["expires"] = "2030-01-01T00:00:00Z"); // the very second
        _repository.Publish(role == "root" ? ["root"] : ["targets", "snapshot", "timestamp"]);
        Assert.Contains("it has expired at 2030-01-01 00:00:00 UTC", await device.RefusalAsync(), StringComparison.Ordinal);
        Assert.StartsWith(versions, device.Versions, StringComparison.Ordinal);

        device.Now = TestRepository.Now.AddSeconds(-1);
        Assert.Null(await device.RefusalAsync());
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Refresh_OtherBytesThanWereNamed_AreRefused(string role)
    {
        _repository.HasDigests = true;
        _repository.Publish("targets", "snapshot", "timestamp");
        byte[] text = _repository.Text(role);
        _repository.Put(role, [.. text[..^1], (byte)' ', (byte)'}']); // signed alike
        Assert.NotNull(await new TestDevice(_repository).RefusalAsync());
        _repository.Put(role, [.. text.AsSpan(0, 1), (byte)'\t', .. text.AsSpan(2)]);
        Assert.NotNull(await new TestDevice(_repository).RefusalAsync());
        _repository.Put(role, text);
        Assert.Null(await new TestDevice(_repository).RefusalAsync());
    }

    [Fact]
    public async Task Refresh_MixedFromTwoSnapshots_IsRefused()
    {
        byte[] old = _repository.Text("targets");
        _repository.Publish("targets", "snapshot", "timestamp");
        _repository.Put("targets", old);
        Assert.Contains("it is version 1, expected 2", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_RoleInThePlaceOfAnother_IsRefused()
    {
        TestKey both = TestKey.Ecdsa();
        _repository.Keys["snapshot"] = [both];
        _repository.Keys["timestamp"] = [both];
        _repository.Publish("root", "targets", "snapshot", "timestamp");
        _repository.Put("timestamp", _repository.Text("snapshot"));
        string? refusal = await new TestDevice(_repository).RefusalAsync();
        Assert.Contains("it is 'snapshot', expected 'timestamp'", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Refresh_RoleThatIsNotThere_IsTold(string role)
    {
        _repository.Metadata.Remove(role == "timestamp" ? "timestamp.json" : $"1.{role}.json");
        Assert.Contains("the repository has no ", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timestamp", 1 << 20)]
    [InlineData("snapshot", 1 << 20)]
    [InlineData("targets", 10 << 20)]
    public async Task Refresh_EndlessMetadata_IsNotRead(string role, int most)
    {
        byte[] text = _repository.Text(role);
        byte[] padded = new byte[most];
        padded.AsSpan().Fill((byte)' ');
        text.CopyTo(padded, 0);
        _repository.Put(role, padded);
        Assert.Null(await new TestDevice(_repository).RefusalAsync());
        _repository.Put(role, [.. padded, (byte)' ']);
        Assert.Contains("longer than", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_MoreRootsThanAnybodyNeeds_Ends()
    {
        TestDevice device = new(_repository);
        for (int i = 0; i < 1026; i++)
        {
            _repository.Publish("root");
        }
        Assert.Null(await device.RefusalAsync());
        Assert.StartsWith("root 1025,", device.Versions, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"signatures":[],"signatures":[],"signed":{}}""", "Duplicate")]
    [InlineData("[]", "the text is no object")]
    [InlineData("""{"signatures":[]}""", "signed is missing")]
    [InlineData("""{"signatures":{},"signed":{}}""", "signatures is {}, expected a list")]
    [InlineData("""{"signatures":[],"signed":{"_type":"root","spec_version":"2.0.0"}}""", "specification 2.0.0, known here is 1")]
    [InlineData("""{"signatures":[],"signed":{"_type":"root","spec_version":"1.0.0","version":0}}""", "signed.version is 0")]
    [InlineData("""{"signatures":[],"signed":{"_type":"root","spec_version":"1.0.0","version":1.5}}""", "no whole number")]
    [InlineData("""{"signatures":[],"signed":{"_type":"root","spec_version":"1.0","version":1,"expires":"2030"}}""", "expected a time")]
    [InlineData("""[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]""", "depth")]
    [InlineData("no JSON", "invalid")]
    public async Task Refresh_TextThatBreaksARule_IsRefused(string text, string expected)
    {
        TestDevice device = new(_repository);
        _repository.Metadata["2.root.json"] = Encoding.UTF8.GetBytes(text);
        string? refusal = await device.RefusalAsync();
        Assert.StartsWith("cannot believe 2.root.json: ", refusal, StringComparison.Ordinal);
        Assert.Contains(expected, refusal, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("root 1", device.Versions);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("root")]
    public async Task Find_DelegatedRoleWithANameOfTheTop_IsRefused(string role)
    {
        _repository.Edit("targets", s => s["delegations"] = new JsonObject
        {
            ["keys"] = new JsonObject(),
            ["roles"] = new JsonArray(new JsonObject
            {
                ["name"] = role, ["keyids"] = new JsonArray(), ["threshold"] = 1, ["terminating"] = false, ["paths"] = new JsonArray("*"),
            }),
        });
        _repository.Publish("targets", "snapshot", "timestamp");
        Assert.Contains("a name of the top", await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_RoleThatTwoLeaveSomethingTo_IsBelievedByTheKeysOfEach()
    {
        // 'release' is signed by the key that a counts, and b counts another one
        _repository.Delegate("a", "release", "a/*");
        TestKey right = _repository.Keys["release"][0];
        _repository.Counted["release"] = [TestKey.Ecdsa()];
        _repository.Delegate("b", "release", "b/*");
        _repository.Counted.Remove("release");
        _repository.Delegate("targets", "a", "a/*");
        _repository.Delegate("targets", "b", "b/*");
        _repository.Keys["release"] = [right];
        _repository.Add("release", "a/x", [1]);
        _repository.Add("release", "b/x", [2]);
        _repository.Publish("release", "a", "b", "targets", "snapshot", "timestamp");
        UpdateClient client = await new TestDevice(_repository).RefreshAsync();
        Assert.NotNull(await client.FindAsync("a/x"));
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => client.FindAsync("b/x"));
        Assert.Contains("signed by 0 of the keys that count for the role 'release'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 3, 4 }, "sends more than the 3 bytes")]
    [InlineData(new byte[] { 1, 2 }, "it has 2 bytes, expected 3")]
    [InlineData(new byte[] { 1, 2, 4 }, "its sha256 is ")]
    public async Task Fetch_OtherBytes_AreRefused(byte[] content, string expected)
    {
        _repository.Add("targets", "x", [1, 2, 3]);
        _repository.Publish("targets", "snapshot", "timestamp");
        _repository.Files[_repository.Files.Keys.Single()] = content;
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => new TestDevice(_repository).FetchAsync("x"));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/../../x")]
    [InlineData("/x")]
    [InlineData("a//x")]
    [InlineData(".")]
    public async Task Fetch_PathThatLeadsElsewhere_IsRefused(string path)
    {
        _repository.Add("targets", path, [1]);
        _repository.Publish("targets", "snapshot", "timestamp");
        StrataException refused = await Assert.ThrowsAsync<StrataException>(() => new TestDevice(_repository).FetchAsync(path));
        Assert.Contains("its path leads elsewhere", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"md5":"0123"}""", "no digest that is known here")]
    [InlineData("""{"sha256":"0123"}""", "is no sha256 digest of 64")]
    [InlineData("{}", "no digest that is known here")]
    public async Task Refresh_FileWithoutADigestOfWorth_IsRefused(string digests, string expected)
    {
        _repository.Edit("targets", s => s["targets"]!["x"] = new JsonObject { ["length"] = 1, ["hashes"] = JsonNode.Parse(digests) });
        _repository.Publish("targets", "snapshot", "timestamp");
        Assert.Contains(expected, await new TestDevice(_repository).RefusalAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Begin_RootThatItsOwnKeysDidNotSign_IsRefused()
    {
        _repository.Keys["root"] = [TestKey.Ecdsa().Named(_repository.Keys["root"][0].Id)];
        byte[] root = _repository.Sign("root", _repository.Signed("root"));
        StrataException refused = Assert.Throws<StrataException>(() => new TestDevice(_repository, root));
        Assert.Contains("signed by 0 of the keys", refused.Message, StringComparison.Ordinal);
    }

    private JsonObject Signed(string role) => _repository.Signed(role);
}
