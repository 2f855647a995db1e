using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Packing;
using Strata.Images.Signing;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Media;

/// <summary>
/// The form in which an edition leaves the store: which kind of image it makes, what starts from it, and how it is written.
/// </summary>
public interface IMedium
{
    /// <summary>The kind of image that it makes.</summary>
    ImageKind Kind { get; }

    /// <summary>Name of the step that writes it; null when nothing is written for it.</summary>
    string? Step { get; }

    /// <summary>What starts a kernel from it, whichever the machine has; none of what does not boot.</summary>
    IReadOnlyList<IBootProgram> StartedBy { get; }

    /// <summary>What UEFI firmware starts from it: the kernel image itself, but from a disk with another boot program.</summary>
    BootProgram StartOf(Edition edition) => BootProgram.Uki;

    /// <summary>True when it is written with something out of the tools; else neither they nor their lock count.</summary>
    bool NeedsTools(Edition edition);

    /// <summary>All of the edition that decides its bytes, beside what was packed and the tools.</summary>
    IEnumerable<string> InputsOf(Edition edition);

    /// <summary>Writes it.</summary>
    /// <returns>Its files; the first is the one that stands for all.</returns>
    /// <exception cref="StrataException">It cannot be written.</exception>
    Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken);

    /// <summary>
    /// What of it the budget of the image limits, for people and in bytes; null when what was packed has been compared already.
    /// </summary>
    /// <param name="files">Its files.</param>
    /// <param name="manifest">What it consists of.</param>
    (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest);
}

/// <summary>What a medium is made of.</summary>
/// <param name="Services">Where everything is.</param>
/// <param name="Edition">Names, command line, processor, partitions.</param>
/// <param name="Product">What was packed.</param>
/// <param name="Installed">The tools, with boot programs; null for a medium that needs none.</param>
public sealed record MediumParts(BuildServices Services, Edition Edition, Product Product, ToolTree? Installed)
{
    /// <summary>Signs boot programs, as it signed the kernel image already; null for an image that nobody signs.</summary>
    public ImageSigner? Signer { get; init; }

    /// <summary>The tools.</summary>
    /// <exception cref="InvalidOperationException">The medium said that it needs none.</exception>
    public ToolTree Tools => Installed ?? throw new InvalidOperationException("a medium that needs tools has to say so");
}

/// <summary>The media there are.</summary>
public static class Media
{
    /// <summary>All of them, one for each kind of image that is built.</summary>
    public static IReadOnlyList<IMedium> All { get; } =
    [
        new DiskMedium(), new IsoMedium(), new BareFile(ImageKind.Uki, p => p.Uki), new NetworkFolder(),
        new BareFile(ImageKind.Oci, p => p.Container), .. VirtualDiskMedium.All,
    ];
}
