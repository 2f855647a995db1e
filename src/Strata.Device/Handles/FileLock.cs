using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Device.Posix;

namespace Strata.Device.Handles;

/// <summary>
/// An advisory lock (flock(2)) on a file, held between processes and between parts of one process; the kernel ends it with the process.
/// </summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestExclusiveHold = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(250);

    private FileLock(string path, SafeFileHandle handle)
    {
        Path = path;
        Handle = handle;
    }

    /// <summary>The locked file.</summary>
    public string Path { get; }

    /// <summary>The open file that carries the lock.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Takes the lock when nobody is in the way. The file is made when it is missing.</summary>
    /// <returns>Null when somebody else holds it.</returns>
    /// <exception cref="IOException">The file can neither be made nor read; <see cref="Exception.HResult"/> is the errno.</exception>
    public static FileLock? TryAcquire(string path, bool exclusive)
    {
        while (true)
        {
            SafeFileHandle handle = FileHandles.OpenOrCreate(path, out int errno) // a read-only store can still be held for reading
                ?? FileHandles.OpenForReading(path, out _)
                ?? throw PosixException.Of("open", path, errno);
            try
            {
                if (!FileHandles.TryLock(handle, exclusive))
                {
                    handle.Dispose();
                    return null;
                }
                if (FileHandles.CountLinks(handle) > 0)
                {
                    return new FileLock(path, handle);
                }
                handle.Dispose(); // its last holder deleted it after we had opened it: what we locked has no name any more
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits for the lock.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exclusive">True to exclude everybody, false to exclude only exclusive holders.</param>
    /// <param name="deadline">Longest wait.</param>
    /// <param name="whenWaiting">Called once, before the first wait.</param>
    /// <param name="timeProvider">Clock of the deadline.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when the deadline passed.</returns>
    public static async Task<FileLock?> AcquireAsync(
        string path, bool exclusive, TimeSpan deadline, Action? whenWaiting, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        long start = timeProvider.GetTimestamp();
        TimeSpan pause = s_firstPause;
        bool told = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAcquire(path, exclusive) is { } taken)
            {
                return taken;
            }
            if (!told)
            {
                told = true;
                whenWaiting?.Invoke();
            }
            if (timeProvider.GetElapsedTime(start) >= deadline)
            {
                return null;
            }
            await Task.Delay(pause, timeProvider, cancellationToken);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Turns a shared lock into an exclusive one when nobody else holds it; otherwise the shared lock stays.</summary>
    /// <exception cref="StrataException">Another process took the lock exclusively in between and does not give it back.</exception>
    public bool TryMakeExclusive()
    {
        if (FileHandles.TryLock(Handle, exclusive: true))
        {
            return true;
        }
        MakeShared(); // flock(2): a failed conversion loses the lock that was held
        return false;
    }

    /// <summary>Goes (back) to a shared lock; waits when another process has it exclusively at the moment.</summary>
    /// <exception cref="StrataException">It still has after ten minutes.</exception>
    public void MakeShared()
    {
        long start = Stopwatch.GetTimestamp();
        while (!FileHandles.TryLock(Handle, exclusive: false))
        {
            if (Stopwatch.GetElapsedTime(start) > s_longestExclusiveHold)
            {
                throw new StrataException(
                    $"cannot take hold of {Path}: another process keeps it to itself",
                    "End the other strata, then try again.");
            }
            Thread.Sleep(s_firstPause);
        }
    }

    /// <summary>Deletes the file while it is still locked, so that nobody can hold it under its name, and lets go.</summary>
    public void DeleteAndRelease()
    {
        File.Delete(Path);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Handle.IsClosed)
        {
            FileHandles.Unlock(Handle); // between fork and exec a child has a copy of every open file, and the lock would live on with it
        }
        Handle.Dispose();
    }
}
