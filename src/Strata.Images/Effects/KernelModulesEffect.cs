using System.Diagnostics;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Blueprints;
using Strata.Images.Composition;
using Strata.Store;
using Strata.Toolbox;

namespace Strata.Images.Effects;

/// <summary>Takes the kernel modules that capabilities name, with all they depend on, and makes their indexes with <c>depmod</c>.</summary>
/// <remarks>
/// Modules lie uncompressed: the image around them compresses better. The binary indexes (<c>*.bin</c>) are kept only for a system that
/// has kmod; BusyBox reads the text forms.
/// </remarks>
public sealed class KernelModulesEffect : IEffect
{
    private const long LargestIndex = 64 << 20;

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
        if (context.Kernel is not KernelFiles kernel)
        {
            return; // a container runs on the kernel of its host
        }
        Dictionary<string, string?> wanted = Wanted(context, kernel);
        FirmwareSlice firmware = new(context, kernel);
        if (wanted.Count == 0)
        {
            firmware.AddBuiltIn();
            firmware.ThrowIfUnused();
            return;
        }
        string folder = Directory.CreateDirectory(context.Store.NewTemporaryPath()).FullName; // the store reclaims it when this process is killed
        try
        {
            AddModules(context, kernel, wanted, firmware, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Modules by name, each with the capability that asks for it first.</summary>
    private static Dictionary<string, string?> Wanted(EffectContext context, KernelFiles kernel)
    {
        Dictionary<string, string?> wanted = new(StringComparer.Ordinal);
        IEnumerable<Capability> capabilities = context.Blueprint.Capabilities;
        if (!context.Blueprint.Edition.TakesAllModules && capabilities.All(c => c.KernelModules.Count + c.OptionalModules.Count == 0))
        {
            return wanted;
        }
        KernelModules modules = new(kernel, context.Contents);
        foreach (Capability capability in capabilities)
        {
            foreach (string module in capability.KernelModules.Select(m => m.Text))
            {
                foreach (string name in module.Contains('/', StringComparison.Ordinal) ? modules.OfClass(module) : [KernelModules.ModuleName(module)])
                {
                    wanted.TryAdd(name, capability.Name);
                }
            }
            foreach (string module in capability.OptionalModules.Where(modules.Has))
            {
                wanted.TryAdd(KernelModules.ModuleName(module), capability.Name);
            }
        }
        foreach (string module in context.Blueprint.Edition.TakesAllModules ? modules.Names : [])
        {
            wanted.TryAdd(module, null);
        }
        return wanted;
    }

    private void AddModules(EffectContext context, KernelFiles kernel, Dictionary<string, string?> wanted, FirmwareSlice firmware, string folder)
    {
        GuestPath home = kernel.ModuleFolder;
        string staged = Path.Combine(folder, home.Relative);
        foreach (TakenModule module in new KernelModules(kernel, context.Contents).Closure(wanted.Keys))
        {
            bool isAsked = wanted.TryGetValue(KernelModules.ModuleName(module.Path.Name), out string? capability);
            Origin origin = new(capability, kernel.Package?.Name, isAsked ? "module" : "module needed by another");
            context.Tree.Add(module.Path, new FileNode { Permissions = 0x1A4, Content = context.Keep(module.Bytes) }, origin);
            string file = Path.Combine(folder, module.Path.Relative);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, module.Bytes.Span);
            firmware.Add(module);
        }
        firmware.AddBuiltIn();
        firmware.ThrowIfUnused();
        Directory.CreateDirectory(staged);
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
                context.Tree.Add(home.Join(name), new FileNode { Permissions = 0x1A4, Content = context.Keep(indexes.Read(name, LargestIndex)) }, made);
            }
        }
    }

    private static void RunDepmod(EffectContext context, string version, string folder)
    {
        ProcessStartInfo start = context.Tools.Command("usr/sbin/depmod", "-b", folder, version);
        ToolResult result = ToolRun.ToEnd(start, s_deadline);
        if (result.ExitCode != 0)
        {
            throw new StrataException($"cannot index the kernel modules: depmod ended with {result.ExitCode}: {(result.Output + result.Errors).Trim()}");
        }
    }
}
