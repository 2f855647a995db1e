namespace Strata.Tuf.Publishing;

/// <summary>Where metadata is published, by the names that clients ask for: <c>7.root.json</c>, <c>timestamp.json</c>.</summary>
public interface IPublishedFiles
{
    /// <summary>What lies there; null when nothing does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <exception cref="Core.StrataException">It cannot be read, or is longer.</exception>
    byte[]? TryRead(string name, int most);

    /// <summary>Puts a file in the place of what was there. Who reads sees the one or the other; so does a power cut.</summary>
    /// <exception cref="Core.StrataException">It cannot be written.</exception>
    void Write(string name, byte[] content);
}
