using Strata.Core;

namespace Strata.Composition.Kernels;

/// <summary>The order in which modules can be loaded without <c>modprobe</c>: what a module depends on comes first.</summary>
public static class ModuleOrder
{
    /// <summary>Sorts a complete set: whatever is not in it is taken to be part of the kernel.</summary>
    /// <returns>The same modules; those that nothing orders stand by name.</returns>
    /// <exception cref="StrataException">Modules need each other in a circle.</exception>
    public static IReadOnlyList<TakenModule> Of(IEnumerable<TakenModule> modules)
    {
        Dictionary<string, TakenModule> byName = modules.ToDictionary(m => m.Name, StringComparer.Ordinal);
        List<TakenModule> ordered = [];
        HashSet<string> done = new(StringComparer.Ordinal);
        HashSet<string> open = new(StringComparer.Ordinal);
        foreach (string name in byName.Keys.Order(StringComparer.Ordinal))
        {
            Visit(name);
        }
        return ordered;

        void Visit(string name)
        {
            if (done.Contains(name) || !byName.TryGetValue(name, out TakenModule? module))
            {
                return;
            }
            if (!open.Add(name))
            {
                throw new StrataException($"cannot order the kernel modules: {name} needs itself through others");
            }
            foreach (string needed in module.Needs.Required.Concat(module.Needs.WishedBefore)) // nothing waits for what is wished after it
            {
                Visit(needed);
            }
            done.Add(name);
            ordered.Add(module);
        }
    }
}
