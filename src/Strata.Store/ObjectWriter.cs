using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>A new object while it is written: hashed on the way, invisible until <see cref="Commit"/>, gone when disposed before.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class ObjectWriter : IDisposable
{
    private const uint ReadOnlyMode = Modes.ReadOnlyFile; // nobody changes an object by accident

    private readonly ObjectStore _store;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly bool _keepFile;
    private bool _finished;

    /// <summary>Makes the file.</summary>
    /// <param name="store">Where the object will be.</param>
    /// <param name="path">The temporary file to make.</param>
    /// <param name="keepFile">True when the caller takes over the file instead of <see cref="Dispose"/> removing it.</param>
    internal ObjectWriter(ObjectStore store, string path, bool keepFile = false)
    {
        _keepFile = keepFile;
        _store = store;
        _path = path;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    }

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _hash.AppendData(bytes);
        try
        {
            _file.Write(bytes);
        }
        catch (IOException e)
        {
            throw _store.CannotAdd(e, Length + bytes.Length);
        }
        Length += bytes.Length;
    }

    /// <summary>Appends bytes.</summary>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _hash.AppendData(bytes.Span);
        try
        {
            await _file.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            throw _store.CannotAdd(e, Length + bytes.Length);
        }
        Length += bytes.Length;
    }

    /// <summary>Makes the object durable and visible and returns its name. An equal object that is there already is kept instead.</summary>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public Sha256Digest Commit()
    {
        try
        {
            (Sha256Digest digest, long length) = Finish(durable: true);
            _store.Place(_path, digest, length);
            return digest;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _store.CannotAdd(e, Length);
        }
    }

    /// <summary>Makes the object durable and visible if it is the expected one.</summary>
    /// <param name="digest">Its name.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="problem">How it differs, when it does; it is then dropped.</param>
    /// <exception cref="StrataException">The disk is full or fails.</exception>
    public bool TryCommitExpected(Sha256Digest digest, long size, [NotNullWhen(false)] out string? problem)
    {
        problem = Length == size ? null : $"it has {Length} bytes, expected {size}";
        if (problem is not null)
        {
            return false;
        }
        try
        {
            (Sha256Digest got, long length) = Finish(durable: true);
            if (got != digest)
            {
                problem = $"its SHA-256 is {got}, expected {digest}";
                return false;
            }
            _store.Place(_path, digest, length);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw _store.CannotAdd(e, size);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _finished = true;
        _file.Dispose();
        _hash.Dispose();
        if (_keepFile)
        {
            return;
        }
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for the reclaiming of tmp/: this must not hide why the writing ended.
        }
    }

    /// <summary>Closes the file, complete and read-only. The caller places it, or lets <see cref="Dispose"/> drop it.</summary>
    internal (Sha256Digest Digest, long Length) Finish(bool durable)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _finished = true;
        FileHandles.ChangeMode(_file.SafeFileHandle, ReadOnlyMode, _path);
        if (durable)
        {
            FileHandles.Sync(_file.SafeFileHandle, _path);
        }
        _file.Dispose();
        return (Sha256Digest.Finish(_hash), Length);
    }

    /// <summary>Makes a finished file of somebody else read-only and durable.</summary>
    internal static void Seal(string path)
    {
        using SafeFileHandle file = FileHandles.OpenForReading(path, out int errno) ?? throw PosixException.Of("open", path, errno);
        FileHandles.ChangeMode(file, ReadOnlyMode, path);
        FileHandles.Sync(file, path);
    }
}
