using System.Diagnostics;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Blueprints;
using Strata.Images.Composition;
using Strata.Toolbox;

namespace Strata.Images.Effects;

/// <summary>Takes the kernel modules that capabilities name, with all they depend on, and makes their indexes with <c>depmod</c>.</summary>
/// <remarks>
/// Modules lie uncompressed: the image around them compresses better. The binary indexes (<c>*.bin</c>) are kept only for a system that
/// has kmod; BusyBox reads the text forms.
/// </remarks>
public sealed class KernelModulesEffect : IEffect
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public string Name => "kernel-modules";

    /// <inheritdoc/>
    public string Description => "kernel modules with what they depend on, and their indexes";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Kernel is not KernelPackage kernel)
        {
            return; // a container runs on the kernel of its host
        }
        Dictionary<string, string> wanted = new(StringComparer.Ordinal);
        foreach (Capability capability in context.Blueprint.Capabilities)
        {
            foreach (string module in capability.KernelModules)
            {
                wanted.TryAdd(module, capability.Name);
            }
        }
        if (wanted.Count == 0)
        {
            return;
        }
        string folder = Directory.CreateDirectory(context.Store.NewTemporaryPath()).FullName; // the store reclaims it when this process is killed
        try
        {
            AddModules(context, kernel, wanted, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void AddModules(EffectContext context, KernelPackage kernel, Dictionary<string, string> wanted, string folder)
    {
        GuestPath home = kernel.ModuleFolder;
        string staged = Path.Combine(folder, home.Relative);
        foreach ((GuestPath path, ReadOnlyMemory<byte> module) in kernel.Closure(wanted.Keys, context.Contents))
        {
            string name = KernelPackage.ModuleName(path.Name);
            string? capability = wanted.FirstOrDefault(w => KernelPackage.ModuleName(w.Key) == name).Value;
            Origin origin = new(capability, kernel.Package.Name, capability is null ? "module needed by another" : "module");
            context.Tree.Add(path, new FileNode { Permissions = 0x1A4, Content = context.Keep(module) }, origin);
            string file = Path.Combine(folder, path.Relative);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, module.Span);
        }
        Directory.CreateDirectory(staged);
        foreach (string list in new[] { "modules.builtin", "modules.builtin.modinfo", "modules.order" })
        {
            File.WriteAllText(Path.Combine(staged, list), kernel.ReadList(list, context.Contents));
        }
        Directory.CreateSymbolicLink(Path.Combine(folder, "lib"), "usr/lib"); // depmod looks below /lib/modules
        RunDepmod(context, kernel.Version, folder);
        bool hasKmod = context.Tree.Contains(GuestPath.Parse("/usr/bin/kmod"));
        Origin made = EffectContext.OriginOf(this);
        foreach (string file in Directory.EnumerateFiles(staged).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name != "modules.builtin.modinfo" && (hasKmod || !name.EndsWith(".bin", StringComparison.Ordinal)))
            {
                context.Tree.Add(home.Join(name), new FileNode { Permissions = 0x1A4, Content = context.Keep(File.ReadAllBytes(file)) }, made);
            }
        }
    }

    private static void RunDepmod(EffectContext context, string kernelVersion, string folder)
    {
        ProcessStartInfo start = context.Tools.Command("usr/sbin/depmod", "-b", folder, kernelVersion);
        ToolResult result = ToolRun.ToEnd(start, s_deadline);
        if (result.ExitCode != 0)
        {
            throw new StrataException($"cannot index the kernel modules: depmod ended with {result.ExitCode}: {(result.Output + result.Errors).Trim()}");
        }
    }
}
