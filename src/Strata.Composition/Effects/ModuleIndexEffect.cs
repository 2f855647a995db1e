using System.Text;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Composition.Effects;

/// <summary>Makes the indexes of all kernel modules of the tree with <c>depmod</c>: which needs which, which device wants which.</summary>
/// <remarks>
/// The binary indexes (<c>*.bin</c>) are kept only for a system that has kmod or its library; BusyBox reads the text forms.
/// </remarks>
internal sealed class ModuleIndexEffect : IEffect
{
    private const string BuiltInModInfo = "modules.builtin.modinfo";
    private const string KmodLibrary = "libkmod.so.2"; // udev and systemd load drivers by it
    private const long LargestIndex = 64 << 20;

    private static readonly string[] s_lists = ["modules.builtin", BuiltInModInfo, "modules.order"];
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public string Name => "module-index";

    /// <inheritdoc/>
    public string Description => "indexes of the kernel modules";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Kernel is not KernelFiles kernel)
        {
            return; // a container runs on the kernel of its host
        }
        GuestPath drivers = kernel.ModuleFolder.Join("kernel");
        List<TreeEntry> modules = [.. context.Tree.Entries.Where(e => e.Node is FileNode && e.Path.IsAtOrBelow(drivers))];
        if (modules.Count == 0)
        {
            return;
        }
        Dictionary<string, string> lists = s_lists.ToDictionary(n => n, n => kernel.ReadList(n, context.Contents), StringComparer.Ordinal);
        ActionKey key = KeyOf(context, kernel, modules, lists);
        ActionResult? indexes = context.Actions?.TryGet(key);
        if (indexes is null)
        {
            indexes = Make(context, kernel, modules, lists);
            context.Actions?.Put(key, indexes);
        }
        bool hasKmod = context.Tree.Contains(GuestPath.Parse("/usr/bin/kmod")) || context.Tree.Entries.Any(e => e.Path.Name == KmodLibrary);
        Origin made = EffectContext.OriginOf(this);
        foreach (ActionOutput index in indexes.Outputs.Where(i => hasKmod || !i.Name.EndsWith(".bin", StringComparison.Ordinal)))
        {
            FileContent content = new StoredContent(index.Size, index.Digest);
            context.Tree.Add(kernel.ModuleFolder.Join(index.Name), new FileNode { Permissions = Modes.File, Content = content }, made);
        }
    }

    /// <summary>Everything that decides what depmod writes.</summary>
    private static ActionKey KeyOf(
        EffectContext context, KernelFiles kernel, IEnumerable<TreeEntry> modules, Dictionary<string, string> lists)
    {
        ActionKeyBuilder key = new ActionKeyBuilder("module-index", 1)
            .WithCode(typeof(ModuleIndexEffect))
            .Add("version", kernel.Version)
            .Add("modules", modules.Select(m => $"{m.Path} {((FileNode)m.Node).Content.Digest}"))
            .Add("tools", Path.GetFileName(Path.GetDirectoryName(context.Tools.Root)!)); // a tree is named by the digest of its lock
        foreach ((string name, string text) in lists)
        {
            key.Add(name, Sha256Digest.Of(Encoding.UTF8.GetBytes(text)));
        }
        return key.Build();
    }

    /// <summary>All indexes, those that only kmod reads too.</summary>
    private static ActionResult Make(
        EffectContext context, KernelFiles kernel, IEnumerable<TreeEntry> modules, Dictionary<string, string> lists)
    {
        string folder = Directory.CreateDirectory(context.Store.NewTemporaryPath()).FullName; // reclaimed when this process is killed
        try
        {
            foreach (TreeEntry module in modules)
            {
                string file = Path.Combine(folder, module.Path.Relative);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                using FileStream copy = new(file, FileMode.CreateNew, FileAccess.Write);
                context.Contents.Open(((FileNode)module.Node).Content).CopyTo(copy);
            }
            string staged = Path.Combine(folder, kernel.ModuleFolder.Relative);
            foreach ((string name, string text) in lists)
            {
                File.WriteAllText(Path.Combine(staged, name), text);
            }
            Directory.CreateSymbolicLink(Path.Combine(folder, "lib"), "usr/lib"); // depmod looks below /lib/modules
            RunDepmod(context, kernel.Version, folder);
            return new ActionResult(Keep(context.Store, staged));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<ActionOutput> Keep(ObjectStore store, string staged)
    {
        List<ActionOutput> kept = [];
        using ForeignFolder indexes = new(staged);
        using ObjectBatch batch = store.BeginBatch();
        foreach (string name in Directory.EnumerateFiles(staged).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal))
        {
            if (name != BuiltInModInfo)
            {
                byte[] bytes = indexes.Read(name, LargestIndex);
                kept.Add(new ActionOutput(name, batch.Add(bytes), bytes.Length));
            }
        }
        batch.Commit();
        return kept;
    }

    private static void RunDepmod(EffectContext context, string version, string folder)
    {
        ToolStart start = context.Tools.InRoom(new ToolView([], [folder]), "usr/sbin/depmod", "-b", folder, version);
        ToolResult result = ToolRun.ToEnd(start, s_deadline);
        if (result.ExitCode != 0)
        {
            throw new StrataException(
                $"cannot index the kernel modules: depmod ended with {result.ExitCode}: {(result.Output + result.Errors).Trim()}");
        }
    }
}
