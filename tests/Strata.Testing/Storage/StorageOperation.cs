namespace Strata.Testing.Storage;

/// <summary>One call that changed a storage, as it is replayed.</summary>
public abstract record StorageOperation(MemoryStorage Storage);

/// <summary>A new, empty file gets a name.</summary>
public sealed record Created(MemoryStorage Storage, string Path, int File) : StorageOperation(Storage);

/// <summary>Bytes were added to a file.</summary>
public sealed record Appended(MemoryStorage Storage, int File, byte[] Bytes) : StorageOperation(Storage);

/// <summary>A file was cut.</summary>
public sealed record Cut(MemoryStorage Storage, int File, long Length) : StorageOperation(Storage);

/// <summary>The content of a file is durable.</summary>
public sealed record FileSynced(MemoryStorage Storage, int File) : StorageOperation(Storage);

/// <summary>A file has another name.</summary>
public sealed record Renamed(MemoryStorage Storage, string From, string To, int File) : StorageOperation(Storage);

/// <summary>A name is gone.</summary>
public sealed record Removed(MemoryStorage Storage, string Path) : StorageOperation(Storage);

/// <summary>A folder has a name.</summary>
public sealed record FolderMade(MemoryStorage Storage, string Path) : StorageOperation(Storage);

/// <summary>The names in a folder are durable.</summary>
public sealed record FolderSynced(MemoryStorage Storage, string Folder) : StorageOperation(Storage);
