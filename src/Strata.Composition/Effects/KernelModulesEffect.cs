using Strata.Blueprints;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Composition.Effects;

/// <summary>Takes the kernel modules that capabilities name, with all they depend on, and the firmware that these name.</summary>
/// <remarks>
/// Modules lie uncompressed: the image around them compresses better. One that several capabilities need belongs to the first of them; one
/// that none needs (<c>kernel-modules: all</c>) to no capability.
/// </remarks>
internal sealed class KernelModulesEffect : IEffect
{
    /// <inheritdoc/>
    public string Name => "kernel-modules";

    /// <inheritdoc/>
    public string Description => "kernel modules with what they depend on, and the firmware that they name";

    /// <inheritdoc/>
    public bool IsAlwaysOn => true;

    /// <inheritdoc/>
    public bool IsOfTheSystem => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Kernel is not KernelFiles kernel || context.Modules is not KernelModules modules)
        {
            return; // a container runs on the kernel of its host
        }
        List<(string Module, string? Capability)> wanted = [.. Wanted(context, modules)];
        FirmwareSlice firmware = new(context, kernel);
        HashSet<string> asked = [.. wanted.Select(w => w.Module)];
        IReadOnlyList<TakenModule> closure = asked.Count == 0 ? [] : modules.Closure(asked);
        Dictionary<string, string?> owners = OwnersOf(wanted, closure);
        foreach (TakenModule module in closure)
        {
            string reason = asked.Contains(module.Name) ? "module" : "module needed by another";
            Origin origin = new(owners[module.Name], kernel.Package?.Name, reason);
            context.Tree.Add(module.Path, new FileNode { Permissions = Modes.File, Content = context.Keep(module.Bytes) }, origin);
            firmware.Add(module);
        }
        firmware.AddBuiltIn();
        if (context.Part is null)
        {
            firmware.ThrowIfUnused();
        }
    }

    /// <summary>Modules by name, each with the capability that asks for it.</summary>
    private static IEnumerable<(string Module, string? Capability)> Wanted(EffectContext context, KernelModules modules)
    {
        foreach (Capability capability in context.Blueprint.Capabilities)
        {
            foreach (string module in capability.KernelModules.Select(m => m.Text))
            {
                foreach (string name in module.Contains('/', StringComparison.Ordinal) ? modules.OfClass(module) : [KernelModules.ModuleName(module)])
                {
                    yield return (name, capability.Name);
                }
            }
            foreach (string module in capability.OptionalModules.Where(modules.Has))
            {
                yield return (KernelModules.ModuleName(module), capability.Name);
            }
        }
        foreach (string module in context.Part is null && context.Blueprint.Edition.TakesAllModules ? modules.Names : [])
        {
            yield return (module, null);
        }
    }

    /// <summary>The first capability that needs a module, for itself or for another one that it needs.</summary>
    private static Dictionary<string, string?> OwnersOf(
        IEnumerable<(string Module, string? Capability)> wanted, IReadOnlyList<TakenModule> closure)
    {
        Dictionary<string, TakenModule> modules = closure.ToDictionary(m => m.Name, StringComparer.Ordinal);
        Dictionary<string, string?> owners = new(StringComparer.Ordinal);
        Stack<string> open = [];
        foreach ((string name, string? capability) in wanted)
        {
            open.Push(name);
            while (open.TryPop(out string? next))
            {
                if (modules.TryGetValue(next, out TakenModule? module) && owners.TryAdd(next, capability)) // else built in, or owned
                {
                    foreach (string needed in module.Needs.All)
                    {
                        open.Push(needed);
                    }
                }
            }
        }
        return owners;
    }
}
