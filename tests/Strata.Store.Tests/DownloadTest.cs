using Strata.Core;
using Strata.Store.Downloads;
using Strata.Testing;

namespace Strata.Store.Tests;

/// <summary>A store, a quick downloader and the questions that all tests of downloads ask.</summary>
public abstract class DownloadTest : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));

    private protected DownloadTest() => Store = new ObjectStore(_folder["store"]);

    private protected static DownloadOptions Fast { get; } = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(5),
        StallTimeout = TimeSpan.FromSeconds(10),
    };

    private protected ObjectStore Store { get; }

    private protected RecordingProgress Progress { get; } = new();

    private protected CancellationToken Deadline => _deadline.Token;

    public void Dispose()
    {
        _deadline.Dispose();
        Store.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Download Thing(byte[] content, params Uri[] sources) =>
        new("thing 1.0", sources, content.Length, Sha256Digest.Of(content));

    private protected Task FetchAsync(byte[] content, params Uri[] sources) => FetchAsync(Fast, content, sources);

    private protected async Task FetchAsync(DownloadOptions options, byte[] content, params Uri[] sources)
    {
        using Downloader downloader = new(Store, options, Progress);
        await downloader.FetchAsync(Thing(content, sources), Deadline);
    }

    private protected void AssertStored(byte[] content)
    {
        Assert.True(Store.TryGetPath(Sha256Digest.Of(content), out string? path));
        Assert.Equal(content, File.ReadAllBytes(path));
        AssertNothingLeft();
    }

    private protected void AssertNothingLeft() => Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Store.Root, "partial")));
}
