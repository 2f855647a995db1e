using Strata.Core;
using Strata.Formats.Pe;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Images.Boot;

/// <summary>Where kernel and initramfs lie in a UKI, for boot programs that are no UEFI firmware.</summary>
/// <param name="Linux">First byte and length of the kernel.</param>
/// <param name="Initrd">First byte and length of the initramfs.</param>
internal sealed record UkiSections((long Offset, long Length) Linux, (long Offset, long Length) Initrd)
{
    /// <summary>Looks into a UKI of the store.</summary>
    /// <exception cref="StrataException">It is none of ours: a section is missing or lies elsewhere than at a multiple of 2048.</exception>
    public static UkiSections Read(ObjectStore store, ActionOutput uki)
    {
        using FileStream file = store.OpenRead(uki.Digest);
        PeImage image = PeImage.Read(file);
        return new UkiSections(Section(".linux"), Section(".initrd"));

        (long, long) Section(string name) =>
            image.Sections.FirstOrDefault(s => s.Name == name) is PeSection section && section.RawOffset % UkiPlan.ContentAlignment == 0
                ? (section.RawOffset, section.ContentSize)
                : throw new StrataException(
                    $"cannot share the bytes of the bootable file: its section {name} is missing or does not begin at a multiple of "
                    + $"{UkiPlan.ContentAlignment}");
    }
}
