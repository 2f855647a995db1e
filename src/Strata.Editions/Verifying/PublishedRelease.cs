using Strata.Core;
using Strata.Store.Downloads;

namespace Strata.Editions.Verifying;

/// <summary>Where a release was published: a folder as a build leaves it, here or on a web server. Nothing in it is believed.</summary>
public sealed class PublishedRelease : IDisposable
{
    private readonly string? _folder;
    private readonly WebFolder? _web;

    private PublishedRelease(string address, string? folder, WebFolder? web) => (Address, _folder, _web) = (address, folder, web);

    /// <summary>What a person calls it.</summary>
    public string Address { get; }

    /// <summary>A release at an address (http or https) or in a folder; nothing is fetched yet.</summary>
    /// <exception cref="StrataException">It is neither.</exception>
    public static PublishedRelease At(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https")
        {
            return new PublishedRelease(
                WebAddress.Shown(uri), null, new WebFolder(uri, new DownloadOptions(), TimeProvider.System));
        }
        return Directory.Exists(address) ? new PublishedRelease(address, address, null) : throw new StrataException(
            $"cannot verify what is published in {WebAddress.Shown(address)}: it is neither a folder nor an address",
            "Name the folder that has image, statement and lock, or its address: https://… or http://….");
    }

    /// <summary>A small file; null when it is not there.</summary>
    /// <param name="name">Its path in the release.</param>
    /// <param name="most">Refused when it has more bytes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StrataException">It cannot be had, or is larger.</exception>
    internal async Task<byte[]?> TryReadAsync(string name, int most, CancellationToken cancellationToken)
    {
        if (_web is not null)
        {
            return await _web.TryReadAsync(Escaped(name), most, cancellationToken);
        }
        string path = Path.Combine(_folder!, name);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = file.Length <= most ? new byte[file.Length]
                : throw new StrataException($"cannot read {path}: it has {file.Length} bytes, expected at most {most}");
            await file.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>A large file as one of this machine: where it lies, or fetched into a folder; null when it is not there.</summary>
    /// <param name="name">Its path in the release.</param>
    /// <param name="most">No more bytes of it are fetched.</param>
    /// <param name="folder">Where it is put when it has to be fetched.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StrataException">It cannot be had.</exception>
    internal async Task<string?> TryPlaceAsync(string name, long most, string folder, CancellationToken cancellationToken)
    {
        if (_web is null)
        {
            string given = Path.Combine(_folder!, name);
            return File.Exists(given) ? given : null;
        }
        string path = Path.Combine(folder, Path.GetFileName(name));
        await using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        try
        {
            await _web.ReadAsync(Escaped(name), Take, cancellationToken);
        }
        catch (DownloadException e) when (e.Status is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Gone)
        {
            return null;
        }
        return path;

        async ValueTask Take(ReadOnlyMemory<byte> piece) => await file.WriteAsync(
            piece.Length <= most - file.Length ? piece
            : throw new StrataException(
                $"cannot compare {Address}/{name}: it has more than {most} bytes, far more than the build makes",
                "Is it the image of another edition?"),
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _web?.Dispose();

    private static string Escaped(string name) => string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
}
