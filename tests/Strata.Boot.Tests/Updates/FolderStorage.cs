using Strata.Updates.Storage;

namespace Strata.Boot.Tests.Updates;

/// <summary>A folder of this machine as the storage of an update.</summary>
internal sealed class FolderStorage(string root) : IStorage
{
    public long FreeBytes => long.MaxValue / 2;

    public IReadOnlyList<StoredName> List(string folder) =>
        !Directory.Exists(At(folder)) ? [] :
        [
            .. new DirectoryInfo(At(folder)).GetFileSystemInfos().OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => new StoredName(f.Name, f is FileInfo file ? file.Length : 0, f is DirectoryInfo)),
        ];

    public IStoredFile? TryOpen(string path) => File.Exists(At(path)) ? new Stored(File.OpenRead(At(path))) : null;

    public IWrittenFile Create(string path) => new Stored(new FileStream(At(path), FileMode.CreateNew));

    public IWrittenFile Continue(string path, long length)
    {
        FileStream file = new(At(path), FileMode.Open);
        file.SetLength(length);
        file.Position = length;
        return new Stored(file);
    }

    public void Rename(string from, string to) => File.Move(At(from), At(to), overwrite: true);

    public void Remove(string path) => File.Delete(At(path));

    public void MakeFolder(string path) => Directory.CreateDirectory(At(path));

    public void SyncFolder(string folder)
    {
    }

    private string At(string path) => Path.Combine(root, path);

    private sealed class Stored(FileStream file) : IStoredFile, IWrittenFile
    {
        public long Length => file.Length;

        public bool TryReadAt(long offset, Span<byte> buffer)
        {
            file.Position = offset;
            return file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) == buffer.Length;
        }

        public void Append(ReadOnlySpan<byte> bytes) => file.Write(bytes);

        public void Sync() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
