using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Store;
using Strata.Toolbox;

namespace Strata.Composition.Effects;

/// <summary>Makes the indexes of all kernel modules of the tree with <c>depmod</c>: which needs which, which device wants which.</summary>
/// <remarks>The binary indexes (<c>*.bin</c>) are kept only for a system that has kmod; BusyBox reads the text forms.</remarks>
internal sealed class ModuleIndexEffect : IEffect
{
    private const long LargestIndex = 64 << 20;

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
            AddIndexes(context, kernel, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void AddIndexes(EffectContext context, KernelFiles kernel, string folder)
    {
        GuestPath home = kernel.ModuleFolder;
        string staged = Path.Combine(folder, home.Relative);
        foreach (string list in new[] { "modules.builtin", "modules.builtin.modinfo", "modules.order" })
        {
            File.WriteAllText(Path.Combine(staged, list), kernel.ReadList(list, context.Contents));
        }
        Directory.CreateSymbolicLink(Path.Combine(folder, "lib"), "usr/lib"); // depmod looks below /lib/modules
        RunDepmod(context, kernel.Version, folder);
        bool hasKmod = context.Tree.Contains(GuestPath.Parse("/usr/bin/kmod"));
        Origin made = EffectContext.OriginOf(this);
        using ForeignFolder indexes = new(staged);
        foreach (string file in Directory.EnumerateFiles(staged).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name != "modules.builtin.modinfo" && (hasKmod || !name.EndsWith(".bin", StringComparison.Ordinal)))
            {
                FileContent content = context.Keep(indexes.Read(name, LargestIndex));
                context.Tree.Add(home.Join(name), new FileNode { Permissions = Modes.File, Content = content }, made);
            }
        }
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
