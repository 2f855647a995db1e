using Strata.Device.Posix;
using Strata.Updates.Storage;

namespace Strata.Agent.Storage;

/// <summary>A mounted file system of this machine, by the calls of the kernel.</summary>
/// <param name="root">Where it is mounted, without a slash at its end.</param>
internal sealed class MountedStorage(string root) : IStorage
{
    /// <inheritdoc/>
    public long FreeBytes => Files.Room(root).Free;

    /// <inheritdoc/>
    public IReadOnlyList<StoredName> List(string folder)
    {
        List<StoredName> names = [];
        foreach (string name in Files.Names(At(folder)))
        {
            if (Files.TryGet(At(StorageSteps.Join(folder, name))) is Files.Facts facts && (facts.IsFile || facts.IsDirectory))
            {
                names.Add(new StoredName(name, facts.IsFile ? facts.Size : 0, facts.IsDirectory)); // a link is nothing of ours
            }
        }
        return names;
    }

    /// <inheritdoc/>
    public IStoredFile? TryOpen(string path)
    {
        if (Files.TryGet(At(path)) is not Files.Facts facts)
        {
            return null;
        }
        return facts.IsFile ? new Reader(OpenFile.Open(At(path)))
            : throw PosixException.Of("open", At(path), facts.IsLink ? PosixError.IsLink : PosixError.Invalid);
    }

    /// <inheritdoc/>
    public IWrittenFile Create(string path) => new Writer(OpenFile.CreateNew(At(path)), 0);

    /// <inheritdoc/>
    public IWrittenFile Continue(string path, long length)
    {
        if (Files.TryGet(At(path)) is not { IsFile: true } facts || facts.Size < length)
        {
            throw PosixException.Of("write on", At(path), PosixError.Invalid);
        }
        OpenFile file = OpenFile.OpenForChanges(At(path));
        try
        {
            file.SetLength(length);
            return new Writer(file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Files.Move(At(from), At(to));

    /// <inheritdoc/>
    public void Remove(string path)
    {
        if (Files.TryGet(At(path)) is Files.Facts { IsDirectory: true })
        {
            Files.RemoveFolder(At(path));
        }
        else if (Files.Exists(At(path)))
        {
            Files.Remove(At(path));
        }
    }

    /// <inheritdoc/>
    public void MakeFolder(string path)
    {
        Files.MakeDirectories(At(path));
        if (Files.TryGet(At(path)) is not { IsDirectory: true })
        {
            throw PosixException.Of("make", At(path), PosixError.NoFolder);
        }
    }

    /// <inheritdoc/>
    public void SyncFolder(string folder)
    {
        using OpenFile names = OpenFile.Open(At(folder));
        names.Sync();
    }

    private string At(string path) => path.Length == 0 ? root : $"{root}/{path}";

    private sealed class Reader(OpenFile file) : IStoredFile
    {
        public long Length { get; } = file.Length;

        public bool TryReadAt(long offset, Span<byte> buffer) => file.TryReadAt(offset, buffer);

        public void Dispose() => file.Dispose();
    }

    private sealed class Writer(OpenFile file, long length) : IWrittenFile
    {
        private long _length = length;

        public void Append(ReadOnlySpan<byte> bytes)
        {
            file.WriteAt(_length, bytes);
            _length += bytes.Length;
        }

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
