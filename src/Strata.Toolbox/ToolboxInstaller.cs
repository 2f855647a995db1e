using System.Net;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Store;
using Strata.Store.Downloads;

namespace Strata.Toolbox;

/// <summary>Fetches tools as packages and unpacks them into the store, once for each lock.</summary>
/// <param name="store">Holds packages and trees.</param>
/// <param name="downloader">Fetches packages.</param>
/// <param name="resolver">Chooses them.</param>
/// <param name="lister">Lists them.</param>
/// <param name="progress">Told what is being done.</param>
public sealed class ToolboxInstaller(
    ObjectStore store, IDownloader downloader, LockResolver resolver, PackageLister lister, IProgressReporter progress)
{
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
    /// The tree of a set. It is resolved once; its lock stays in the store until <paramref name="update"/> asks for current versions, or the
    /// mirror no longer has the old ones.
    /// </summary>
    public async Task<ToolTree> InstallAsync(ToolSet set, bool update, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(set);
        string file = Path.Combine(store.Root, "toolbox", set.Name + ".lock");
        PackageLock? known = update ? null : ReadLock(file, set);
        if (known is not null)
        {
            try
            {
                return await InstallAsync(set.Name, known, cancellationToken);
            }
            catch (StrataException e) when (e.InnerException is DownloadException { Status: HttpStatusCode.NotFound or HttpStatusCode.Gone })
            {
                progress.Note($"{e.Message}; choosing current versions of the tools");
            }
        }
        PackageLock fresh = await resolver.ResolveAsync(Suite, Architecture, RequestOf(set), cancellationToken);
        ToolTree tree = await InstallAsync(set.Name, fresh, cancellationToken);
        await KeepLockAsync(file, fresh, cancellationToken);
        return tree;
    }

    /// <summary>The lock of a set as <see cref="InstallAsync(ToolSet, bool, CancellationToken)"/> chooses it, without unpacking anything.</summary>
    /// <param name="set">The set.</param>
    /// <param name="update">True to choose current versions.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<PackageLock> LockAsync(ToolSet set, bool update, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(set);
        string file = Path.Combine(store.Root, "toolbox", set.Name + ".lock");
        if (!update && ReadLock(file, set) is PackageLock known)
        {
            return known;
        }
        PackageLock fresh = await resolver.ResolveAsync(Suite, Architecture, RequestOf(set), cancellationToken);
        await KeepLockAsync(file, fresh, cancellationToken);
        return fresh;
    }

    /// <summary>The tree of locked packages.</summary>
    /// <param name="name">What a person calls the set.</param>
    /// <param name="packages">The packages.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    public async Task<ToolTree> InstallAsync(string name, PackageLock packages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(packages);
        TreeStore trees = new(store, progress);
        // the code is part of the name: a tree that an older version unpacked differently is not taken for this one
        Sha256Digest digest = Sha256Digest.Of([.. PackageLockFile.Write(packages), .. typeof(PackageTree).Module.ModuleVersionId.ToByteArray()]);
        if (!trees.TryGetPath(digest, out string? root))
        {
            await PackageFetcher.FetchAsync(packages, downloader, store, resolver.SuitesOf(Suite), cancellationToken);
            root = await trees.GetOrAddAsync(digest, $"tools '{name}'", (folder, token) => UnpackAsync(name, packages, folder, token), cancellationToken);
        }
        return new ToolTree(root);
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
        FileTree tree = PackageTree.Of(new PackageSet(listed));
        using IProgressTask task = progress.Begin($"unpacking tools '{name}'");
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
