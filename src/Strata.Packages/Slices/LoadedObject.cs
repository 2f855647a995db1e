using Strata.Core;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Packages.Slices;

/// <summary>A file that the loader has mapped into a process.</summary>
/// <param name="Entry">The file; it is ELF.</param>
/// <param name="Loader">The object for which it was loaded; null for the program itself.</param>
/// <param name="IsOptional">True when the process goes on without it: it was opened by a note that only recommends it.</param>
internal sealed record LoadedObject(PackagedEntry Entry, LoadedObject? Loader, bool IsOptional)
{
    public ElfFile Elf => Entry.Entry.Elf!;

    /// <summary><c>/usr/bin/x of package y</c></summary>
    public string Description => $"{Entry.Path} of package {Entry.Package.Name}";

    /// <summary>What the process was started with.</summary>
    public LoadedObject Start => Loader is null ? this : Loader.Start;

    /// <summary>From the start to this object, for people: <c>/usr/bin/x → liby.so.1 → libz.so.1</c>.</summary>
    public string Chain => Loader is null ? Entry.Path.ToString() : $"{Loader.Chain} → {Entry.Path.Name}";
}

/// <summary>
/// What the loader has in one process, in its order: breadth first (ld.so(8); System V ABI chapter 5, "Shared Object Dependencies").
/// </summary>
internal sealed class LoadedProcess
{
    private readonly List<LoadedObject> _objects = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly HashSet<GuestPath> _files = [];

    public IReadOnlyList<LoadedObject> Objects => _objects;

    /// <summary>True when an object of that name is there already: no folder is searched for it again.</summary>
    public bool Has(string name) => _names.Contains(name);

    /// <summary>Maps an object under the name by which it was asked for and under its own.</summary>
    public void Add(LoadedObject loaded, string name)
    {
        _names.Add(name);
        _names.Add(loaded.Elf.Soname ?? name);
        if (_files.Add(loaded.Entry.Path)) // two names for one file are one object
        {
            _objects.Add(loaded);
        }
    }
}
