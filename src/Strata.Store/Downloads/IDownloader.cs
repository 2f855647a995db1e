using Strata.Core;

namespace Strata.Store.Downloads;

/// <summary>A file whose content is known before it is fetched.</summary>
/// <param name="Label">What a person calls it: <c>busybox 1:1.37.0-6 (amd64)</c>.</param>
/// <param name="Sources">Where it can be had, tried in order.</param>
/// <param name="Size">Its exact length in bytes.</param>
/// <param name="Digest">Its SHA-256.</param>
public sealed record Download(string Label, IReadOnlyList<Uri> Sources, long Size, Sha256Digest Digest);

/// <summary>A small file that changes under one address, such as an <c>InRelease</c>.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="FromCache">True when the server said it has not changed, or when working offline.</param>
public sealed record Document(ReadOnlyMemory<byte> Content, bool FromCache);

/// <summary>Where a document is.</summary>
/// <param name="Label">What a person calls it: <c>InRelease of trixie</c>.</param>
/// <param name="Source">Its address.</param>
public sealed record DocumentAddress(string Label, Uri Source);

/// <summary>Brings bytes from other machines into the store.</summary>
public interface IDownloader
{
    /// <summary>
    /// Puts a file into the object store unless it is there. Resumed, retried, checked by size and digest before it becomes visible.
    /// </summary>
    /// <exception cref="StrataException">No source had it, or what came was something else.</exception>
    Task FetchAsync(Download download, CancellationToken cancellationToken);

    /// <summary>
    /// Puts many files into the object store, several at once, as one task of progress. The first failure ends the others, except that a
    /// file which no server has any more is told of at the end, with all others of the kind (<see cref="DownloadException.Gone"/>).
    /// </summary>
    /// <param name="label">What a person calls them together: <c>packages</c>.</param>
    /// <param name="downloads">The files; those that are there cost nothing.</param>
    /// <param name="cancellationToken">Cancels the transfers.</param>
    /// <exception cref="StrataException">No source had one of them, or what came was something else.</exception>
    Task FetchAllAsync(string label, IReadOnlyCollection<Download> downloads, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(downloads, cancellationToken, async (download, cancel) => await FetchAsync(download, cancel));

    /// <summary>
    /// Fetches a changing document, or several that are judged together, such as a text and its signature. Asks only whether one changed
    /// when an earlier answer is kept, and keeps them when their user accepts them.
    /// </summary>
    /// <remarks>
    /// What was not accepted is never kept and replaces nothing. When a server says that a kept document has not changed and they are not
    /// accepted, it is asked once more for the whole of each: the tag may have come with something else.
    /// </remarks>
    /// <typeparam name="T">What the user makes of them.</typeparam>
    /// <param name="documents">Where they are; asked for in this order, none when one before it is not there.</param>
    /// <param name="maxBytes">Refused when one is larger.</param>
    /// <param name="accept">
    /// Judges them, in the order of <paramref name="documents"/>: returns what they are good for, or throws a <see
    /// cref="StrataException"/>.
    /// May be called twice; must fetch nothing.
    /// </param>
    /// <param name="cancellationToken">Cancels the transfer.</param>
    /// <returns>What <paramref name="accept"/> returned.</returns>
    /// <exception cref="DownloadException">One cannot be had; offline: there is no earlier answer.</exception>
    /// <exception cref="StrataException">They were not accepted.</exception>
    Task<T> GetAsync<T>(
        IReadOnlyList<DocumentAddress> documents, long maxBytes, Func<IReadOnlyList<Document>, CancellationToken, Task<T>> accept,
        CancellationToken cancellationToken);
}
