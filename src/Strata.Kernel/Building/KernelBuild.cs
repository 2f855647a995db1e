using Strata.Store.Actions;

namespace Strata.Kernel.Building;

/// <summary>A kernel that was built; everything lies in the store.</summary>
/// <param name="Profile">Name of its profile.</param>
/// <param name="Result">The outputs, see docs/formats/kernel.md, "What a build leaves".</param>
/// <param name="WasKept">True when it was there already.</param>
public sealed record KernelBuild(string Profile, ActionResult Result, bool WasKept)
{
    internal const string ImageName = "kernel";
    internal const string ConfigName = "config";
    internal const string LogName = "log";
    internal const string MapName = "link-map";
    internal const string ObjectMapName = "object-map";
    internal const string ObjectName = "vmlinux";
    internal const string SymbolsName = "system-map";
    internal const string ModulePrefix = "modules/";
    internal const string ReleaseNote = "release";
    internal const string PlainSizeNote = "plain-size";
    internal const string SignedNote = "signed-with-a-key-of-its-own";

    /// <summary>What <c>uname -r</c> prints.</summary>
    public string Release => Result.Notes[ReleaseNote];

    /// <summary>What boots: bzImage.</summary>
    public ActionOutput Image => Result[ImageName];

    /// <summary>The final <c>.config</c>.</summary>
    public ActionOutput Config => Result[ConfigName];

    /// <summary>What make said.</summary>
    public ActionOutput Log => Result[LogName];

    /// <summary>The linker's map of vmlinux: every section of every object with its size.</summary>
    public ActionOutput LinkMap => Result[MapName];

    /// <summary>
    /// A map that tells of every file what it takes: <see cref="LinkMap"/>, or that of the first link when there were two; then it has no
    /// addresses.
    /// </summary>
    public ActionOutput ObjectMap => Result.Outputs.FirstOrDefault(o => o.Name == ObjectMapName) ?? LinkMap;

    /// <summary>vmlinux as an ELF file with its symbols.</summary>
    public ActionOutput Vmlinux => Result[ObjectName];

    /// <summary><c>System.map</c>.</summary>
    public ActionOutput SystemMap => Result[SymbolsName];

    /// <summary>Bytes that the kernel takes in memory: text, data and bss of vmlinux.</summary>
    public long PlainBytes => long.Parse(Result.Notes[PlainSizeNote], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>True when modules are signed with a key that was made for this build: another build then has other bytes.</summary>
    public bool IsSigned => Result.Notes.ContainsKey(SignedNote);

    /// <summary>Bytes of all modules, each packed with xz.</summary>
    public long PackedModuleBytes { get; init; }

    /// <summary>The modules among <see cref="ModuleFiles"/>.</summary>
    public IEnumerable<(string Path, ActionOutput Output)> Modules => ModuleFiles.Where(f => f.Path.EndsWith(".ko", StringComparison.Ordinal));

    /// <summary>Everything below <c>/lib/modules/RELEASE</c>, by its path from there, sorted.</summary>
    public IEnumerable<(string Path, ActionOutput Output)> ModuleFiles => Result.Outputs
        .Where(o => o.Name.StartsWith(ModulePrefix, StringComparison.Ordinal)).Select(o => (o.Name[ModulePrefix.Length..], o));
}
