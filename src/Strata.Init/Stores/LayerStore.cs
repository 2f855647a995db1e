using Strata.Device.Disks;

namespace Strata.Init.Stores;

/// <summary>A place that has the images of the layers.</summary>
/// <param name="Root">Folder below which <c>strata/cas</c> lies; <c>/</c> for the initramfs itself.</param>
/// <param name="Device">What is mounted there; null for the initramfs and for memory.</param>
/// <param name="Kind"><c>initramfs</c>, <c>medium</c> or <c>memory</c>.</param>
internal sealed record LayerStore(string Root, BlockDevice? Device, string Kind)
{
    /// <summary>Path of something in it.</summary>
    /// <param name="medium">As <c>ReleaseLayer.MediumPath</c>.</param>
    public string PathOf(string medium) => Root == "/" ? "/" + medium : $"{Root}/{medium}";

    /// <summary>The shortest name: <c>vda2</c>, <c>memory</c>, <c>initramfs</c>.</summary>
    public string Name => Device?.Name ?? Kind;

    /// <summary>For a person: <c>the initramfs</c>, <c>vda2 (64.0 MiB, vfat, label 'STRATA')</c>.</summary>
    public string Describe() => Device is not null ? Device.Describe() : Kind == "memory" ? "memory" : "the initramfs";
}
