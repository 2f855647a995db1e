using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store.Downloads;

/// <summary>The beginning of a download in <c>partial/&lt;sha256&gt;</c>, hashed as it grows; it outlives the process.</summary>
/// <remarks>
/// Beside it lies <c>&lt;sha256&gt;.from</c>: the address and the entity tag that the bytes came with. Whoever opens it holds the lock of the
/// download, a file of its own: a lock on this one would go into the store with it and keep readers of the new object away.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    private const int LongestOrigin = 16 * 1024;
    private const int HashBuffer = 128 * 1024;

    private readonly FileStream _file;
    private readonly string _originPath;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _gone;

    private PartialFile(string path, FileStream file)
    {
        Path = path;
        _file = file;
        _originPath = path + ".from";
    }

    /// <summary>Bytes that are here.</summary>
    public long Length { get; private set; }

    /// <summary>Where the bytes came from, after a restart without user name and password; null when unknown.</summary>
    public Uri? Source { get; private set; }

    /// <summary>The entity tag they came with (RFC 9110 §8.8.3), only a strong one; null when there was none.</summary>
    public string? EntityTag { get; private set; }

    /// <summary>Path of the file.</summary>
    public string Path { get; }

    /// <summary>Opens what is there and hashes it. Longer than the whole may be means useless: it starts empty.</summary>
    public static async Task<PartialFile> OpenAsync(string path, long size, CancellationToken cancellationToken)
    {
        SafeFileHandle handle = FileHandles.OpenOrCreate(path, out int errno) ?? throw PosixException.Of("open", path, errno);
        FileStream file = new(handle, FileAccess.ReadWrite, bufferSize: 0);
        PartialFile partial = new(path, file);
        try
        {
            if (file.Length > size)
            {
                partial.Restart();
                return partial;
            }
            byte[] buffer = ArrayPool<byte>.Shared.Rent(HashBuffer);
            try
            {
                int read;
                file.Position = 0;
                while ((read = await file.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    partial._hash.AppendData(buffer, 0, read);
                    partial.Length += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            partial.ReadOrigin();
            return partial;
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Appends bytes.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _file.WriteAsync(bytes, cancellationToken);
        _hash.AppendData(bytes.Span);
        Length += bytes.Length;
    }

    /// <summary>Forgets what is here.</summary>
    public void Restart()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _hash.GetHashAndReset();
        Length = 0;
        Source = null;
        EntityTag = null;
        File.Delete(_originPath);
    }

    /// <summary>Notes where the bytes come from, before the first of them arrives.</summary>
    public void SetOrigin(Uri source, string? strongEntityTag)
    {
        Source = source;
        EntityTag = strongEntityTag;
        File.WriteAllText(_originPath, $"{WebAddress.Shown(source)}\n{strongEntityTag}\n");
    }

    /// <summary>
    /// Digest of everything that is here; the hash starts anew, so nothing may be appended afterwards but after <see cref="Restart"/>.
    /// </summary>
    public Sha256Digest Finish() => Sha256Digest.Finish(_hash);

    /// <summary>Moves the whole, checked file into the store.</summary>
    public void MoveInto(ObjectStore store, Sha256Digest digest)
    {
        ObjectWriter.Seal(Path);
        _gone = true; // whatever has the name from now on is somebody else's
        store.Place(Path, digest, Length);
        File.Delete(_originPath);
    }

    /// <summary>Removes the file: what is in it is of no use.</summary>
    public void Delete()
    {
        _gone = true;
        File.Delete(_originPath);
        File.Delete(Path);
    }

    /// <summary>Closes; an empty file is removed.</summary>
    public void Dispose()
    {
        if (Length == 0 && !_gone)
        {
            Delete();
        }
        _hash.Dispose();
        _file.Dispose();
    }

    private void ReadOrigin()
    {
        FileInfo file = new(_originPath);
        if (Length == 0 || !file.Exists || file.Length > LongestOrigin)
        {
            return;
        }
        string[] lines = File.ReadAllText(_originPath, Encoding.UTF8).Split('\n');
        if (lines.Length >= 2 && Uri.TryCreate(lines[0], UriKind.Absolute, out Uri? source))
        {
            Source = source;
            EntityTag = lines[1] is ['"', .., '"'] ? lines[1] : null;
        }
    }
}
