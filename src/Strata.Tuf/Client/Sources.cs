namespace Strata.Tuf.Client;

/// <summary>Where metadata and files are published: a server, or a folder.</summary>
public interface IRepository
{
    /// <summary>Metadata by the name of its file: <c>7.root.json</c>; null when there is none.</summary>
    /// <param name="name">The name; characters that an address cannot have are escaped in it (<c>%2F</c>).</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Core.StrataException">It cannot be had, or it is longer.</exception>
    Task<byte[]?> MetadataAsync(string name, int most, CancellationToken cancellationToken);

    /// <summary>A file by its path.</summary>
    /// <param name="path">With its digest before the name where snapshots are consistent; each part is escaped.</param>
    /// <param name="take">Gets its bytes, piece by piece; what it throws ends the transfer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Core.StrataException">It cannot be had.</exception>
    Task TargetAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken);
}

/// <summary>Where believed metadata is kept, by the names of roles.</summary>
public interface ITrustedFiles
{
    /// <summary>What is kept of a role; null when nothing is.</summary>
    /// <param name="role">Its name, escaped as <see cref="IRepository"/> says.</param>
    /// <param name="most">The most bytes that it may have.</param>
    byte[]? TryRead(string role, int most);

    /// <summary>Keeps it in the place of what was there. A power cut leaves the one or the other.</summary>
    void Write(string role, byte[] content);

    /// <summary>Forgets it.</summary>
    void Delete(string role);
}
