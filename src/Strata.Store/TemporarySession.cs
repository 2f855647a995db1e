using Strata.Device.Handles;

namespace Strata.Store;

/// <summary>The folder below <c>tmp/</c> in which one open store keeps its unfinished files; locked as long as it lives.</summary>
/// <remarks>What a killed process left is removed by a later one, a day after its last change and only when its lock is free.</remarks>
internal sealed class TemporarySession : IDisposable
{
    /// <summary>How old something left behind must be before it is removed.</summary>
    public static readonly TimeSpan ReclaimAge = TimeSpan.FromDays(1);

    private const string LockName = "lock";
    private readonly string _folder;
    private readonly FileLock _lock;

    private TemporarySession(string folder, FileLock taken)
    {
        _folder = folder;
        _lock = taken;
    }

    /// <summary>Makes a folder of its own below <paramref name="temporary"/> and locks it.</summary>
    public static TemporarySession Begin(string temporary)
    {
        string folder = Path.Combine(temporary, Path.GetRandomFileName());
        Directory.CreateDirectory(folder);
        FileLock taken = FileLock.TryAcquire(Path.Combine(folder, LockName), exclusive: true)
            ?? throw new IOException($"the new folder {folder} is locked by somebody else");
        return new TemporarySession(folder, taken);
    }

    /// <summary>Path of a file that does not exist yet.</summary>
    public string NewPath() => Path.Combine(_folder, Path.GetRandomFileName());

    /// <summary>
    /// Removes what dead processes left below <paramref name="temporary"/>; what cannot be removed stays for another time.
    /// </summary>
    /// <param name="temporary">The folder <c>tmp/</c>.</param>
    /// <param name="now">The time.</param>
    /// <param name="age">How long ago the last change must be; null when nobody else can have the store open.</param>
    /// <param name="dryRun">True to change nothing.</param>
    /// <returns>Full paths of what was removed, or would be.</returns>
    public static IReadOnlyList<string> Reclaim(string temporary, DateTimeOffset now, TimeSpan? age, bool dryRun = false)
    {
        List<string> removed = [];
        if (!Directory.Exists(temporary))
        {
            return removed;
        }
        foreach (string path in Directory.EnumerateFileSystemEntries(temporary).Order(StringComparer.Ordinal))
        {
            try
            {
                if ((age is null || now - File.GetLastWriteTimeUtc(path) >= age) && RemoveUnlocked(path, dryRun))
                {
                    removed.Add(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue; // another process removed it first, or it belongs to another user: neither stops this one's work
            }
        }
        return removed;
    }

    /// <summary>Removes the folder with everything unfinished in it.</summary>
    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left for Reclaim: an unremovable temporary file must not hide the outcome of the work.
        }
        _lock.Dispose();
    }

    private static bool RemoveUnlocked(string path, bool dryRun)
    {
        if (!Directory.Exists(path))
        {
            if (!dryRun)
            {
                File.Delete(path);
            }
            return true;
        }
        string lockPath = Path.Combine(path, LockName);
        if (dryRun && !File.Exists(lockPath))
        {
            return true; // looking makes no lock file
        }
        using FileLock? taken = FileLock.TryAcquire(lockPath, exclusive: true);
        if (taken is null)
        {
            return false;
        }
        if (!dryRun)
        {
            Directory.Delete(path, recursive: true);
        }
        return true;
    }
}
