using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>Small objects that become visible together: one flush of the file system instead of one for each.</summary>
/// <remarks>
/// For the thousands of compressed blocks of a layer, where a flush each would cost more than compressing them. Nothing is visible before
/// <see cref="Commit"/>, so that a power cut can never leave a name without its content. <see cref="Add"/> is safe for concurrent use.
/// </remarks>
public sealed class ObjectBatch : IDisposable
{
    private const int FewFiles = 8; // below this, flushing them one by one is cheaper than waiting for everybody else's data

    private readonly ObjectStore _store;
    private readonly Lock _gate = new();
    private readonly Dictionary<Sha256Digest, (string Temporary, long Length)> _files = [];

    internal ObjectBatch(ObjectStore store) => _store = store;

    /// <summary>Adds bytes and returns their name; writes nothing when the store or the batch has them.</summary>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public Sha256Digest Add(ReadOnlySpan<byte> content)
    {
        Sha256Digest digest = Sha256Digest.Of(content);
        lock (_gate)
        {
            if (_files.ContainsKey(digest))
            {
                return digest;
            }
        }
        if (_store.TryGetSize(digest, out long size) && size == content.Length)
        {
            _store.Touch(digest);
            return digest;
        }
        string path = _store.NewTemporaryPath();
        bool kept = false;
        try
        {
            using (ObjectWriter writer = new(_store, path, keepFile: true))
            {
                writer.Write(content);
                writer.Finish(durable: false);
            }
            lock (_gate)
            {
                kept = _files.TryAdd(digest, (path, content.Length));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _store.CannotAdd(e, content.Length);
        }
        finally
        {
            if (!kept)
            {
                File.Delete(path);
            }
        }
        return digest;
    }

    /// <summary>Makes all of them durable, then visible. The batch is empty afterwards and can be used again.</summary>
    /// <exception cref="StrataException">The disk is full or fails; what was not yet visible stays in the batch.</exception>
    public void Commit()
    {
        lock (_gate)
        {
            if (_files.Count == 0)
            {
                return;
            }
            List<(string Temporary, Sha256Digest Digest, long Length)> files =
                [.. _files.OrderBy(f => f.Key).Select(f => (f.Value.Temporary, f.Key, f.Value.Length))];
            try
            {
                Flush(files);
                _store.PlaceAll(files);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                foreach ((_, Sha256Digest placed, _) in files.Where(f => !File.Exists(f.Temporary)))
                {
                    _files.Remove(placed);
                }
                throw _store.CannotAdd(e, files.Sum(f => f.Length));
            }
            _files.Clear();
        }
    }

    /// <summary>Drops what was not committed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach ((string temporary, _) in _files.Values)
            {
                File.Delete(temporary);
            }
            _files.Clear();
        }
    }

    private static void Flush(List<(string Temporary, Sha256Digest Digest, long Length)> files)
    {
        IEnumerable<string> paths = files.Select(f => f.Temporary);
        bool few = files.Count <= FewFiles;
        foreach (string path in few ? paths : paths.Take(1))
        {
            using SafeFileHandle file = FileHandles.OpenForReading(path, out int errno) ?? throw PosixException.Of("open", path, errno);
            if (few)
            {
                FileHandles.Sync(file, path);
            }
            else
            {
                FileHandles.SyncFileSystem(file, path);
            }
        }
    }
}
