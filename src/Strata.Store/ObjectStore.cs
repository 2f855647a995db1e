using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>
/// Content-addressed files below one folder: an object is a plain read-only file named by its SHA-256 (docs/formats/store.md).
/// </summary>
/// <remarks>
/// Safe for concurrent use by any number of threads and processes. An object appears whole and durable or not at all; it is never
/// overwritten.
/// An open store keeps the clean-up of other processes away; dispose it to let them. A process that dies is as good as one that disposed.
/// </remarks>
public sealed class ObjectStore : IDisposable
{
    private const int CopyBufferSize = 128 * 1024;
    private static readonly TimeSpan s_cleanUpDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_touchInterval = TimeSpan.FromDays(1);

    private readonly Lock _sessionGate = new();
    private readonly FileLock _hold;
    private TemporarySession? _session;
    private bool _disposed;

    /// <summary>Opens or makes a store; waits at most two minutes while another process cleans it up.</summary>
    /// <param name="root">Its folder.</param>
    /// <param name="timeProvider">Clock for "last used" and for deadlines; the system's when null.</param>
    /// <exception cref="StrataException">The folder cannot be made or used, or a newer program made it.</exception>
    public ObjectStore(string root, TimeProvider? timeProvider = null)
        : this(new StoreLocation(root, "a caller"), timeProvider)
    {
    }

    /// <summary>Opens or makes a store; waits at most two minutes while another process cleans it up.</summary>
    /// <param name="location">Where it is and who may write to it.</param>
    /// <param name="timeProvider">Clock for "last used" and for deadlines; the system's when null.</param>
    /// <exception cref="StrataException">The folder cannot be made or used, others can write to it, or a newer program made it.</exception>
    public ObjectStore(StoreLocation location, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(location);
        ArgumentException.ThrowIfNullOrEmpty(location.Path);
        Layout = new StoreLayout(location.Path);
        Time = timeProvider ?? TimeProvider.System;
        Layout.Prepare(location.SharedByGroup);
        try
        {
            _hold = WaitForHold();
            TemporarySession.Reclaim(Layout.Temporary, Time.GetUtcNow(), TemporarySession.ReclaimAge);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, "open the store", Root, needed: null);
        }
    }

    /// <summary>Full path of the store's folder.</summary>
    public string Root => Layout.Root;

    internal StoreLayout Layout { get; }

    internal TimeProvider Time { get; }

    /// <summary>True when the object is here; its content is not read.</summary>
    public bool Contains(Sha256Digest digest) => File.Exists(Layout.ObjectPath(digest));

    /// <summary>Length in bytes of an object that is here; its content is not read.</summary>
    public bool TryGetSize(Sha256Digest digest, out long size)
    {
        FileInfo file = new(Layout.ObjectPath(digest));
        size = file.Exists ? file.Length : 0;
        return file.Exists;
    }

    /// <summary>Path of the object's file, for tools that need one. Never write to it.</summary>
    public bool TryGetPath(Sha256Digest digest, [NotNullWhen(true)] out string? path)
    {
        path = Layout.ObjectPath(digest);
        return File.Exists(path);
    }

    /// <summary>Opens an object. Its bytes are not checked here: readers that need certainty hash what they read.</summary>
    /// <exception cref="StrataException">It is not here.</exception>
    public FileStream OpenRead(Sha256Digest digest)
    {
        try
        {
            return new FileStream(Layout.ObjectPath(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StrataException($"cannot read object {digest}: it is not in the store {Root}", innerException: e);
        }
    }

    /// <summary>Adds everything that <paramref name="content"/> still yields, hashed while it is written, and returns its name.</summary>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public async Task<Sha256Digest> AddAsync(Stream content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        using ObjectWriter writer = BeginObject();
        await CopyAsync(content, writer, long.MaxValue, cancellationToken);
        return writer.Commit();
    }

    /// <summary>Adds content whose name and length are known; anything else is refused and leaves no trace.</summary>
    /// <exception cref="StrataException">It is something else, or the disk is full or fails.</exception>
    public async Task AddExpectedAsync(Stream content, Sha256Digest digest, long size, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        using ObjectWriter writer = BeginObject();
        if (!await CopyAsync(content, writer, size, cancellationToken))
        {
            throw new StrataException($"cannot add object {digest} to the store: it has more than the expected {size} bytes");
        }
        if (!writer.TryCommitExpected(digest, size, out string? problem))
        {
            throw new StrataException($"cannot add object {digest} to the store: {problem}");
        }
    }

    /// <summary>Adds bytes and returns their name.</summary>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public Sha256Digest AddBytes(ReadOnlySpan<byte> content)
    {
        Sha256Digest digest = Sha256Digest.Of(content);
        if (TryGetSize(digest, out long size) && size == content.Length)
        {
            Touch(digest);
            return digest;
        }
        using ObjectWriter writer = BeginObject();
        writer.Write(content);
        return writer.Commit();
    }

    /// <summary>Adds a file and returns its name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="move">
    /// True to give the file itself to the store, which costs no copy when it lies in the same file system
    /// (see <see cref="NewTemporaryPath"/>);
    /// it must be nobody else's, and is gone afterwards.
    /// </param>
    /// <param name="cancellationToken">Ends the work; the file is then still there.</param>
    /// <exception cref="StrataException">The file cannot be read, or the disk is full or fails.</exception>
    public async Task<Sha256Digest> AddFileAsync(string path, bool move = false, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Sha256Digest digest;
        try
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (!move)
            {
                return await AddAsync(file, cancellationToken);
            }
            digest = await Sha256Digest.OfAsync(file, cancellationToken);
            long length = file.Length;
            ObjectWriter.Seal(path);
            if (TryPlace(path, digest, length))
            {
                return digest;
            }
            file.Position = 0; // another file system: copy, then remove
            await AddExpectedAsync(file, digest, length, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, $"add the file {path}", Root, needed: null);
        }
        File.Delete(path);
        return digest;
    }

    /// <summary>Adds a file that a producer writes in any order, and may read while it does; nothing stays of one that fails.</summary>
    /// <param name="write">Gets an empty file.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Its name and its bytes.</returns>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public async Task<(Sha256Digest Digest, long Size)> AddWrittenAsync(Func<FileStream, Task> write, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(write);
        string path = NewTemporaryPath();
        try
        {
            await using (FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, 1 << 16))
            {
                await write(file);
            }
            long size = new FileInfo(path).Length;
            return (await AddFileAsync(path, move: true, cancellationToken), size);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Starts an object that a producer writes piece by piece.</summary>
    /// <exception cref="StrataException">The store cannot be written to.</exception>
    public ObjectWriter BeginObject()
    {
        string path = NewTemporaryPath();
        try
        {
            return new ObjectWriter(this, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotAdd(e, null);
        }
    }

    /// <summary>
    /// Starts a group of small objects that become durable and visible together, at the price of one flush instead of one each.
    /// </summary>
    public ObjectBatch BeginBatch() => new(this);

    /// <summary>
    /// A path in the store's file system at which nothing exists yet, for producers that seek; give the file to <see cref="AddFileAsync"/>
    /// to keep it.
    /// Removed when this store is disposed, or by a later process.
    /// </summary>
    /// <exception cref="StrataException">The store cannot be written to.</exception>
    public string NewTemporaryPath()
    {
        lock (_sessionGate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                _session ??= TemporarySession.Begin(Layout.Temporary);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw CannotAdd(e, null);
            }
            return _session.NewPath();
        }
    }

    /// <summary>
    /// Notes that the object was used, which keeps it from the clean-up; writes at most once a day. No error when it is not here.
    /// </summary>
    public void Touch(Sha256Digest digest) => Touch(Layout.ObjectPath(digest));

    /// <summary>Lets go of the store and removes unfinished files.</summary>
    public void Dispose()
    {
        lock (_sessionGate)
        {
            _disposed = true;
            _session?.Dispose();
            _session = null;
        }
        _hold.Dispose();
    }

    /// <summary>Notes that a file of the store was used.</summary>
    internal void Touch(string path)
    {
        try
        {
            DateTime now = Time.GetUtcNow().UtcDateTime;
            FileInfo file = new(path);
            if (file.Exists && now - file.LastWriteTimeUtc >= s_touchInterval)
            {
                File.SetLastWriteTimeUtc(path, now);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A store that may only be read is still good for reading; it is cleaned up by its owner.
        }
    }

    /// <summary>Keeps every other user of the store away; null when there is one.</summary>
    internal IDisposable? TryHoldAlone() => _hold.TryMakeExclusive() ? new SoleHold(_hold) : null;

    /// <summary>Gives a finished, durable, read-only file its final name; the temporary name is gone afterwards.</summary>
    /// <exception cref="IOException">The kernel refused; errno in <see cref="Exception.HResult"/>.</exception>
    internal void Place(string temporary, Sha256Digest digest, long length)
    {
        if (!TryPlace(temporary, digest, length))
        {
            throw PosixException.Of("move into the store", temporary, PosixError.CrossDevice);
        }
    }

    internal StrataException CannotAdd(Exception failure, long? needed) => StoreFault.Describe(failure, "add an object", Root, needed);

    /// <summary>Gives many finished files their final names and makes the names durable.</summary>
    internal void PlaceAll(IEnumerable<(string Temporary, Sha256Digest Digest, long Length)> files)
    {
        SortedSet<string> folders = new(StringComparer.Ordinal);
        foreach ((string temporary, Sha256Digest digest, long length) in files)
        {
            PlaceName(temporary, digest, length);
            folders.Add(Path.GetDirectoryName(Layout.ObjectPath(digest))!);
        }
        foreach (string folder in folders)
        {
            FileHandles.SyncFolder(folder);
        }
    }

    private static async Task<bool> CopyAsync(Stream content, ObjectWriter writer, long limit, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (read > limit - writer.Length)
                {
                    return false;
                }
                await writer.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool TryPlace(string temporary, Sha256Digest digest, long length)
    {
        bool placed = PlaceName(temporary, digest, length);
        if (placed)
        {
            FileHandles.SyncFolder(Path.GetDirectoryName(Layout.ObjectPath(digest))!);
        }
        return placed;
    }

    /// <summary>False when the file lies in another file system.</summary>
    private bool PlaceName(string temporary, Sha256Digest digest, long length)
    {
        string path = Layout.ObjectPath(digest);
        string folder = Path.GetDirectoryName(path)!;
        bool folderMade = false;
        while (true)
        {
            // link(2) refuses a name that is taken, which rename(2) would replace under the eyes of its readers.
            int errno = FileHandles.Link(temporary, path);
            if (errno == PosixError.CrossDevice)
            {
                return false;
            }
            if (errno == PosixError.NoEntry && !folderMade)
            {
                folderMade = true;
                Directory.CreateDirectory(folder); // somebody else may just have made it: then the second link finds it
                FileHandles.SyncFolder(Layout.Objects);
                continue;
            }
            if (errno is PosixError.NoEntry or PosixError.NoSpace or PosixError.QuotaExceeded or PosixError.ReadOnly)
            {
                throw PosixException.Of("name", path, errno);
            }
            if (TryGetSize(digest, out long present) && present != length)
            {
                Quarantine(path); // a file with our name and another length cannot have our content
                continue;
            }
            if (errno is not (0 or PosixError.Exists) && present == 0 && !File.Exists(path))
            {
                errno = FileHandles.Rename(temporary, path); // a file system without links; at worst an equal object is replaced by its equal
                return errno == 0 ? true : throw PosixException.Of("name", path, errno);
            }
            Touch(path);
            File.Delete(temporary);
            return true;
        }
    }

    /// <summary>Moves a file aside whose content does not match its name; the newest such file of a name is kept.</summary>
    internal void Quarantine(string path)
    {
        Directory.CreateDirectory(Layout.Damaged);
        int errno = FileHandles.Rename(path, Path.Combine(Layout.Damaged, Path.GetFileName(path)));
        if (errno is not (0 or PosixError.NoEntry)) // somebody else moved it first
        {
            throw PosixException.Of("move aside", path, errno);
        }
    }

    private FileLock WaitForHold()
    {
        long start = Time.GetTimestamp();
        while (true)
        {
            if (FileLock.TryAcquire(Layout.LockFile, exclusive: false) is { } hold)
            {
                return hold;
            }
            if (Time.GetElapsedTime(start) >= s_cleanUpDeadline)
            {
                throw new StrataException(
                    $"cannot open the store {Root}: another process has been cleaning it up for {s_cleanUpDeadline.TotalMinutes:0} minutes",
                    "Wait for its 'strata store gc' to end, or name another folder with --store.");
            }
            Thread.Sleep(20);
        }
    }

    private sealed class SoleHold(FileLock hold) : IDisposable
    {
        public void Dispose() => hold.MakeShared();
    }
}
