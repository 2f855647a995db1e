using System.Text;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Downloads;

namespace Strata.Toolbox;

/// <summary>Fetches tools as packages and unpacks them into the store, once for each lock.</summary>
/// <param name="lockFolder">Folder of the locks that strata comes with, <c>SET.lock</c>.</param>
/// <param name="store">Holds packages and trees.</param>
/// <param name="downloader">Fetches packages.</param>
/// <param name="resolver">Chooses them.</param>
/// <param name="lister">Lists them.</param>
/// <param name="progress">Told what is being done.</param>
public sealed class ToolboxInstaller(
    string lockFolder, ObjectStore store, IDownloader downloader, LockResolver resolver, PackageLister lister, IProgressReporter progress)
{
    private readonly TreeStore _trees = new(store, progress);

    /// <summary>Debian release that tools come from.</summary>
    public const string Suite = "trixie";

    /// <summary>Architecture of the hosts that tools run on.</summary>
    public const string Architecture = "amd64";

    /// <summary>What a set asks for.</summary>
    public static PackageRequest RequestOf(ToolSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return new PackageRequest { Roots = [.. set.Packages.Select(p => PackageRoot.Parse(p))], Cut = set.Cut };
    }

    /// <summary>
    /// The tree of a set, from the packages of <see cref="LockAsync"/>. Those that the mirrors no longer have are replaced by current
    /// ones, which is told and remembered.
    /// </summary>
    public async Task<ToolTree> InstallAsync(ToolSet set, bool update, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(set);
        return await InstallAsync(set.Name, await FetchedLockAsync(set, update, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// The lock of a set whose packages are here, or unpacked already; for who needs to know it before the tools are used.
    /// </summary>
    /// <param name="set">The set.</param>
    /// <param name="update">True to choose current versions.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<PackageLock> FetchedLockAsync(ToolSet set, bool update, CancellationToken cancellationToken)
    {
        PackageLock packages = await LockAsync(set, update, cancellationToken);
        if (_trees.TryGetPath(DigestOf(packages), out _))
        {
            return packages;
        }
        try
        {
            await FetchAsync(packages, cancellationToken);
            return packages;
        }
        catch (PackagesGoneException e)
        {
            return await MoveAsync(set, packages, e, cancellationToken);
        }
    }

    /// <summary>
    /// The lock of a set: the one that strata comes with, unless this host was told to move on (<paramref name="update"/>) or had to,
    /// because the mirrors no longer have it. Nothing is unpacked.
    /// </summary>
    /// <param name="set">The set.</param>
    /// <param name="update">True to choose current versions.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<PackageLock> LockAsync(ToolSet set, bool update, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(set);
        PackageLock? shipped = ReadShippedLock(set);
        if (!update && (ReadLock(MovedFileOf(set, shipped), set) ?? shipped) is PackageLock known)
        {
            return known;
        }
        PackageLock fresh = await resolver.ResolveAsync(
            Suite, Architecture, RequestOf(set), shipped is null ? null : new LockedBefore(shipped, _ => true), cancellationToken);
        await KeepLockAsync(MovedFileOf(set, shipped), fresh, cancellationToken);
        return fresh;
    }

    /// <summary>
    /// Replaces packages of a set that are gone by those of today, tells it, and remembers it until strata comes with another lock.
    /// </summary>
    private async Task<PackageLock> MoveAsync(ToolSet set, PackageLock packages, PackagesGoneException gone,
        CancellationToken cancellationToken)
    {
        PackageLock moved = await resolver.ResolveAsync(
            Suite, Architecture, RequestOf(set), new LockedBefore(packages, gone.Packages.Contains), cancellationToken);
        foreach (LockChange change in LockChange.Between(packages, moved))
        {
            progress.Note(change.Moved(gone.Packages));
        }
        await KeepLockAsync(MovedFileOf(set, ReadShippedLock(set)), moved, cancellationToken);
        return moved;
    }

    /// <summary>The lock that strata comes with; null when there is none, or it was made for another state of the set.</summary>
    public PackageLock? ReadShippedLock(ToolSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return ReadLock(LockFileOf(set), set);
    }

    /// <summary>File of the lock that strata comes with, beside the list of sets.</summary>
    public string LockFileOf(ToolSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return Path.Combine(lockFolder, set.Name + ".lock");
    }

    /// <summary>The tree of locked packages.</summary>
    /// <param name="name">What a person calls the set.</param>
    /// <param name="packages">The packages.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    public async Task<ToolTree> InstallAsync(string name, PackageLock packages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(packages);
        Sha256Digest digest = DigestOf(packages);
        if (!_trees.TryGetPath(digest, out string? root))
        {
            await FetchAsync(packages, cancellationToken);
            root = await _trees.GetOrAddAsync(digest, $"tools '{name}'", (folder, token) => UnpackAsync(name, packages, folder, token),
                cancellationToken);
        }
        return new ToolTree(root, progress);
    }

    /// <summary>Unpacks packages that are in the store, whatever they were locked for; the caller removes the tree.</summary>
    /// <param name="packages">The packages.</param>
    /// <param name="folder">Gets the tree; it is made.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<ToolTree> UnpackAsync(IReadOnlyList<ListedPackage> packages, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(packages);
        Directory.CreateDirectory(folder);
        await WriteAsync(packages, folder, cancellationToken);
        string libraries = new ToolTree(folder).LibraryFolder;
        IEnumerable<string> more = Directory.Exists(libraries) ? Directory.EnumerateDirectories(libraries) : [];
        return new ToolTree(
            folder, progress,
            [
                .. more.Where(d => Directory.EnumerateFiles(d, "lib*.so*").Any())
                    .Order(StringComparer.Ordinal).Select(d => Path.GetRelativePath(folder, d)),
            ]);
    }

    // the code is part of the name: a tree that an older version unpacked differently is not taken for this one
    private static Sha256Digest DigestOf(PackageLock packages) =>
        Sha256Digest.Of([.. PackageLockFile.Write(packages), .. Encoding.ASCII.GetBytes(CodeIdentity.Of(typeof(PackageTree)))]);

    private Task FetchAsync(PackageLock packages, CancellationToken cancellationToken) =>
        PackageFetcher.FetchAsync(packages, downloader, store, () => resolver.SuitesOf(Suite), cancellationToken);

    /// <summary>What stands for a lock on this host: it goes with the lock that it replaces.</summary>
    private string MovedFileOf(ToolSet set, PackageLock? shipped)
    {
        string replaced = shipped is null ? "" : $"-{Sha256Digest.Of(PackageLockFile.Write(shipped)).ToShortString()}";
        return Path.Combine(store.Root, "toolbox", $"{set.Name}{replaced}.lock");
    }

    private async Task KeepLockAsync(string file, PackageLock made, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string temporary = store.NewTemporaryPath();
        await File.WriteAllBytesAsync(temporary, PackageLockFile.Write(made), cancellationToken);
        File.Move(temporary, file, overwrite: true);
    }

    private async Task UnpackAsync(string name, PackageLock packages, string folder, CancellationToken cancellationToken)
    {
        IReadOnlyList<ListedPackage> listed = await lister.ListAsync([.. packages.Packages.Select(p => (p.Name, p.Version, p.Sha256))], progress, cancellationToken);
        using IProgressTask task = progress.Begin($"unpacking tools '{name}'");
        await WriteAsync(listed, folder, cancellationToken);
    }

    private async Task WriteAsync(IReadOnlyList<ListedPackage> packages, string folder, CancellationToken cancellationToken)
    {
        FileTree tree = PackageTree.Of(new PackageSet(packages));
        using PackageContentReader contents = new(store.OpenRead);
        await Task.Run(() => TreeExtractor.Write(tree, contents, folder, cancellationToken), cancellationToken);
    }

    private PackageLock? ReadLock(string file, ToolSet set)
    {
        if (!File.Exists(file))
        {
            return null;
        }
        try
        {
            PackageLock known = PackageLockFile.Read(File.ReadAllBytes(file), $"the lock of tools '{set.Name}'");
            return known.Request.IsSameAs(LockedRequest.Of(RequestOf(set))) ? known : null;
        }
        catch (StrataException e)
        {
            progress.Warn($"{e.Message}; choosing current versions of the tools");
            return null;
        }
    }
}
