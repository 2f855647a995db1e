using Strata.Updates.Storage;

namespace Strata.Testing.Storage;

/// <summary>
/// A file system in memory that writes down each operation in a log, which several may share: what a power cut can leave of it is made from
/// that (<see cref="CrashStates"/>). It refuses what a real one refuses.
/// </summary>
/// <param name="log">Gets each operation that changed something.</param>
/// <param name="room">Bytes that its files may have together.</param>
public sealed class MemoryStorage(List<StorageOperation> log, long room = long.MaxValue) : IStorage
{
    private const int Folder = -1;

    private readonly SortedDictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly List<List<byte>> _files = [];

    /// <summary>With a log of its own, and nothing in it.</summary>
    public MemoryStorage()
        : this([])
    {
    }

    /// <summary>With files and folders that are durable; files are numbered in this order.</summary>
    public static MemoryStorage Of(
        IEnumerable<(string Path, byte[] Content)> files, IEnumerable<string> folders, List<StorageOperation> log,
        long room = long.MaxValue)
    {
        MemoryStorage storage = new(log, room);
        foreach (string folder in folders)
        {
            storage.PutFolder(folder);
        }
        foreach ((string path, byte[] content) in files)
        {
            storage.Put(path, content);
        }
        return storage;
    }

    /// <summary>Bytes that its files may have together.</summary>
    public long Room => room;

    /// <summary>What was done.</summary>
    public IReadOnlyList<StorageOperation> Log => log;

    /// <summary>Called before each operation that changes something: a test throws here, which is an end at this point.</summary>
    public Action? BeforeChange { get; set; }

    /// <inheritdoc/>
    public long FreeBytes => room == long.MaxValue ? room : Math.Max(0, room - Used);

    /// <summary>Every file with its bytes.</summary>
    public IEnumerable<(string Path, byte[] Content)> Files =>
        _names.Where(n => n.Value != Folder).Select(n => (n.Key, _files[n.Value].ToArray()));

    /// <summary>Every folder.</summary>
    public IEnumerable<string> Folders => _names.Where(n => n.Value == Folder).Select(n => n.Key);

    private long Used => _names.Values.Where(f => f != Folder).Distinct().Sum(f => (long)_files[f].Count);

    /// <summary>Puts a file there with its folders, without a word in the log: what was there before, and is durable.</summary>
    public void Put(string path, byte[] content)
    {
        PutFolder(StorageSteps.Split(path).Folder);
        _names[path] = _files.Count;
        _files.Add([.. content]);
    }

    /// <summary>Puts a folder there with those above it.</summary>
    public void PutFolder(string path)
    {
        for (string at = path; at.Length > 0; at = StorageSteps.Split(at).Folder)
        {
            _names[at] = Folder;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredName> List(string folder)
    {
        string prefix = folder.Length == 0 ? "" : folder + "/";
        return
        [
            .. _names.Where(n => n.Key.StartsWith(prefix, StringComparison.Ordinal) && !n.Key.AsSpan(prefix.Length).Contains('/'))
                .Select(n => new StoredName(n.Key[prefix.Length..], n.Value == Folder ? 0 : _files[n.Value].Count, n.Value == Folder)),
        ];
    }

    /// <inheritdoc/>
    public IStoredFile? TryOpen(string path) =>
        !_names.TryGetValue(path, out int file) ? null
        : file == Folder ? throw new IOException($"{path} is a folder") : new Reader(_files[file]);

    /// <inheritdoc/>
    public IWrittenFile Create(string path)
    {
        DemandFolderOf(path);
        if (_names.ContainsKey(path))
        {
            throw new IOException($"{path} is there already");
        }
        int file = _files.Count;
        Note(new Created(this, path, file));
        _files.Add([]);
        _names[path] = file;
        return new Writer(this, file);
    }

    /// <inheritdoc/>
    public IWrittenFile Continue(string path, long length)
    {
        int file = FileOf(path);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _files[file].Count);
        if (length < _files[file].Count)
        {
            Note(new Cut(this, file, length));
            _files[file].RemoveRange((int)length, _files[file].Count - (int)length);
        }
        return new Writer(this, file);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        DemandFolderOf(to);
        int file = FileOf(from);
        if (_names.TryGetValue(to, out int there) && there == Folder)
        {
            throw new IOException($"{to} is a folder");
        }
        Note(new Renamed(this, from, to, file));
        _names.Remove(from);
        _names[to] = file;
    }

    /// <inheritdoc/>
    public void Remove(string path)
    {
        if (List(path).Count > 0)
        {
            throw new IOException($"{path} is not empty");
        }
        if (_names.ContainsKey(path))
        {
            Note(new Removed(this, path));
            _names.Remove(path);
        }
    }

    /// <inheritdoc/>
    public void MakeFolder(string path)
    {
        DemandFolderOf(path);
        if (!_names.TryGetValue(path, out int there))
        {
            Note(new FolderMade(this, path));
            _names[path] = Folder;
        }
        else if (there != Folder)
        {
            throw new IOException($"{path} is a file");
        }
    }

    /// <inheritdoc/>
    public void SyncFolder(string folder)
    {
        if (folder.Length > 0 && (!_names.TryGetValue(folder, out int there) || there != Folder))
        {
            throw new IOException($"{folder} is no folder");
        }
        Note(new FolderSynced(this, folder));
    }

    private void DemandFolderOf(string path)
    {
        string folder = StorageSteps.Split(path).Folder;
        if (folder.Length > 0 && (!_names.TryGetValue(folder, out int there) || there != Folder))
        {
            throw new IOException($"{folder} is no folder");
        }
    }

    private int FileOf(string path) =>
        _names.TryGetValue(path, out int file) && file != Folder ? file : throw new IOException($"{path} is no file");

    private void Note(StorageOperation operation)
    {
        BeforeChange?.Invoke();
        log.Add(operation);
    }

    private sealed class Reader(List<byte> content) : IStoredFile
    {
        public long Length => content.Count;

        public bool TryReadAt(long offset, Span<byte> buffer)
        {
            if (offset + buffer.Length > content.Count)
            {
                return false;
            }
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(content).Slice((int)offset, buffer.Length).CopyTo(buffer);
            return true;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Writer(MemoryStorage storage, int file) : IWrittenFile
    {
        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > storage.FreeBytes)
            {
                throw new IOException("no room is left");
            }
            storage.Note(new Appended(storage, file, bytes.ToArray()));
            storage._files[file].AddRange(bytes);
        }

        public void Sync() => storage.Note(new FileSynced(storage, file));

        public void Dispose()
        {
        }
    }
}
