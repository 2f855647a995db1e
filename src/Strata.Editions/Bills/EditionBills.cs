using System.Globalization;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Kernels;
using Strata.Composition.Locks;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Editions.Building;
using Strata.Editions.Measuring;
using Strata.Formats.Deb;
using Strata.Formats.Digests;
using Strata.Images.Building;
using Strata.Images.Manifests;
using Strata.Inventory.Bills;
using Strata.Inventory.Vulnerabilities;
using Strata.Kernel.Building;
using Strata.Layers;
using Strata.Measure.Differences;
using Strata.Packages.Listings;
using Strata.Packages.Locks;
using Strata.Updates.Releases;

namespace Strata.Editions.Bills;

/// <summary>Bills of materials of builds: out of what a build left in the store, its lock, and the packages.</summary>
/// <param name="services">Have all of it.</param>
public sealed class EditionBills(BuildServices services)
{
    internal static string Tool { get; } = typeof(EditionBills).Assembly.GetName().Version!.ToString(3);

    /// <summary>The bill of a build.</summary>
    /// <exception cref="StrataException">Something that it was made from is gone and cannot be had.</exception>
    public async Task<Bill> OfAsync(BuildResult built, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(built);
        BuildManifest manifest = BuiltParts.ManifestOf(services.Store, built);
        PackageSet packages = await EditionPackages.OfAsync(
            services, built.Blueprint, built.Lock, new StepClock(), cancellationToken);
        using IProgressTask task = services.Progress.Begin("listing what is in it");
        Edition edition = built.Blueprint.Edition;
        Release? release = BuiltParts.ReleaseOf(services.Store, built);
        Dictionary<string, List<string>> layersOf = LayersOf(manifest, release);
        KernelFiles? kernel = built.Product.Container is null && built.Blueprint.KernelPackage is string root
            ? KernelFiles.OfPackages(packages, root) : null;
        LicenceFinder licences = new(services.Store, packages);
        BillPackage[] contained = [.. ContainedIn(manifest, packages, built.Lock.Guest, kernel, layersOf, licences)];
        return new Bill
        {
            Edition = edition.Name,
            Version = edition.Version,
            Title = edition.Title,
            Architecture = edition.Architecture.Name,
            Suite = edition.Suite,
            IsContainer = built.Product.Container is not null,
            Lock = built.Lock.Digest,
            Time = TimeOf(built.Lock),
            Tool = Tool,
            Layers = [.. LayersIn(manifest, built.Blueprint, release)],
            Packages =
            [
                .. contained, .. ToolsOf(built.Lock.Tools, BillRole.Tool), .. ToolsOf(built.Lock.Kernel, BillRole.KernelTool),
                .. ToolsOf(built.Lock.Builds, BillRole.BuildTool),
            ],
            Files = [.. FilesOf(manifest, packages, layersOf)],
            Kernel = manifest.BuiltKernel is ManifestKernel compiled
                ? new BillKernel(
                    manifest.Kernel, built.Blueprint.Edition.Kernel.Name, Sha256Digest.Parse(compiled.Image),
                    ReadConfig(Sha256Digest.Parse(compiled.Config)), KernelToolchain.SourcePackage)
                : null,
            Programs = [.. ProgramsOf(built)],
            Vex = edition.Vex,
            Parts = EditionContents.PartsOf(ImageContents.Of(manifest, edition.Name), release),
            Budgets = EditionContents.BudgetsOf(edition.Budgets),
            LicenceTexts = licences.Texts,
        };
    }

    // a layer knows best what lies in it: two may have the same library
    private Dictionary<string, List<string>> LayersOf(BuildManifest manifest, Release? release)
    {
        Dictionary<string, List<string>> layers = new(StringComparer.Ordinal);
        foreach (ReleaseLayer layer in release?.Layers ?? [])
        {
            foreach (string path in LayerFiles.Of(services.Store.OpenRead, LayerBuilder.Read(services.Store, layer.Manifest)).Keys)
            {
                Add(path, layer.Name);
            }
        }
        foreach (ManifestEntry entry in manifest.Entries.Where(e => !layers.ContainsKey(e.Path)))
        {
            Add(entry.Path, entry.Capability ?? Capability.SystemName);
        }
        return layers;

        void Add(string path, string layer)
        {
            if (!layers.TryGetValue(path, out List<string>? names))
            {
                layers.Add(path, names = []);
            }
            names.Add(layer);
        }
    }

    private static IEnumerable<BillLayer> LayersIn(BuildManifest manifest, Blueprint blueprint, Release? release)
    {
        Dictionary<string, Sha256Digest> images = release?.Layers.ToDictionary(l => l.Name, l => l.Image, StringComparer.Ordinal) ?? [];
        foreach (Capability capability in blueprint.Capabilities)
        {
            yield return new BillLayer(capability.Name, capability.Description, DigestOf(capability.Name));
        }
        if (release is not null || manifest.Entries.Any(e => e.Capability is null))
        {
            yield return new BillLayer(Capability.SystemName, "What is made for the whole system", DigestOf(Capability.SystemName));
        }

        Sha256Digest? DigestOf(string name) => images.TryGetValue(name, out Sha256Digest digest) ? digest : null;
    }

    private static IEnumerable<BillPackage> ContainedIn(
        BuildManifest manifest, PackageSet packages, PackageLock guest, KernelFiles? kernel, Dictionary<string, List<string>> layersOf,
        LicenceFinder licences)
    {
        ILookup<string, ManifestEntry> all = manifest.Entries.Where(e => e is { Package: not null, Type: not "dir" })
            .ToLookup(e => e.Package!, StringComparer.Ordinal);
        foreach (string name in all.Select(g =>
            g.Key).Append(kernel?.Package?.Name).OfType<string>().Distinct().Order(StringComparer.Ordinal))
        {
            IEnumerable<ManifestEntry> entries = all[name];
            if (guest.Find(name) is not LockedPackage locked || !packages.TryGetPackage(name, out ListedPackage? listed))
            {
                throw new StrataException($"cannot list package {name}: the image has files of it, the lock does not name it",
                    "'strata store verify' looks for what is damaged in the store.");
            }
            (string source, string sourceVersion) = SourceOf(listed);
            HashSet<string> layers = [.. entries.SelectMany(e => layersOf[e.Path])];
            (string? licence, bool hasCopyright) = licences.Of(name);
            HashSet<string> there = [.. entries.Select(e => e.Path)];
            yield return Of(locked, BillRole.Contained) with
            {
                Source = source,
                SourceVersion = sourceVersion,
                Licence = licence,
                HasCopyright = hasCopyright,
                Layers = [.. layers.Order(StringComparer.Ordinal)],
                Entries = entries.Count(),
                AllEntries = listed.Listing.Entries.Count(e => e.Kind != ListingKind.Directory),
                KernelImage = name == kernel?.Package?.Name ? "/boot/vmlinuz-" + kernel.Version : null,
                LeftOut =
                [
                    .. listed.Listing.Entries.Where(e => e.Kind == ListingKind.File).Select(e => MergedUsr.Canonical(e.Path).ToString())
                        .Where(p => CodeFiles.IsCode(p) && !there.Contains(p)).Order(StringComparer.Ordinal),
                ],
            };
        }
    }

    private static IEnumerable<BillPackage> ToolsOf(PackageLock? tools, BillRole role) =>
        tools is null ? [] : tools.Packages.Select(p => Of(p, role));

    /// <summary>A package of a lock, without what only its contents tell.</summary>
    internal static BillPackage Of(LockedPackage package, BillRole role) => new()
    {
        Role = role,
        Name = package.Name,
        Version = package.Version,
        Architecture = package.Architecture,
        Archive = package.IsOwn ? "" : package.Archive.Length == 0 ? BillPackage.Debian : package.Archive,
        Suite = package.Suite,
        Filename = package.Filename,
        Sha256 = package.Sha256,
    };

    /// <summary>Name and version of the source package (Debian Policy §5.6.1): those of the package unless it says others.</summary>
    internal static (string Name, string Version) SourceOf(ListedPackage package)
    {
        string[] parts = package.Source.Split([' ', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            [] => (package.Name, package.Version),
            [string name] => (name, package.Version),
            [string name, string version, ..] => (name, version),
        };
    }

    private static IEnumerable<BillFile> FilesOf(BuildManifest manifest, PackageSet packages, Dictionary<string, List<string>> layersOf)
    {
        Dictionary<Sha256Digest, Sha1Digest> known = [];
        foreach (ListingEntry entry in packages.Packages.SelectMany(p => p.Listing.Entries).Where(e => e.Kind == ListingKind.File))
        {
            known[entry.Digest] = entry.Sha1;
        }
        foreach (ManifestEntry entry in manifest.Entries.Where(e => e is { Type: "file", Digest: not null }))
        {
            Sha256Digest digest = Sha256Digest.Parse(entry.Digest!);
            Sha1Digest sha1 = entry.Sha1 is string text ? new Sha1Digest(Convert.FromHexString(text))
                : known.TryGetValue(digest, out Sha1Digest listed) ? listed
                : throw new InvalidOperationException($"{entry.Path} is of no package, and has no SHA-1");
            yield return new BillFile(entry.Path, entry.Size, digest, sha1, layersOf[entry.Path], entry.Package);
        }
    }

    private byte[] ReadConfig(Sha256Digest digest)
    {
        using FileStream file = services.Store.OpenRead(digest);
        byte[] text = new byte[file.Length];
        file.ReadExactly(text);
        return text;
    }

    /// <summary>Programs that were compiled for an edition.</summary>
    internal IEnumerable<BillProgram> ProgramsOf(BuildResult built)
    {
        Edition edition = built.Blueprint.Edition;
        if (built.Product.Release is not null)
        {
            yield return Device(DeviceProgram.EarlyInit, null);
        }
        foreach (Capability capability in built.Blueprint.Capabilities)
        {
            foreach (TakenProgram taken in capability.DevicePrograms)
            {
                yield return Device(taken.Program, capability.Name);
            }
            foreach (OwnBuild build in capability.Builds)
            {
                yield return new BillProgram(
                    build.Name, "software built with the edition", capability.Name,
                    Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', build.InputLines))), null, IsOurs: false);
            }
        }

        BillProgram Device(DeviceProgram program, string? layer) => new(
            program.Name, "a device program of Strata", layer, services.DevicePrograms.SourcesOf(program, edition.Architecture), "MIT",
            IsOurs: true);
    }

    // the first of 1980 for a lock of package files alone, as for everything else without a time
    private static DateTimeOffset TimeOf(EditionLock editionLock) =>
        new[] { editionLock.Guest, editionLock.Tools, editionLock.Kernel, editionLock.Builds }
        .OfType<PackageLock>().SelectMany(l => l.Releases).Select(r => r.Date)
        .DefaultIfEmpty(DateTimeOffset.Parse("1980-01-01T00:00:00Z", CultureInfo.InvariantCulture)).Max();
}
