using Strata.Core;
using Strata.Store.Actions;

namespace Strata.Images.Building;

/// <summary>Identity of the code that a step runs, as an input of its action key: a change of the code redoes what it touches.</summary>
/// <remarks>Module version ids are digests of the compiled sources (deterministic builds), so two machines with the same sources agree.</remarks>
internal static class CodeIdentity
{
    private static readonly string s_images = string.Join(' ', new[]
    {
        typeof(CodeIdentity), typeof(Formats.Cpio.CpioWriter), typeof(Packages.Listings.PackageSet), typeof(Toolbox.ToolTree), typeof(Updates.Releases.Release),
        typeof(Store.ObjectStore), typeof(Sha256Digest), typeof(Strata.Kernel.Building.KernelBuilder),
    }.Select(t => t.Module.ModuleVersionId.ToString("N")));

    // results of these steps may come from other machines: what this project itself does in them is part of what they are
    private static readonly string s_packing = string.Join(' ', new[]
    {
        typeof(CodeIdentity), typeof(Formats.Cpio.CpioWriter), typeof(Toolbox.ToolTree), typeof(Sha256Digest),
    }.Select(t => t.Module.ModuleVersionId.ToString("N")));

    /// <summary>For steps that run code of Images and everything below.</summary>
    public static ActionKeyBuilder WithImagesCode(this ActionKeyBuilder builder) => builder.Add("code", s_images);

    /// <summary>For steps that pack trees and files that are there already: code of Formats, tools, and what is in between here.</summary>
    public static ActionKeyBuilder WithPackingCode(this ActionKeyBuilder builder) => builder.Add("code", s_packing);
}
