using Strata.Core;
using Strata.Core.Progress;
using Strata.Packages.Locks;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Kernel.Hardware;

/// <summary>The aliases of the drivers of Debian's stock kernel, indexed by <c>depmod</c>; done once for each version of it.</summary>
/// <param name="store">Keeps them.</param>
/// <param name="actions">Remembers them.</param>
/// <param name="progress">Told what is being done.</param>
public sealed class StockModules(ObjectStore store, ActionCache actions, IProgressReporter progress)
{
    /// <summary>The set of tools that holds the kernel and depmod.</summary>
    public const string ToolSetName = "hardware";

    private const int Version = 1;
    private const string AliasName = "modules.alias";
    private const string BuiltInName = "modules.builtin.modinfo";
    private const long LargestList = 64 << 20;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    /// <summary>Reads them.</summary>
    /// <param name="packages">The locked packages of the set.</param>
    /// <param name="install">Unpacks them; called only when something is to be done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="StrataException">The packages hold no kernel, or depmod fails.</exception>
    public async Task<ModuleAliases> GetAsync(PackageLock packages, Func<CancellationToken, Task<ToolTree>> install, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(packages);
        ArgumentNullException.ThrowIfNull(install);
        ActionKeyBuilder key = new("stock-aliases", Version);
        key.Add("packages", string.Concat(packages.Packages.Select(p => $"{p.Name} {p.Version} {p.Sha256}\n")));
        ActionResult result = await actions.GetOrAddAsync(key.Build(), async token => await IndexAsync(await install(token), token), cancellationToken);
        ModuleAliases aliases = new();
        using (StreamReader reader = new(store.OpenRead(result[AliasName].Digest)))
        {
            aliases.ReadText(reader);
        }
        aliases.ReadBuiltIn(await ReadAllAsync(result[BuiltInName], cancellationToken));
        return aliases;
    }

    private async Task<ActionResult> IndexAsync(ToolTree tree, CancellationToken cancellationToken)
    {
        using IProgressTask task = progress.Begin("indexing the drivers of the stock kernel");
        string modules = tree.PathOf("usr/lib/modules");
        string[] releases = Directory.Exists(modules) ? [.. Directory.EnumerateDirectories(modules).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)] : [];
        if (releases.Length != 1)
        {
            throw new StrataException($"cannot find the drivers of the stock kernel: the packages hold {releases.Length} kernels, expected one", $"Set '{ToolSetName}' of toolbox/tools.yaml names it.");
        }
        string folder = Directory.CreateDirectory(store.NewTemporaryPath()).FullName;
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, "lib"), tree.PathOf("usr/lib")); // the tree is only read; depmod writes beside it
            string made = Directory.CreateDirectory(Path.Combine(folder, "made")).FullName;
            ToolStart start = tree.InRoom(new ToolView([], [folder]), "usr/sbin/depmod", "--basedir=" + folder, "--outdir=" + made, releases[0]);
            ToolResult result = await Task.Run(() => ToolRun.ToEnd(start, s_deadline), cancellationToken);
            if (result.ExitCode != 0)
            {
                throw new StrataException($"cannot index the drivers of the stock kernel: depmod ended with {result.ExitCode}: {(result.Output + result.Errors).Trim()}");
            }
            return new ActionResult(
            [
                await KeepAsync(AliasName, Path.Combine(made, "lib/modules", releases[0]), cancellationToken),
                await KeepAsync(BuiltInName, Path.Combine(modules, releases[0]), cancellationToken),
            ]);
        }
        finally
        {
            File.Delete(Path.Combine(folder, "lib")); // the link, before what is below it could be taken for ours
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ActionOutput> KeepAsync(string name, string from, CancellationToken cancellationToken)
    {
        using ForeignFolder folder = new(from);
        (Sha256Digest digest, long length) = await folder.AddToAsync(store, name, LargestList, cancellationToken);
        return new ActionOutput(name, digest, length);
    }

    private async Task<byte[]> ReadAllAsync(ActionOutput output, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[output.Size];
        using FileStream stream = store.OpenRead(output.Digest);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }
}
