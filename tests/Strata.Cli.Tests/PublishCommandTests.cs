using System.Text.Json.Nodes;
using Strata.Store.Tests;

namespace Strata.Cli.Tests;

/// <summary>An owner begins to publish, keeps keys elsewhere and hands them on; a device follows with <c>strata tuf</c>.</summary>
public sealed class PublishCommandTests : IDisposable
{
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Ceremonies_FromFirstKeysToARotatedRoot_AreFollowed()
    {
        Desk.Outcome made = await _desk.TypeAsync("keys updates keys");
        Assert.Equal(
            (0, "keys/updates has root-1, root-2, root-3, targets-1, snapshot-1, timestamp-1\n"), (made.ExitCode, made.Output));
        Desk.Outcome begun = await _desk.TypeAsync("publish new site --keys keys");
        Assert.Equal((0, "site/metadata/1.root.json is what machines begin with\n"), (begun.ExitCode, begun.Output));
        Assert.StartsWith("root 1, believed until ", begun.Said[0], StringComparison.Ordinal);

        using ScriptedServer server = new(AnswerAsync);
        string refresh = $"tuf refresh --metadata-dir trusted --metadata-url {server.At("metadata/")}";
        Assert.Equal(0, (await _desk.TypeAsync("tuf init site/metadata/1.root.json --metadata-dir trusted")).ExitCode);
        Assert.Equal(0, (await _desk.TypeAsync(refresh)).ExitCode);

        // one key of the root stays here, two lie elsewhere; a new timestamp key takes the place of the old one
        Directory.CreateDirectory(_desk["safe/updates"]);
        foreach (string file in Directory.EnumerateFiles(_desk["keys/updates"], "*.pub"))
        {
            File.Copy(file, Path.Combine(_desk["safe/updates"], Path.GetFileName(file)));
        }
        File.Move(_desk["keys/updates/root-1.key"], _desk["safe/updates/root-1.key"]);
        File.Move(_desk["keys/updates/root-2.key"], _desk["safe/updates/root-2.key"]);
        Desk.Outcome replaced = await _desk.TypeAsync("keys updates keys --replace timestamp-1");
        Assert.Equal((0, "timestamp-2 is there, timestamp-1 is retired\n"), (replaced.ExitCode, replaced.Output));
        Desk.Outcome few = await _desk.TypeAsync("publish root site --keys keys");
        Assert.Equal(
            (1, "error: cannot publish root: it is signed by 1 of the keys that count for the role 'root', needed are 2"),
            (few.ExitCode, few.Said[0]));
        Desk.Outcome prepared = await _desk.TypeAsync("publish root site --keys keys --prepare travel");
        Assert.Equal((0, "travel/root.json\n"), (prepared.ExitCode, prepared.Output));
        Desk.Outcome signed = await _desk.TypeAsync("publish sign travel --keys safe");
        Assert.Equal((0, "root 2 is signed by root-1, root-2, root-3\n"), (signed.ExitCode, signed.Output));
        Assert.Equal(0, (await _desk.TypeAsync("publish attach travel --to site --keys keys")).ExitCode);
        Assert.Equal(0, (await _desk.TypeAsync(refresh)).ExitCode);
        Assert.Equal(File.ReadAllBytes(_desk["site/metadata/2.root.json"]), File.ReadAllBytes(_desk["trusted/root.json"]));

        Assert.Equal(0, (await _desk.TypeAsync("publish renew site --keys keys")).ExitCode);
        Assert.Equal(0, (await _desk.TypeAsync(refresh)).ExitCode);
        JsonNode shown = JsonNode.Parse((await _desk.TypeAsync("publish show site --json")).Output)!;
        Assert.Equal(
            ["root 2 2 of 3", "targets 1 1 of 1", "snapshot 1 1 of 1", "timestamp 3 1 of 1"],
            shown["roles"]!.AsArray().Select(r => $"{r!["role"]} {r["version"]} {r["needed"]} of {r["keys"]!.AsArray().Count}"));
        Assert.Empty(shown["releases"]!.AsArray());
        string[] lines = (await _desk.TypeAsync("publish show site")).Lines;
        Assert.Equal("Role\tVersion\tUntil\tSignatures", lines[0]);
        Assert.StartsWith("root\t2\t", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_WithAPassphrase_AreOpenedWithItAlone()
    {
        _desk.Write("secret", "correct horse\n");
        _desk.Write("wrong", "battery\n");
        Assert.Equal(0, (await _desk.TypeAsync("keys updates keys --root-keys 1 --passphrase-file secret")).ExitCode);
        Desk.Outcome refused = await _desk.TypeAsync("publish new site --keys keys --passphrase-file wrong");
        Assert.Equal(
            (1, "error: cannot open keys/updates/root-1.key: the passphrase is not the one it was encrypted with"),
            (refused.ExitCode, refused.Said[0]));
        Assert.False(Directory.Exists(_desk["site"]));
        Assert.Equal(0, (await _desk.TypeAsync("publish new site --keys keys --passphrase-file secret")).ExitCode);
    }

    [Theory]
    [InlineData("publish new site --keys none", "cannot open the keys in none/updates: there are none")]
    [InlineData("publish new site --keys keys --threshold 4",
        "cannot make a root: there are 3 keys of 'root', and 4 are to sign, expected 1 to 3")]
    [InlineData("publish new site --keys keys --threshold 0",
        "cannot make a root: there are 3 keys of 'root', and 0 are to sign, expected 1 to 3")]
    [InlineData("publish renew site --keys keys", "cannot publish: there is no repository, it would have 1.root.json")]
    [InlineData("publish show site", "cannot publish: there is no repository, it would have 1.root.json")]
    [InlineData("publish add nano --to site --keys keys", "cannot publish: there is no repository, it would have 1.root.json")]
    [InlineData("publish attach travel --to site --keys keys", "cannot publish: there is no repository, it would have 1.root.json")]
    [InlineData("publish sign travel --keys keys", "cannot read travel: expected one of root.json and targets.json in it")]
    [InlineData("keys updates keys", "cannot make keys in keys/updates: some are there already")]
    [InlineData("keys updates more --root-keys 17", "cannot make 17 keys of the root: expected 1 to 16")]
    [InlineData("keys updates keys --replace root-9", "cannot replace the key 'root-9': keys/updates has no root-9.pub")]
    public async Task Mistakes_AreToldAndNothingIsWritten(string line, string expected)
    {
        await _desk.TypeAsync("keys updates keys");
        Desk.Outcome refused = await _desk.TypeAsync(line);
        Assert.Equal((1, $"error: {expected}"), (refused.ExitCode, refused.Said[0]));
        Assert.False(Directory.Exists(_desk["site"]));
        Assert.Equal(6, Directory.EnumerateFiles(_desk["keys/updates"], "*.pub").Count());
    }

    [Fact]
    public async Task Key_ThatOthersMayRead_IsNotUsed()
    {
        await _desk.TypeAsync("keys updates keys");
        File.SetUnixFileMode(_desk["keys/updates/targets-1.key"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Desk.Outcome refused = await _desk.TypeAsync("publish new site --keys keys");
        Assert.Equal(
            (1, "error: cannot sign with keys/updates/targets-1.key: others than its owner may read or write it"),
            (refused.ExitCode, refused.Said[0]));
    }

    private Task AnswerAsync(ScriptedRequest request, ScriptedAnswer answer)
    {
        string file = _desk["site" + request.Path];
        return File.Exists(file) ? answer.SendAsync(200, File.ReadAllBytes(file)) : answer.SendAsync(404, default);
    }
}
