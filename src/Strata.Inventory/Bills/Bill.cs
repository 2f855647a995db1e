using Strata.Core;
using Strata.Formats.Digests;

namespace Strata.Inventory.Bills;

/// <summary>What an edition consists of: a bill of materials, before it is written in anybody's form.</summary>
/// <remarks>It follows from blueprint, lock and tree alone. Every list is in a fixed order.</remarks>
public sealed record Bill
{
    /// <summary>Name of the edition.</summary>
    public required string Edition { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>What people call it.</summary>
    public required string Title { get; init; }

    /// <summary>Debian architecture.</summary>
    public required string Architecture { get; init; }

    /// <summary>Debian suite that its packages are from: <c>trixie</c>.</summary>
    public required string Suite { get; init; }

    /// <summary>True for a container image, which boots nothing.</summary>
    public required bool IsContainer { get; init; }

    /// <summary>SHA-256 of its lock.</summary>
    public required Sha256Digest Lock { get; init; }

    /// <summary>When the newest index that the lock was made from was signed: no clock is asked.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Version of the program that built it.</summary>
    public required string Tool { get; init; }

    /// <summary>The layer that the bill is of; null when it is of the whole.</summary>
    public string? OnlyLayer { get; init; }

    /// <summary>Its layers, lowest first; of a system that is one initramfs its capabilities.</summary>
    public required IReadOnlyList<BillLayer> Layers { get; init; }

    /// <summary>Packages that it has files of, then those that it was built with; each kind by name.</summary>
    public required IReadOnlyList<BillPackage> Packages { get; init; }

    /// <summary>Its regular files, by path.</summary>
    public required IReadOnlyList<BillFile> Files { get; init; }

    /// <summary>The kernel that was compiled for it; null with a kernel out of a package, or with none.</summary>
    public BillKernel? Kernel { get; init; }

    /// <summary>Programs that were compiled for it.</summary>
    public IReadOnlyList<BillProgram> Programs { get; init; } = [];

    /// <summary>Bytes of what it is made of, by name: <c>kernel</c>, <c>container image</c>, <c>layer shell</c>.</summary>
    public IReadOnlyDictionary<string, long> Parts { get; init; } = new Dictionary<string, long>();

    /// <summary>Its budgets by name, in words for people.</summary>
    public IReadOnlyDictionary<string, string> Budgets { get; init; } = new Dictionary<string, string>();

    /// <summary>Vulnerabilities that do not matter for it, by number, and why: <c>vex</c> of its blueprint.</summary>
    public IReadOnlyDictionary<string, string> Vex { get; init; } = new Dictionary<string, string>();

    /// <summary>Texts of licences that SPDX does not have, by <c>LicenseRef-…</c>.</summary>
    public required IReadOnlyDictionary<string, string> LicenceTexts { get; init; }

    /// <summary>Packages that the image has files of.</summary>
    public IEnumerable<BillPackage> Contained => Packages.Where(p => p.Role == BillRole.Contained);

    /// <summary>The bill of one layer.</summary>
    /// <param name="name">Name of the layer.</param>
    /// <exception cref="StrataException">There is no such layer.</exception>
    public Bill OfLayer(string name)
    {
        BillLayer layer = Layers.FirstOrDefault(l => l.Name == name) ?? throw new StrataException(
            $"cannot list layer '{name}' of {Edition}: it has none of that name{NearMiss.Suggestion(name, Layers.Select(l => l.Name))}",
            $"Its layers: {string.Join(", ", Layers.Select(l => l.Name))}.");
        BillFile[] files = [.. Files.Where(f => f.Layers.Contains(name)).Select(f => f with { Layers = [name] })];
        BillPackage[] packages = [.. Contained.Where(p => p.Layers.Contains(name)).Select(p => p with { Layers = [name] })];
        return this with
        {
            OnlyLayer = name,
            Layers = [layer],
            Files = files,
            Packages = packages,
            Kernel = null,
            Programs = [.. Programs.Where(p => p.Layer == name)],
            LicenceTexts = LicenceTexts
                .Where(t => packages.Any(p => p.Licence?.Split(' ', '(', ')').Contains(t.Key, StringComparer.Ordinal) ?? false))
                .ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal),
        };
    }
}

/// <summary>A layer.</summary>
/// <param name="Name">Name of the capability, or <c>system</c>.</param>
/// <param name="Description">Its sentence.</param>
/// <param name="Digest">SHA-256 of its image; null where capabilities are not packed one by one.</param>
public sealed record BillLayer(string Name, string Description, Sha256Digest? Digest);

/// <summary>What a package has to do with an edition.</summary>
public enum BillRole
{
    /// <summary>The image has files of it.</summary>
    Contained,

    /// <summary>It shaped the image: compressors and the like.</summary>
    Tool,

    /// <summary>The kernel was compiled with it, or out of it.</summary>
    KernelTool,

    /// <summary>Software of one's own was built with it.</summary>
    BuildTool,
}

/// <summary>A package.</summary>
public sealed record BillPackage
{
    /// <summary>What <see cref="Archive"/> is for packages of Debian.</summary>
    public const string Debian = "debian";

    /// <summary>What it has to do with the edition.</summary>
    public required BillRole Role { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Its architecture: <c>amd64</c>, <c>all</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>
    /// Who publishes it: <c>debian</c>, the name of another archive in the blueprint, or empty for a file beside the blueprint.
    /// </summary>
    public required string Archive { get; init; }

    /// <summary>Suite that listed it.</summary>
    public required string Suite { get; init; }

    /// <summary>Its file below the root of the archive.</summary>
    public required string Filename { get; init; }

    /// <summary>SHA-256 of its file.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>Name of its source package; null where nobody looked, at what only built the image.</summary>
    public string? Source { get; init; }

    /// <summary>Version of its source package; null with the name.</summary>
    public string? SourceVersion { get; init; }

    /// <summary>Its licences as an expression of SPDX; null without a copyright file.</summary>
    public string? Licence { get; init; }

    /// <summary>True when it has a copyright file that could be found.</summary>
    public bool HasCopyright { get; init; }

    /// <summary>Layers with files of it.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];

    /// <summary>How many of its files and links are in the image.</summary>
    public int Entries { get; init; }

    /// <summary>How many it has.</summary>
    public int AllEntries { get; init; }

    /// <summary>The kernel of it that starts the image, which lies in no layer; null for all others.</summary>
    public string? KernelImage { get; init; }

    /// <summary>Its programs and libraries that are not in the image, by path.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}

/// <summary>A regular file.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Size">Its bytes; 0 for further names of a file.</param>
/// <param name="Sha256">SHA-256 of its bytes.</param>
/// <param name="Sha1">SHA-1 of them.</param>
/// <param name="Layers">Layers that it lies in, lowest first.</param>
/// <param name="Package">Package that it is from; null for what the edition brings or the build makes.</param>
public sealed record BillFile(
    string Path, long Size, Sha256Digest Sha256, Sha1Digest Sha1, IReadOnlyList<string> Layers, string? Package);

/// <summary>A kernel that was compiled.</summary>
/// <param name="Release">What <c>uname -r</c> prints.</param>
/// <param name="Profile">Name of its profile.</param>
/// <param name="Image">SHA-256 of what boots.</param>
/// <param name="Config">Its whole configuration, as the kernel's own <c>.config</c>.</param>
/// <param name="SourcePackage">The package among <see cref="BillRole.KernelTool"/> that has its source.</param>
public sealed record BillKernel(string Release, string Profile, Sha256Digest Image, ReadOnlyMemory<byte> Config, string SourcePackage);

/// <summary>A program that was compiled for an edition.</summary>
/// <param name="Name">Its name.</param>
/// <param name="What">What it is, in words.</param>
/// <param name="Layer">Layer that takes it; null for what starts the layers.</param>
/// <param name="Sources">SHA-256 of all that it was made from.</param>
/// <param name="Licence">Its licence; null when that is for its author to say.</param>
/// <param name="IsOurs">True for a device program, which has the version of the tool.</param>
public sealed record BillProgram(string Name, string What, string? Layer, Sha256Digest Sources, string? Licence, bool IsOurs);
