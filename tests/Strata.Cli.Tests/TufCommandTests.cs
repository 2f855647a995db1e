using System.Text;
using Strata.Store.Tests;
using Strata.Tuf.Tests.Bench;

namespace Strata.Cli.Tests;

public sealed class TufCommandTests : IDisposable
{
    private readonly Desk _desk = new();
    private readonly TestRepository _repository = new TestRepository("9999-12-31T23:59:59Z").Begin();
    private readonly ScriptedServer _server;

    public TufCommandTests()
    {
        _server = new ScriptedServer(AnswerAsync);
        _desk.Write("root.json", Encoding.UTF8.GetString(_repository.Metadata["1.root.json"]));
    }

    private string From => $"--metadata-dir trusted --metadata-url {_server.At("metadata")}";

    private string To => $"--target-base-url {_server.At("targets/")} --target-dir files";

    public void Dispose()
    {
        _server.Dispose();
        _desk.Dispose();
    }

    [Fact]
    public async Task Download_File_IsFetchedOnce()
    {
        _repository.Add("targets", "boot/os.efi", "kernel"u8.ToArray());
        _repository.Publish("targets", "snapshot", "timestamp");

        Assert.Equal(0, (await _desk.TypeAsync("tuf --metadata-dir trusted init root.json")).ExitCode);
        Assert.Empty(_server.Requests);
        Desk.Outcome done = await _desk.TypeAsync($"tuf download {From} {To} --target-name boot/os.efi");
        Assert.Equal((0, "files/boot%2Fos.efi\n"), (done.ExitCode, done.Output));
        Assert.Equal("kernel", File.ReadAllText(_desk["files/boot%2Fos.efi"]));
        Assert.Equal(
            ["root.json", "snapshot.json", "targets.json", "timestamp.json"],
            Directory.EnumerateFiles(_desk["trusted"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        int asked = _server.Requests.Count;
        Assert.Equal(0, (await _desk.TypeAsync($"tuf download {From} {To} --target-name boot/os.efi")).ExitCode);
        Assert.Equal(asked + 2, _server.Requests.Count); // root and timestamp
    }

    [Fact]
    public async Task Download_OtherBytes_LeaveWhatWasThere()
    {
        _repository.Add("targets", "os", "old"u8.ToArray());
        _repository.Publish("targets", "snapshot", "timestamp");
        await _desk.TypeAsync("tuf init root.json --metadata-dir trusted");
        Assert.Equal(0, (await _desk.TypeAsync($"tuf download {From} {To} --target-name os")).ExitCode);
        _repository.Files.Clear();
        _repository.Add("targets", "os", "new"u8.ToArray());
        _repository.Publish("targets", "snapshot", "timestamp");
        _repository.Files[_repository.Files.Keys.Single()] = "bad"u8.ToArray();

        Desk.Outcome refused = await _desk.TypeAsync($"tuf download {From} {To} --target-name os");
        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("error: cannot believe the file os: its sha256 is ", refused.Said[0], StringComparison.Ordinal);
        Assert.Equal([("os", "old")], Directory.EnumerateFiles(_desk["files"]).Select(f => (Path.GetFileName(f), File.ReadAllText(f))));
    }

    [Fact]
    public async Task Refresh_OlderTimestamp_IsToldAndNothingIsLost()
    {
        byte[] old = _repository.Text("timestamp");
        _repository.Publish("timestamp");
        await _desk.TypeAsync("tuf init root.json --metadata-dir trusted");
        Assert.Equal(0, (await _desk.TypeAsync($"tuf refresh {From}")).ExitCode);
        string kept = File.ReadAllText(_desk["trusted/timestamp.json"]);
        _repository.Put("timestamp", old);

        Desk.Outcome refused = await _desk.TypeAsync($"tuf refresh {From}");
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal(
            [
                "error: cannot believe timestamp.json: timestamp goes back from version 2 to 1",
                "hint:  What was believed before is kept, and nothing else was changed.",
            ], refused.Said);
        Assert.Equal(kept, File.ReadAllText(_desk["trusted/timestamp.json"]));
    }

    [Theory]
    [InlineData("tuf refresh --metadata-dir none --metadata-url http://127.0.0.1:9/", 1,
        "cannot update: there is no root that is believed")]
    [InlineData("tuf refresh --metadata-dir none --metadata-url here", 1, "cannot update from 'here': it is no address")]
    [InlineData("tuf refresh --metadata-dir none", 2, "--metadata-url is missing")]
    [InlineData("tuf init none.json --metadata-dir trusted", 1, "cannot read none.json: there is no such file")]
    [InlineData("tuf init wrong.json --metadata-dir trusted", 1, "cannot believe wrong.json: signatures is missing")]
    public async Task Mistakes_AreTold(string line, int exitCode, string expected)
    {
        _desk.Write("wrong.json", "{}");
        Desk.Outcome refused = await _desk.TypeAsync(line);
        Assert.Equal((exitCode, $"error: {expected}"), (refused.ExitCode, refused.Said[0]));
        Assert.False(Directory.Exists(_desk["trusted"]));
    }

    private Task AnswerAsync(ScriptedRequest request, ScriptedAnswer answer)
    {
        string name = request.Path[(request.Path.LastIndexOf('/') + 1)..];
        byte[]? content = request.Path.StartsWith("/metadata/", StringComparison.Ordinal)
            ? _repository.Metadata.GetValueOrDefault(name)
            : _repository.Files.GetValueOrDefault(Uri.UnescapeDataString(request.Path["/targets/".Length..]));
        return content is null ? answer.SendAsync(404, default) : answer.SendAsync(200, content);
    }
}
