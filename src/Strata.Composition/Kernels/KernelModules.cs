using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Elf;

namespace Strata.Composition.Kernels;

/// <summary>A module that an image takes.</summary>
/// <param name="Path">In the guest, without an ending of compression.</param>
/// <param name="Bytes">Plain.</param>
/// <param name="Info">Its module information, <c>key=value</c> each.</param>
public sealed record TakenModule(GuestPath Path, ReadOnlyMemory<byte> Bytes, IReadOnlyList<string> Info)
{
    /// <summary>Its name as the kernel has it.</summary>
    public string Name { get; } = KernelModules.ModuleName(Path.Name);

    /// <summary>The modules that it needs or wishes for.</summary>
    public ModuleNeeds Needs { get; } = ModuleNeeds.Of(Info);
}

/// <summary>Slices a kernel's modules: by name or by class, with all that they depend on.</summary>
public sealed class KernelModules
{
    private const int LargestModule = 64 << 20;

    private readonly KernelFiles _kernel;
    private readonly IContentReader _contents;
    private readonly Dictionary<string, KernelFile> _modules = new(StringComparer.Ordinal);
    private readonly Lazy<(List<GuestPath> Paths, HashSet<string> Names)> _builtIn;
    private readonly Dictionary<string, TakenModule> _taken = new(StringComparer.Ordinal); // reading one may decompress a whole package

    /// <summary>Looks at the modules of a kernel.</summary>
    public KernelModules(KernelFiles kernel, IContentReader contents)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        _kernel = kernel;
        _contents = contents;
        foreach (KernelFile file in kernel.Modules)
        {
            _modules.TryAdd(ModuleName(file.Path.Name), file);
        }
        _builtIn = new(ReadBuiltIn);
    }

    /// <summary>Name of a module as the kernel has it: no ending, underscores for dashes.</summary>
    public static string ModuleName(string fileOrName)
    {
        ArgumentNullException.ThrowIfNull(fileOrName);
        int end = fileOrName.IndexOf(".ko", StringComparison.Ordinal);
        return (end < 0 ? fileOrName : fileOrName[..end]).Replace('-', '_');
    }

    /// <summary>Names of all modules.</summary>
    public IEnumerable<string> Names => _modules.Keys.Order(StringComparer.Ordinal);

    /// <summary>True when the kernel has it, as a module or built in.</summary>
    public bool Has(string name) => _modules.ContainsKey(ModuleName(name)) || _builtIn.Value.Names.Contains(ModuleName(name));

    /// <summary>The modules of a class: those whose path below the kernel's folder fits a pattern, <c>drivers/net/usb/*</c>.</summary>
    /// <exception cref="StrataException">The kernel has none, not even built in; or it is no pattern.</exception>
    public IReadOnlyList<string> OfClass(string pattern)
    {
        PathPattern parsed = PathPattern.TryParse($"{_kernel.ModuleFolder}/kernel/{pattern}", out string? problem)
            ?? throw new StrataException($"cannot take modules '{pattern}': this is no pattern: {problem}");
        List<string> names = [.. _modules.Where(m => parsed.Matches(PlainPath(m.Value.Path))).Select(m => m.Key)];
        return names.Count > 0 || _builtIn.Value.Paths.Exists(parsed.Matches)
            ? names
            : throw new StrataException($"cannot take modules '{pattern}' of kernel {_kernel.Version}: it has none of this class, not even built in");
    }

    /// <summary>
    /// The named modules and all that they depend on (<c>depends</c> and <c>softdep</c> of their module information), plain, by path.
    /// Names that are built into the kernel need nothing.
    /// </summary>
    /// <exception cref="StrataException">A name is neither a module nor built in.</exception>
    public IReadOnlyList<TakenModule> Closure(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        List<TakenModule> taken = [];
        HashSet<string> seen = [];
        List<string> problems = [];
        // In the order of the archive, over and over until nothing is open: reading backwards decompresses the package anew, so what a
        // module needs is read in the same pass when it lies behind it.
        SortedSet<(long Position, string Name)> open = [];
        foreach (string name in names)
        {
            Ask(ModuleName(name), neededBy: null, isWished: false);
        }
        (long Position, string Name) last = (long.MinValue, "");
        while (open.Count > 0)
        {
            last = open.FirstOrDefault(f => f.CompareTo(last) > 0, open.Min);
            open.Remove(last);
            TakenModule module = Take(_modules[last.Name]);
            taken.Add(module);
            foreach (string name in module.Needs.Required)
            {
                Ask(name, module.Name, isWished: false);
            }
            foreach (string name in module.Needs.Wished)
            {
                Ask(name, module.Name, isWished: true);
            }
        }
        if (problems.Count > 0)
        {
            throw new StrataException($"cannot take modules of kernel {_kernel.Version}:\n  {string.Join("\n  ", problems)}");
        }
        return [.. taken.OrderBy(t => t.Path)];

        void Ask(string name, string? neededBy, bool isWished)
        {
            if (seen.Contains(name) || _builtIn.Value.Names.Contains(name))
            {
                return;
            }
            if (_modules.TryGetValue(name, out KernelFile? file))
            {
                open.Add((file.Position, name));
            }
            else if (isWished)
            {
                return; // may be missing, until another needs it
            }
            else
            {
                string by = neededBy is null ? "" : $", needed by '{neededBy}',";
                problems.Add($"'{name}'{by} is no module of it{NearMiss.Suggestion(name, _modules.Keys)}");
            }
            seen.Add(name);
        }
    }

    private (List<GuestPath> Paths, HashSet<string> Names) ReadBuiltIn()
    {
        List<GuestPath> paths = [];
        foreach (string line in _kernel.ReadList("modules.builtin", _contents).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (GuestPath.TryParse($"{_kernel.ModuleFolder}/{line}", out GuestPath path, out _))
            {
                paths.Add(path);
            }
        }
        return (paths, new HashSet<string>(paths.Select(p => ModuleName(p.Name)), StringComparer.Ordinal));
    }

    private TakenModule Take(KernelFile file)
    {
        string name = ModuleName(file.Path.Name);
        if (!_taken.TryGetValue(name, out TakenModule? module))
        {
            ReadOnlyMemory<byte> bytes = ReadModule(file);
            module = new TakenModule(PlainPath(file.Path), bytes, InfoOf(file, bytes.Span));
            _taken.Add(name, module);
        }
        return module;
    }

    private IReadOnlyList<string> InfoOf(KernelFile file, ReadOnlySpan<byte> module)
    {
        try
        {
            return ElfFile.Read(module).ModuleInfo;
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot take module {file.Path} of {_kernel.Origin}: {e.Message}", innerException: e);
        }
    }

    private static GuestPath PlainPath(GuestPath path)
    {
        string text = path.ToString();
        return GuestPath.Parse(text[..(text.LastIndexOf(".ko", StringComparison.Ordinal) + 3)]);
    }

    private ReadOnlyMemory<byte> ReadModule(KernelFile file)
    {
        Stream stored = _contents.Open(file.Content);
        CompressionKind kind = file.Path.Name switch
        {
            string n when n.EndsWith(".xz", StringComparison.Ordinal) => CompressionKind.Xz,
            string n when n.EndsWith(".zst", StringComparison.Ordinal) => CompressionKind.Zstd,
            string n when n.EndsWith(".gz", StringComparison.Ordinal) => CompressionKind.Gzip,
            _ => CompressionKind.None,
        };
        using Stream plain = Decompression.Open(stored, kind, leaveOpen: true);
        using MemoryStream bytes = new();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = plain.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > LargestModule)
            {
                throw new StrataException($"cannot take module {file.Path}: it is larger than {new ByteSize(LargestModule)}");
            }
        }
        return bytes.ToArray();
    }
}
