using Strata.Formats.Pe;

namespace Strata.Measure.Bytes;

/// <summary>Names the parts of a bootable file: headers and sections, and what the initramfs in it consists of.</summary>
internal static class PeRegions
{
    /// <summary>A unified kernel image, or any other PE image.</summary>
    public static void Add(RegionScope scope, Stream image)
    {
        PeImage pe = PeImage.Read(image);
        scope.Add(0, pe.SizeOfHeaders, "PE headers");
        foreach (PeSection section in pe.Sections.Where(s => s.RawSize > 0))
        {
            string name = "section " + section.Name;
            scope.Add(section.RawOffset, section.RawSize, name);
            if (section.Name == ".initrd")
            {
                ImageMap.Look(
                    scope.Within(section.RawOffset, name), new PartOfStream(image, section.RawOffset, section.ContentSize),
                    InitrdRegions.Add);
            }
        }
        scope.Add(pe.CertificatesOffset, pe.CertificatesSize, "certificates");
    }
}
