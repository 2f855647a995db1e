
namespace Strata.Store.Actions;

/// <summary>A cache of results that several machines share. It only ever saves work: every failure of it is a miss.</summary>
public interface IRemoteCache
{
    /// <summary>Asks for a result and brings its objects into the store, each checked by its digest.</summary>
    /// <returns>Null when the cache does not have all of it.</returns>
    Task<ActionResult?> TryFetchAsync(ActionKey key, ObjectStore store, CancellationToken cancellationToken);

    /// <summary>Offers a result with its objects, in the background; does nothing when the cache is read-only or fails.</summary>
    /// <param name="key">What the result is of.</param>
    /// <param name="result">Its objects are in the store.</param>
    /// <param name="store">Stays open until the cache is disposed.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    void Offer(ActionKey key, ActionResult result, ObjectStore store, CancellationToken cancellationToken);
}
