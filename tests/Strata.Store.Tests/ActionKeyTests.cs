using System.Text;
using Strata.Core;
using Strata.Store.Actions;

namespace Strata.Store.Tests;

public sealed class ActionKeyTests
{
    // The bytes of docs/formats/store.md, "Action keys", typed from the document.
    [Fact]
    public void Encode_TwoInputs_IsTheDocumentedBytes()
    {
        byte[] encoded = new ActionKeyBuilder("pack", 3).Add("text", "é").Add("level", 19).Encode();

        Assert.Equal(
            Convert.ToHexStringLower(Encoding.ASCII.GetBytes("strata-action 1\n"))
            + "04000000" + "7061636b" + "03000000"
            + "05000000" + "6c6576656c" + "09000000" + "69" + "1300000000000000"
            + "04000000" + "74657874" + "03000000" + "73" + "c3a9",
            Convert.ToHexStringLower(encoded));
    }

    [Fact]
    public void Build_OrderOfCalls_DoesNotMatter() => Assert.Equal(
        new ActionKeyBuilder("s", 1).Add("a", 1).Add("b", "2").Build(),
        new ActionKeyBuilder("s", 1).Add("b", "2").Add("a", 1).Build());

    [Fact]
    public void Build_DifferentInputs_DifferentKeys()
    {
        Sha256Digest digest = Sha256Digest.Of("x"u8);
        ActionKey[] keys =
        [
            new ActionKeyBuilder("s", 1).Build(),
            new ActionKeyBuilder("s", 2).Build(),
            new ActionKeyBuilder("t", 1).Build(),
            new ActionKeyBuilder("s", 1).Add("a", "").Build(),
            new ActionKeyBuilder("s", 1).Add("a", "b").Build(),
            new ActionKeyBuilder("s", 1).Add("ab", "").Build(),
            new ActionKeyBuilder("s", 1).Add("a", "1").Build(),
            new ActionKeyBuilder("s", 1).Add("a", 1).Build(),
            new ActionKeyBuilder("s", 1).Add("a", true).Build(),
            new ActionKeyBuilder("s", 1).Add("a", false).Build(),
            new ActionKeyBuilder("s", 1).Add("a", digest).Build(),
            new ActionKeyBuilder("s", 1).Add("a", [digest]).Build(),
            new ActionKeyBuilder("s", 1).Add("a", [digest, digest]).Build(),
            new ActionKeyBuilder("s", 1).Add("a", digest.ToString()).Build(),
            new ActionKeyBuilder("s", 1).Add("a", ["x", "yz"]).Build(),
            new ActionKeyBuilder("s", 1).Add("a", ["xy", "z"]).Build(),
            new ActionKeyBuilder("s", 1).Add("a", ["yz", "x"]).Build(),
            new ActionKeyBuilder("s", 1).Add("a", Array.Empty<string>()).Build(),
            new ActionKeyBuilder("s", 1).Add("a", [""]).Build(),
            new ActionKeyBuilder("s", 1).Add("a", "x").Add("b", "y").Build(),
            new ActionKeyBuilder("s", 1).Add("a", "y").Add("b", "x").Build(),
        ];

        Assert.Equal(keys.Length, keys.Select(k => k.Digest).Distinct().Count());
    }

    [Fact]
    public void Add_SameNameTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new ActionKeyBuilder("s", 1).Add("a", 1).Add("a", 2));

    [Fact]
    public void Add_HalfASurrogatePair_IsRefused() =>
        Assert.ThrowsAny<ArgumentException>(() => new ActionKeyBuilder("s", 1).Add("a", "\ud800"));

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("UPPER")]
    public void Constructor_BadStep_IsRefused(string step) => Assert.Throws<ArgumentException>(() => new ActionKeyBuilder(step, 1));
}
