using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Deb;
using Strata.Formats.Elf;
using Strata.Packages.Listings;

namespace Strata.Images.Composition;

/// <summary>A stock kernel: the package that holds <c>/boot/vmlinuz-VERSION</c> and the modules of that version.</summary>
public sealed class KernelPackage
{
    private const int LargestModule = 64 << 20;

    private readonly Dictionary<string, PackagedEntry> _modules = new(StringComparer.Ordinal);

    private KernelPackage(string version, ListedPackage package, ListingEntry image)
    {
        Version = version;
        Package = package;
        Image = image;
        GuestPath kernel = ModuleFolder.Join("kernel");
        foreach (ListingEntry entry in package.Listing.Entries)
        {
            GuestPath path = MergedUsr.Canonical(entry.Path);
            if (entry.Kind == ListingKind.File && path.IsAtOrBelow(kernel) && path.Name.Contains(".ko", StringComparison.Ordinal))
            {
                _modules.TryAdd(ModuleName(path.Name), new PackagedEntry(path, package, entry));
            }
        }
    }

    /// <summary>Release of the kernel as <c>uname -r</c> prints it.</summary>
    public string Version { get; }

    /// <summary>The package.</summary>
    public ListedPackage Package { get; }

    /// <summary>The kernel image in it.</summary>
    public ListingEntry Image { get; }

    /// <summary><c>/usr/lib/modules/VERSION</c>.</summary>
    public GuestPath ModuleFolder => GuestPath.Parse("/usr/lib/modules/" + Version);

    /// <summary>Names of all its modules, with underscores.</summary>
    public IReadOnlyCollection<string> ModuleNames => _modules.Keys;

    /// <summary>Finds the kernel among the packages that came with the kernel's root package.</summary>
    /// <exception cref="StrataException">None of them has a kernel image, or several have.</exception>
    public static KernelPackage Find(PackageSet packages, string rootPackage)
    {
        ArgumentNullException.ThrowIfNull(packages);
        GuestPath boot = GuestPath.Parse("/boot");
        List<PackagedEntry> images =
        [
            .. packages.Entries.Where(e => e.Entry.Kind == ListingKind.File && e.Path.Parent == boot && e.Path.Name.StartsWith("vmlinuz-", StringComparison.Ordinal)),
        ];
        if (images.Count != 1)
        {
            throw new StrataException(
                $"cannot find the kernel of package '{rootPackage}': {(images.Count == 0 ? "no package of the lock has a /boot/vmlinuz-*" : $"there are {images.Count}")}");
        }
        return new KernelPackage(images[0].Path.Name["vmlinuz-".Length..], images[0].Package, images[0].Entry);
    }

    /// <summary>Name of a module as the kernel has it: no ending, underscores for dashes.</summary>
    public static string ModuleName(string fileOrName)
    {
        int end = fileOrName.IndexOf(".ko", StringComparison.Ordinal);
        return (end < 0 ? fileOrName : fileOrName[..end]).Replace('-', '_');
    }

    /// <summary>Text of one of the lists that come with the kernel: <c>modules.builtin</c>, <c>modules.order</c>.</summary>
    public string ReadList(string name, IContentReader contents)
    {
        ArgumentNullException.ThrowIfNull(contents);
        ListingEntry? entry = Package.Listing.Entries.FirstOrDefault(e => MergedUsr.Canonical(e.Path) == ModuleFolder.Join(name));
        if (entry is null || entry.Size > 16 << 20)
        {
            throw new StrataException($"cannot read {ModuleFolder.Join(name)}: package {Package.Name} has none of a sensible size");
        }
        using StreamReader reader = new(contents.Open(entry.ContentIn(Package.Digest)));
        return reader.ReadToEnd();
    }

    /// <summary>
    /// The named modules and all that they depend on (<c>depends</c> and <c>softdep</c> of their module information), plain, by path.
    /// Names that are built into the kernel need nothing.
    /// </summary>
    /// <exception cref="StrataException">A name is neither a module nor built in.</exception>
    public IReadOnlyList<(GuestPath Path, ReadOnlyMemory<byte> Module)> Closure(IEnumerable<string> names, IContentReader contents)
    {
        HashSet<string> builtIn = [.. ReadList("modules.builtin", contents).Split('\n').Select(l => ModuleName(l[(l.LastIndexOf('/') + 1)..]))];
        Dictionary<GuestPath, ReadOnlyMemory<byte>> taken = [];
        List<(string Name, string? NeededBy)> open = [.. names.Select(n => (ModuleName(n), (string?)null))];
        HashSet<string> seen = [];
        List<string> problems = [];
        while (open.Count > 0)
        {
            // a whole wave at once, in the order of the archive: reading backwards would decompress the package anew for each module
            List<PackagedEntry> wave = [];
            foreach ((string name, string? neededBy) in open)
            {
                if (seen.Contains(name) || builtIn.Contains(name))
                {
                    continue;
                }
                if (_modules.TryGetValue(name, out PackagedEntry? file))
                {
                    wave.Add(file);
                }
                else if (neededBy is null || !neededBy.StartsWith('~')) // what is only wished for may be missing, until another needs it
                {
                    problems.Add($"'{name}'{(neededBy is null ? "" : $", needed by '{neededBy}',")} is no module of it{NearMiss.Suggestion(name, _modules.Keys)}");
                }
                else
                {
                    continue;
                }
                seen.Add(name);
            }
            open.Clear();
            foreach (PackagedEntry file in wave.OrderBy(f => f.Entry.Offset))
            {
                ReadOnlyMemory<byte> module = ReadModule(file, contents);
                taken.Add(PlainPath(file.Path), module);
                string name = ModuleName(file.Path.Name);
                foreach (string line in InfoOf(file, module.Span))
                {
                    string neededBy = line.StartsWith("softdep", StringComparison.Ordinal) ? "~" + name : name;
                    open.AddRange(Needs(line).Select(n => (ModuleName(n), (string?)neededBy)));
                }
            }
        }
        if (problems.Count > 0)
        {
            throw new StrataException($"cannot take modules of kernel {Version}:\n  {string.Join("\n  ", problems)}");
        }
        return [.. taken.OrderBy(t => t.Key).Select(t => (t.Key, t.Value))];
    }

    private static IReadOnlyList<string> InfoOf(PackagedEntry file, ReadOnlySpan<byte> module)
    {
        try
        {
            return ElfFile.Read(module).ModuleInfo;
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot take module {file.Path} of package {file.Package.Name}: {e.Message}", innerException: e);
        }
    }

    // modinfo(8): "depends=a,b" and "softdep=pre: a b post: c"
    private static IEnumerable<string> Needs(string line)
    {
        if (line.StartsWith("depends=", StringComparison.Ordinal))
        {
            return line["depends=".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries);
        }
        return line.StartsWith("softdep=", StringComparison.Ordinal)
            ? line["softdep=".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => !w.EndsWith(':'))
            : [];
    }

    private static GuestPath PlainPath(GuestPath path)
    {
        string text = path.ToString();
        return GuestPath.Parse(text[..(text.LastIndexOf(".ko", StringComparison.Ordinal) + 3)]);
    }

    private ReadOnlyMemory<byte> ReadModule(PackagedEntry file, IContentReader contents)
    {
        Stream stored = contents.Open(file.Entry.ContentIn(Package.Digest));
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
