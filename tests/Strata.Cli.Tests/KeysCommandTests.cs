using System.Text.Json.Nodes;

namespace Strata.Cli.Tests;

public sealed class KeysCommandTests : IDisposable
{
    private readonly Desk _desk = new();

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task New_Folder_HasKeysAndWhatFirmwareIsTold()
    {
        Desk.Outcome made = await _desk.TypeAsync("keys new keys --owner Anna");
        Assert.Equal((0, "keys has PK, KEK, db, release, pcr, and enrol/ for firmware\n"), (made.ExitCode, made.Output));
        Assert.Equal(["KEK.auth", "PK.auth", "db.auth"],
            Directory.EnumerateFiles(_desk["keys/enrol"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        Desk.Outcome again = await _desk.TypeAsync("keys new keys");
        Assert.Equal(1, again.ExitCode);
        Assert.Equal(
            ["error: cannot make keys in keys: something is there already",
                "hint:  Name a folder that does not exist: keys are never written over."], again.Said);
    }

    [Fact]
    public async Task Show_KeyThatLiesElsewhere_IsTold()
    {
        await _desk.TypeAsync("keys new keys --owner Anna");
        File.Delete(_desk["keys/PK.key"]);
        JsonArray rows = JsonNode.Parse((await _desk.TypeAsync("keys show keys --json")).Output)!.AsArray();
        Assert.Equal(["PK", "KEK", "db", "release", "pcr"], rows.Select(r => r!["key"]!.GetValue<string>()));
        Assert.Equal(["elsewhere", "here", "here", "here", "here"], rows.Select(r => r!["private-key"]!.GetValue<string>()));
        Assert.Equal("CN=Anna db", rows[2]!["subject"]!.GetValue<string>());

        string[] lines = (await _desk.TypeAsync("keys show keys")).Lines;
        Assert.Equal("key\tdecides\tit\tprivate key\tuntil\tsha256 of the certificate", lines[0]);
        Assert.StartsWith("PK\twhose machine it is: replaces KEK\tsigns\telsewhere\t20", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Enrol_EncryptedKeys_WantTheirPassphraseFromAFile()
    {
        _desk.Write("secret", "correct horse\nmore\n");
        _desk.Write("wrong", "battery\n");
        await _desk.TypeAsync("keys new keys --passphrase-file secret");
        byte[] before = File.ReadAllBytes(_desk["keys/enrol/db.auth"]);
        Directory.Delete(_desk["keys/enrol"], recursive: true);

        Desk.Outcome refused = await _desk.TypeAsync("keys enrol keys --passphrase-file wrong");
        Assert.Equal((1, "error: cannot open keys/PK.key: the passphrase is not the one it was encrypted with"), (refused.ExitCode,
            refused.Said[0]));
        Assert.False(Directory.Exists(_desk["keys/enrol"]));
        Desk.Outcome done = await _desk.TypeAsync("keys enrol keys --passphrase-file secret");
        Assert.Equal((0, "keys/enrol\n"), (done.ExitCode, done.Output));
        Assert.Equal(before, File.ReadAllBytes(_desk["keys/enrol/db.auth"]));
    }

    [Theory]
    [InlineData("keys show none", "cannot read none/PK.crt: there is no such file")]
    [InlineData("keys new keys --passphrase-file none", "cannot take a passphrase from none: there is no such file")]
    [InlineData("keys new keys --passphrase-file empty", "cannot take a passphrase from empty: its first line has no characters")]
    public async Task Mistakes_AreToldAndNothingIsLeft(string line, string expected)
    {
        _desk.Write("empty", "\nsecret\n");
        Desk.Outcome refused = await _desk.TypeAsync(line);
        Assert.Equal((1, $"error: {expected}"), (refused.ExitCode, refused.Said[0]));
        Assert.False(Directory.Exists(_desk["keys"]));
    }

    [Fact]
    public async Task Run_SecureBootWithoutKeys_IsRefused()
    {
        Desk.Outcome refused = await _desk.TypeAsync("run nano --secure-boot");
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("error: cannot start with Secure Boot: it needs UEFI firmware, and keys", refused.Said[0],
            StringComparison.Ordinal);
    }
}
