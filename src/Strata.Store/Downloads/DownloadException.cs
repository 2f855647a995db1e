using System.Net;
using Strata.Core;

namespace Strata.Store.Downloads;

/// <summary>Something that could not be brought here from another machine.</summary>
/// <param name="message">One line for a person.</param>
/// <param name="hint">What to try.</param>
/// <param name="status">What the last server answered, if it answered.</param>
/// <param name="innerException">The lower failure.</param>
public sealed class DownloadException(string message, string? hint = null, HttpStatusCode? status = null, Exception? innerException = null)
    : StrataException(message, hint, innerException)
{
    /// <summary>
    /// What the last server answered; null when none answered or the content was wrong. 404 tells "not there" from "not reachable".
    /// </summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Files that no source has any more (404, 410); empty when the failure is of another kind.</summary>
    public IReadOnlyList<Download> Gone { get; init; } = [];

    /// <summary>True when a document is not there: the server says so (404, 410), or work is offline and none was kept.</summary>
    public bool IsAbsent { get; init; }

    /// <summary>True when no source could be asked at all: none was reached, or work is offline.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>When the last server says that the file it sent instead was changed; null when it says nothing.</summary>
    public DateTimeOffset? LastModified { get; init; }
}
