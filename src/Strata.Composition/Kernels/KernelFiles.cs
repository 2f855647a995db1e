using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Kernel.Building;
using Strata.Packages.Listings;

namespace Strata.Composition.Kernels;

/// <summary>A file of a kernel.</summary>
/// <param name="Path">In the guest, /usr merged.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Position">Reading in this order is cheap.</param>
public sealed record KernelFile(GuestPath Path, FileContent Content, long Position);

/// <summary>A kernel as an image takes it: what boots, its modules and their lists; out of a package or built from source.</summary>
public sealed class KernelFiles
{
    private readonly Dictionary<GuestPath, KernelFile> _files = [];

    private KernelFiles(string version, string origin, FileContent image, IEnumerable<KernelFile> files, ListedPackage? package)
    {
        Version = version;
        Origin = origin;
        Image = image;
        Package = package;
        foreach (KernelFile file in files)
        {
            _files.TryAdd(file.Path, file);
        }
    }

    /// <summary>Release of the kernel as <c>uname -r</c> prints it.</summary>
    public string Version { get; }

    /// <summary>Where it is from, for messages: <c>package linux-image-6.12</c>, <c>kernel profile nano</c>.</summary>
    public string Origin { get; }

    /// <summary>What boots.</summary>
    public FileContent Image { get; }

    /// <summary>The package; null for a kernel that was built.</summary>
    public ListedPackage? Package { get; }

    /// <summary>The configuration of a kernel that was built here; null for one out of a package.</summary>
    public StoredContent? BuiltConfig { get; private init; }

    /// <summary><c>/usr/lib/modules/VERSION</c>.</summary>
    public GuestPath ModuleFolder => GuestPath.Parse("/usr/lib/modules/" + Version);

    /// <summary>Identity of all its files: the package they are of, or what was built.</summary>
    public Sha256Digest Digest => Package?.Digest
        ?? Sha256Digest.Of(Encoding.UTF8.GetBytes(string.Concat(
            _files.Values.OrderBy(f => f.Path).Select(f => $"{f.Path} {f.Content.Digest}\n").Prepend($"{Image.Digest}\n"))));

    /// <summary>Its module files, by path.</summary>
    public IEnumerable<KernelFile> Modules
    {
        get
        {
            GuestPath drivers = ModuleFolder.Join("kernel");
            return _files.Values.Where(f => f.Path.IsAtOrBelow(drivers) && f.Path.Name.Contains(".ko", StringComparison.Ordinal)).OrderBy(f => f.Path);
        }
    }

    /// <summary>Finds the kernel among the packages that came with the kernel's root package.</summary>
    /// <exception cref="StrataException">None of them has a kernel image, or several have.</exception>
    public static KernelFiles OfPackages(PackageSet packages, string rootPackage)
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
        ListedPackage package = images[0].Package;
        IEnumerable<KernelFile> files = package.Listing.Entries.Where(e => e.Kind == ListingKind.File)
            .Select(e => new KernelFile(MergedUsr.Canonical(e.Path), e.ContentIn(package.Digest), e.Offset));
        return new KernelFiles(
            images[0].Path.Name["vmlinuz-".Length..], "package " + package.Name, images[0].Entry.ContentIn(package.Digest), files, package);
    }

    /// <summary>The kernel that was built.</summary>
    public static KernelFiles OfBuild(KernelBuild build)
    {
        ArgumentNullException.ThrowIfNull(build);
        GuestPath folder = GuestPath.Parse("/usr/lib/modules/" + build.Release);
        IEnumerable<KernelFile> files = build.ModuleFiles
            .Select((f, i) => new KernelFile(folder.Join(f.Path), new StoredContent(f.Output.Size, f.Output.Digest), i));
        return new KernelFiles(
            build.Release, "kernel profile " + build.Profile, new StoredContent(build.Image.Size, build.Image.Digest), files, package: null)
        {
            BuiltConfig = new StoredContent(build.Config.Size, build.Config.Digest),
        };
    }

    /// <summary>The configuration it was built with, as its package has it; null for a kernel that was built here.</summary>
    public FileContent? StockConfig => _files.GetValueOrDefault(GuestPath.Parse("/boot/config-" + Version))?.Content;

    /// <summary>Text of one of the lists that come with the kernel: <c>modules.builtin</c>, <c>modules.order</c>.</summary>
    public string ReadList(string name, IContentReader contents)
    {
        ArgumentNullException.ThrowIfNull(contents);
        if (!_files.TryGetValue(ModuleFolder.Join(name), out KernelFile? file) || file.Content.Size > 16 << 20)
        {
            throw new StrataException($"cannot read {ModuleFolder.Join(name)}: {Origin} has none of a sensible size");
        }
        using StreamReader reader = new(contents.Open(file.Content));
        return reader.ReadToEnd();
    }
}
