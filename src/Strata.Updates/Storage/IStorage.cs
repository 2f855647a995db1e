namespace Strata.Updates.Storage;

/// <summary>
/// Everything that an update does to one file system: that of the store, or the EFI system partition. A power cut may come between any two
/// calls, so nothing is written in another way, and tests replay what was called.
/// </summary>
/// <remarks>
/// Paths are relative to its root, parts joined by <c>/</c>: <c>strata/cas/ab/ab…</c>. What was written survives a power cut after
/// <see cref="IWrittenFile.Sync"/>; names (made, renamed, removed) after <see cref="SyncFolder"/> of the folder they stand in. Until
/// then either may be there or not, a file in part or not at all, in any order.
/// </remarks>
public interface IStorage
{
    /// <summary>Bytes that may still be written.</summary>
    /// <exception cref="IOException">It cannot be asked.</exception>
    long FreeBytes { get; }

    /// <summary>What stands in a folder, sorted by name; nothing when there is no such folder.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    IReadOnlyList<StoredName> List(string folder);

    /// <summary>A file for reading; null when there is none.</summary>
    /// <exception cref="IOException">It is there and cannot be opened.</exception>
    IStoredFile? TryOpen(string path);

    /// <summary>Makes a file, whose folder is there and whose name is free.</summary>
    /// <exception cref="IOException">The name is taken, there is no room, or the device fails.</exception>
    IWrittenFile Create(string path);

    /// <summary>Opens a file to write on at its end.</summary>
    /// <param name="path">A file that is there.</param>
    /// <param name="length">It is cut to so many bytes first; not more than it has.</param>
    /// <exception cref="IOException">It is not there, or the device fails.</exception>
    IWrittenFile Continue(string path, long length);

    /// <summary>Gives a file another name, in the place of a file that has it.</summary>
    /// <exception cref="IOException">It is not there, or the device fails.</exception>
    void Rename(string from, string to);

    /// <summary>Removes a file, or a folder with nothing in it; nothing happens when it is not there.</summary>
    /// <exception cref="IOException">The device fails, or the folder is not empty.</exception>
    void Remove(string path);

    /// <summary>Makes a folder; the one above it is there. Nothing happens when it is there.</summary>
    /// <exception cref="IOException">The device fails, or a file has the name.</exception>
    void MakeFolder(string path);

    /// <summary>Makes the names in a folder survive a power cut. The root is the empty text.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    void SyncFolder(string folder);
}

/// <summary>A name in a folder.</summary>
/// <param name="Name">The name alone.</param>
/// <param name="Size">Bytes of a file; 0 for a folder.</param>
/// <param name="IsFolder">True for a folder.</param>
public readonly record struct StoredName(string Name, long Size, bool IsFolder);

/// <summary>A file that is read.</summary>
public interface IStoredFile : IDisposable
{
    /// <summary>Its bytes.</summary>
    long Length { get; }

    /// <summary>Fills the buffer from a place of the file; false when it ends before.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    bool TryReadAt(long offset, Span<byte> buffer);
}

/// <summary>A file that is written, from its end on.</summary>
public interface IWrittenFile : IDisposable
{
    /// <summary>Adds bytes.</summary>
    /// <exception cref="IOException">There is no room, or the device fails.</exception>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Makes all that was added survive a power cut.</summary>
    /// <exception cref="IOException">The device fails.</exception>
    void Sync();
}
