using Strata.Publishing.Keys;
using Strata.Testing;

namespace Strata.Publishing.Tests;

/// <summary>
/// python-tuf, the reference implementation of The Update Framework, follows what we publish: from root 1 over every rotation, and files.
/// </summary>
public sealed class OutsideClientTests : IDisposable
{
    private const string Client = """
        import os, sys
        from tuf.api.exceptions import DownloadHTTPError
        from tuf.ngclient import Updater
        from tuf.ngclient.fetcher import FetcherInterface

        class Folder(FetcherInterface):
            def _fetch(self, url):
                path = url.removeprefix('file://')
                if not os.path.exists(path):
                    raise DownloadHTTPError('not there', 404)
                with open(path, 'rb') as file:
                    yield file.read()

        site, trusted, files, name = sys.argv[1:]
        updater = Updater(trusted, f'file://{site}/metadata/', files, f'file://{site}/targets/', Folder())
        updater.refresh()
        target = updater.get_targetinfo(name)
        if target is None:
            sys.exit('no such target')
        with open(updater.download_target(target), encoding='utf-8') as file:
            print(file.read(), end='')
        """;

    private readonly Bench _bench = new() { Now = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero) }; // its clock is that of the machine

    public void Dispose() => _bench.Dispose();

    [SkippableFact]
    public void Published_Files_AreRefreshedAndDownloaded()
    {
        _bench.Begin();
        Directory.CreateDirectory(_bench["files"]);
        Directory.CreateDirectory(_bench["trusted"]);
        File.Copy(Path.Combine(_bench.Site.FolderPath, "metadata", "1.root.json"), _bench["trusted/root.json"]);
        Assert.Equal((1, "no such target"), Ask());
        _bench.PublishFile("os/amd64/latest.json", "first\n");
        Assert.Equal((0, "first"), Ask());

        foreach (string key in (string[])["timestamp-1", "snapshot-1", "targets-1", "root-1", "root-2"])
        {
            UpdateKeyFolder.Replace(_bench.Keys, key, null);
            _bench.PublishRoot();
        }
        Directory.Delete(Path.Combine(_bench.Keys, "updates", "retired"), recursive: true);
        _bench.PublishFile("os/amd64/latest.json", "second\n");
        Assert.Equal((0, "second"), Ask());
        Assert.Contains("\"version\":6", File.ReadAllText(_bench["trusted/root.json"]), StringComparison.Ordinal);
    }

    /// <summary>It would not be a judge if it took anything.</summary>
    [SkippableFact]
    public void Published_ChangedByOneByte_IsRefused()
    {
        _bench.Begin();
        Directory.CreateDirectory(_bench["files"]);
        Directory.CreateDirectory(_bench["trusted"]);
        string metadata = Path.Combine(_bench.Site.FolderPath, "metadata");
        File.Copy(Path.Combine(metadata, "1.root.json"), _bench["trusted/root.json"]);
        string text = File.ReadAllText(Path.Combine(metadata, "timestamp.json"));
        File.WriteAllText(Path.Combine(metadata, "timestamp.json"), text.Replace("9000-", "9001-", StringComparison.Ordinal));
        (int code, string said) = Ask();
        Assert.Equal(1, code);
        Assert.Contains("UnsignedMetadataError", said, StringComparison.Ordinal);
    }

    private (int Code, string Said) Ask()
    {
        (int code, string said) = Oracle.Run(
            "python3", "-W", "ignore", "-c", Client, _bench.Site.FolderPath, _bench["trusted"], _bench["files"], "os/amd64/latest.json");
        Skip.If(said.Contains("ModuleNotFoundError", StringComparison.Ordinal)
            && Environment.GetEnvironmentVariable("CI") is null or "", "this python3 has no tuf; './test' installs one that has");
        return (code, said.TrimEnd('\n'));
    }
}
