using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Handles;
using Strata.Device.Posix;

namespace Strata.Store;

/// <summary>Unpacked folders named by a digest, such as the toolbox: filled aside, then shown whole.</summary>
/// <param name="store">The store whose <c>trees/</c> holds them.</param>
/// <param name="progress">Told about waiting; nobody when null.</param>
/// <remarks>Safe for concurrent use by threads and processes. The folders are plain files: who gets one must not change it.</remarks>
public sealed class TreeStore(ObjectStore store, IProgressReporter? progress = null)
{
    /// <summary>File beside a tree's root that says that the tree is whole; its time of change is that of the last use.</summary>
    internal const string MarkerName = "complete";

    private const string RootName = "root";
    private const int NotEmpty = 39; // ENOTEMPTY
    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    private readonly IProgressReporter _progress = progress ?? SilentProgress.Instance;

    /// <summary>The tree, if it is here and whole; noted as used.</summary>
    public bool TryGetPath(Sha256Digest digest, [NotNullWhen(true)] out string? root)
    {
        string folder = FolderOf(digest);
        string marker = Path.Combine(folder, MarkerName);
        root = File.Exists(marker) ? Path.Combine(folder, RootName) : null;
        if (root is not null)
        {
            store.Touch(marker);
        }
        return root is not null;
    }

    /// <summary>The tree that is here, or a new one; two builds fill it once.</summary>
    /// <param name="digest">Names everything that decides what is in it.</param>
    /// <param name="label">What a person calls it.</param>
    /// <param name="fill">Fills the empty folder it is given.</param>
    /// <param name="cancellationToken">Ends the waiting and is passed on.</param>
    /// <returns>Full path of the tree's root.</returns>
    /// <exception cref="StrataException">The disk is full or fails, or another build fills it for longer than an hour.</exception>
    public async Task<string> GetOrAddAsync(
        Sha256Digest digest, string label, Func<string, CancellationToken, Task> fill, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fill);
        if (TryGetPath(digest, out string? known))
        {
            return known;
        }
        try
        {
            Directory.CreateDirectory(store.Layout.Locks);
            FileLock taken = await FileLock.AcquireAsync(
                Path.Combine(store.Layout.Locks, $"tree-{digest}"),
                exclusive: true,
                s_longestWait,
                () => _progress.Note($"another build is unpacking {label}; waiting for it"),
                store.Time,
                cancellationToken)
                ?? throw new StrataException(
                    $"cannot unpack {label}: another build has been doing it for {s_longestWait.TotalHours:0} hour");
            try
            {
                return TryGetPath(digest, out string? madeMeanwhile) ? madeMeanwhile : await MakeAsync(digest, fill, cancellationToken);
            }
            finally
            {
                taken.DeleteAndRelease();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreFault.Describe(e, $"unpack {label}", store.Root, needed: null);
        }
    }

    private string FolderOf(Sha256Digest digest) => Path.Combine(store.Layout.Trees, digest.ToString());

    private async Task<string> MakeAsync(
        Sha256Digest digest, Func<string, CancellationToken, Task> fill, CancellationToken cancellationToken)
    {
        string aside = store.NewTemporaryPath();
        try
        {
            string root = Directory.CreateDirectory(Path.Combine(aside, RootName)).FullName;
            await fill(root, cancellationToken);
            string marker = Path.Combine(aside, MarkerName);
            await File.WriteAllBytesAsync(marker, [], cancellationToken);
            using (SafeFileHandle file = FileHandles.OpenForReading(marker, out int errno) ?? throw PosixException.Of("open", marker, errno))
            {
                FileHandles.SyncFileSystem(file, aside); // thousands of files: one flush for all, before the name appears
            }
            Show(aside, FolderOf(digest));
        }
        finally
        {
            if (Directory.Exists(aside))
            {
                TreeRemoval.Remove(aside);
            }
        }
        return Path.Combine(FolderOf(digest), RootName);
    }

    private void Show(string aside, string folder)
    {
        Directory.CreateDirectory(store.Layout.Trees);
        int errno = FileHandles.Rename(aside, folder);
        if (errno is NotEmpty or PosixError.Exists)
        {
            TreeRemoval.Remove(folder); // without a marker, or it would have been used: somebody tampered with it
            errno = FileHandles.Rename(aside, folder);
        }
        if (errno != 0)
        {
            throw PosixException.Of("rename", folder, errno);
        }
        FileHandles.SyncFolder(store.Layout.Trees);
    }
}
