namespace Strata.Kernel.Makefiles;

/// <summary>A line of a makefile of the kernel that names an object: <c>obj-$(CONFIG_E1000E) += e1000e.o</c>.</summary>
/// <param name="Symbol">The symbol that decides, without <c>CONFIG_</c>; empty for what is always in.</param>
/// <param name="Folder">Folder of the makefile, from the root of the source; empty for the root.</param>
/// <param name="Target">Path of the object (<c>fs/ext4/ext4.o</c>) or of a folder with a slash at its end (<c>fs/ext4/</c>), from the root of the source.</param>
public sealed record KbuildTarget(string Symbol, string Folder, string Target);

/// <summary>A part of an object that is linked together of several: <c>ext4-$(CONFIG_FS_VERITY) += verity.o</c>.</summary>
/// <param name="Whole">Path of what it is a part of: <c>fs/ext4/ext4.o</c>.</param>
/// <param name="Symbol">The symbol that decides; empty for what is always in.</param>
/// <param name="Part">Its path: <c>fs/ext4/verity.o</c>; empty when the makefile computes it in a way that is not followed.</param>
public sealed record KbuildPart(string Whole, string Symbol, string Part);

/// <summary>The object files that a symbol brings in.</summary>
/// <param name="Files">Objects, by their paths.</param>
/// <param name="Folders">Folders all of whose objects count, with a slash at their ends.</param>
/// <param name="IsWhole">False when a makefile computes names in a way that is not followed: then there may be more.</param>
public sealed record KbuildObjects(IReadOnlySet<string> Files, IReadOnlyList<string> Folders, bool IsWhole)
{
    /// <summary>True when an object is one of them.</summary>
    public bool Hold(string objectFile) => Files.Contains(objectFile) || Folders.Any(f => objectFile.StartsWith(f, StringComparison.Ordinal));

    /// <summary>True when there are none.</summary>
    public bool IsEmpty => Files.Count == 0 && Folders.Count == 0;
}

/// <summary>Which symbol brings in which object, by the makefiles of a kernel's source.</summary>
public sealed class KbuildIndex
{
    private readonly ILookup<string, KbuildTarget> _bySymbol;
    private readonly ILookup<string, KbuildTarget> _byModule;
    private readonly ILookup<string, KbuildPart> _byWhole;
    private readonly ILookup<string, KbuildPart> _partsBySymbol;

    /// <summary>Takes what the makefiles say.</summary>
    public KbuildIndex(IEnumerable<KbuildTarget> targets, IEnumerable<KbuildPart> parts)
    {
        KbuildTarget[] all = [.. targets];
        KbuildPart[] pieces = [.. parts];
        _bySymbol = all.ToLookup(t => t.Symbol, StringComparer.Ordinal);
        _byModule = all.Where(t => t.Target.EndsWith(".o", StringComparison.Ordinal)).ToLookup(t => ModuleOf(t.Target), StringComparer.Ordinal);
        _byWhole = pieces.ToLookup(p => p.Whole, StringComparer.Ordinal);
        _partsBySymbol = pieces.Where(p => p.Symbol.Length > 0).ToLookup(p => p.Symbol, StringComparer.Ordinal);
    }

    /// <summary>The symbols that make a module, sorted; usually one.</summary>
    /// <param name="module">Its name; dashes and underscores are the same.</param>
    public IReadOnlyList<string> SymbolsOfModule(string module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return [.. _byModule[module.Replace('-', '_')].Select(t => t.Symbol).Where(s => s.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The objects that a symbol brings in: its own, the parts of those, and whole folders that it opens.</summary>
    public KbuildObjects ObjectsOf(string symbol)
    {
        ArgumentNullException.ThrowIfNull(symbol);
        HashSet<string> files = new(StringComparer.Ordinal);
        SortedSet<string> folders = new(StringComparer.Ordinal);
        bool isWhole = true;
        foreach (KbuildTarget target in _bySymbol[symbol])
        {
            if (target.Target.EndsWith('/'))
            {
                folders.Add(target.Target);
                continue;
            }
            files.Add(target.Target);
            foreach (KbuildPart part in _byWhole[target.Target])
            {
                isWhole &= part.Part.Length > 0;
                files.Add(part.Part);
            }
        }
        foreach (KbuildPart part in _partsBySymbol[symbol])
        {
            isWhole &= part.Part.Length > 0;
            files.Add(part.Part);
        }
        files.Remove("");
        return new KbuildObjects(files, [.. folders], isWhole);
    }

    private static string ModuleOf(string path) => Path.GetFileNameWithoutExtension(path).Replace('-', '_');
}
