using Strata.Core;
using Strata.Store.Downloads;
using Strata.Tuf.Client;

namespace Strata.Cli.Commands.Tuf;

/// <summary>A repository on servers: metadata below one address, files below another.</summary>
/// <param name="metadata">The one.</param>
/// <param name="targets">The other; null when no files are fetched.</param>
internal sealed class PublishedRepository(WebFolder metadata, WebFolder? targets) : IRepository, IDisposable
{
    /// <summary>Opens nothing yet.</summary>
    /// <exception cref="StrataException">One is no address.</exception>
    public static PublishedRepository Of(string metadata, string? targets) =>
        new(FolderOf(metadata), targets is null ? null : FolderOf(targets));

    /// <inheritdoc/>
    public Task<byte[]?> MetadataAsync(string name, int most, CancellationToken cancellationToken) =>
        metadata.TryReadAsync(name, most, cancellationToken);

    /// <inheritdoc/>
    public Task TargetAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken) =>
        targets!.ReadAsync(path, take, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        metadata.Dispose();
        targets?.Dispose();
    }

    private static WebFolder FolderOf(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            ? new WebFolder(uri, new DownloadOptions(), TimeProvider.System)
            : throw new StrataException(
                $"cannot update from '{WebAddress.Shown(address)}': it is no address", "An address begins with https:// or http://.");
}
