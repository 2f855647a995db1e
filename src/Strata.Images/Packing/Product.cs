using Strata.Store.Actions;

namespace Strata.Images.Packing;

/// <summary>
/// What packing made of an edition, before it lies on any medium. All of it is in the store; media are made of it without composing again.
/// </summary>
public sealed record Product
{
    private const string UkiName = "uki";
    private const string ReleaseName = "release";
    private const string ContainerName = "oci";
    private const string ManifestName = "manifest";

    /// <summary>What it consists of (<see cref="Manifests.BuildManifest"/> as JSON).</summary>
    public required ActionOutput Manifest { get; init; }

    /// <summary>
    /// The file that UEFI firmware starts, which holds kernel and initramfs for every other way to start; null for a container.
    /// </summary>
    public ActionOutput? Uki { get; init; }

    /// <summary>The release (<see cref="Updates.Releases.Release"/>), which names the layers; null without layers.</summary>
    public ActionOutput? Release { get; init; }

    /// <summary>The container image; null for what boots.</summary>
    public ActionOutput? Container { get; init; }

    /// <summary>What the release names, so that it is kept with it.</summary>
    public IReadOnlyList<ActionOutput> Layers { get; init; } = [];

    /// <summary>The bootable file.</summary>
    /// <exception cref="InvalidOperationException">It is a container.</exception>
    internal ActionOutput Bootable => Uki ?? throw new InvalidOperationException("a container has no bootable file");

    /// <summary>Reads it out of the result of its step.</summary>
    internal static Product Of(ActionResult result) => new()
    {
        Manifest = result[ManifestName],
        Uki = result.Outputs.FirstOrDefault(o => o.Name == UkiName),
        Release = result.Outputs.FirstOrDefault(o => o.Name == ReleaseName),
        Container = result.Outputs.FirstOrDefault(o => o.Name == ContainerName),
        Layers = [.. result.Outputs.Where(o => o.Name is not (ManifestName or UkiName or ReleaseName or ContainerName))],
    };

    /// <summary>As the result of its step.</summary>
    internal ActionResult ToResult()
    {
        (string Name, ActionOutput? Output)[] parts =
            [(UkiName, Uki), (ReleaseName, Release), (ContainerName, Container), (ManifestName, Manifest)];
        return new ActionResult([.. parts.Where(p => p.Output is not null).Select(p => p.Output! with { Name = p.Name }), .. Layers]);
    }
}
