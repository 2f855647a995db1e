using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Formats.Cpio;
using Strata.Kernel.Building;
using Strata.Layers;
using Strata.Packages.Listings;
using Strata.Sealing.Policies;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;
using Strata.Trust.Keys;
using Strata.Updates.Releases;

namespace Strata.Images.Steps;

/// <summary>The projects whose code decides what a step of this one makes.</summary>
internal static class StepCode
{
    /// <summary>For a whole build: this project and everything below.</summary>
    public static ActionKeyBuilder WithBuildingCode(this ActionKeyBuilder builder) => builder.WithCode(
        typeof(StepCode), typeof(LayerBuilder), typeof(BuildServices), typeof(Blueprint), typeof(CpioWriter), typeof(PackageSet),
        typeof(ToolTree), typeof(Release), typeof(ObjectStore), typeof(Sha256Digest), typeof(KernelBuilder));

    /// <summary>For what is signed, and what a TPM will hold of it.</summary>
    public static ActionKeyBuilder WithSigningCode(this ActionKeyBuilder builder) =>
        builder.Add("signing-code", CodeIdentity.Of(typeof(KeyRole), typeof(PolicyKey)));

    /// <summary>For steps that pack trees and files that are there already; their results may come from other machines.</summary>
    public static ActionKeyBuilder WithPackingCode(this ActionKeyBuilder builder) =>
        builder.WithCode(typeof(StepCode), typeof(CpioWriter), typeof(ToolTree), typeof(Sha256Digest));
}
