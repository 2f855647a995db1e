using Strata.Core;
using Strata.Formats.Elf;
using Strata.Images.Composition;

namespace Strata.Images.Init;

/// <summary>The order in which modules can be loaded without <c>modprobe</c>: what a module depends on comes first.</summary>
public static class ModuleOrder
{
    /// <summary>Sorts a complete set: whatever is not in it is taken to be part of the kernel.</summary>
    /// <param name="modules">Plain module files by name, with underscores.</param>
    /// <returns>The names; those that nothing orders stand by name.</returns>
    /// <exception cref="StrataException">A file is no module, or modules need each other in a circle.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        List<string> ordered = [];
        HashSet<string> done = new(StringComparer.Ordinal);
        HashSet<string> open = new(StringComparer.Ordinal);
        foreach (string name in modules.Keys.Order(StringComparer.Ordinal))
        {
            Visit(name);
        }
        return ordered;

        void Visit(string name)
        {
            if (done.Contains(name) || !modules.TryGetValue(name, out ReadOnlyMemory<byte> file))
            {
                return;
            }
            if (!open.Add(name))
            {
                throw new StrataException($"cannot order the kernel modules: {name} needs itself through others");
            }
            foreach (string needed in Needs(name, file.Span))
            {
                Visit(needed);
            }
            done.Add(name);
            ordered.Add(name);
        }
    }

    // modinfo(8): "depends=a,b" and "softdep=pre: a b post: c"; what comes after is loaded after, and nothing waits for it
    private static IEnumerable<string> Needs(string name, ReadOnlySpan<byte> file)
    {
        IReadOnlyList<string> info;
        try
        {
            info = ElfFile.Read(file).ModuleInfo;
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot take the kernel module {name}: {e.Message}", innerException: e);
        }
        List<string> needs = [];
        foreach (string line in info)
        {
            if (line.StartsWith("depends=", StringComparison.Ordinal))
            {
                needs.AddRange(line["depends=".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries));
            }
            else if (line.StartsWith("softdep=", StringComparison.Ordinal))
            {
                needs.AddRange(line["softdep=".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).SkipWhile(w => w != "pre:").Skip(1).TakeWhile(w => w != "post:"));
            }
        }
        return needs.Select(KernelModules.ModuleName);
    }
}
