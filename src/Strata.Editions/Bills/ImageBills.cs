using Strata.Core;
using Strata.Inventory.Bills;
using Strata.Measure.Differences;

namespace Strata.Editions.Bills;

/// <summary>
/// Bills of image files: the one that lies beside the image, believed when the image has exactly the files that it lists, every one with
/// its digest. So it does not matter where both come from, and the bill of another build is never taken for this one's.
/// </summary>
public static class ImageBills
{
    private const int MostNamed = 3;

    /// <summary>Where the bill of an image lies: <c>out/nano/nano.img</c> has <c>out/nano/nano.cdx.json</c>.</summary>
    /// <returns>Null for what has no name of an image.</returns>
    public static string? BesideOf(string image)
    {
        ArgumentException.ThrowIfNullOrEmpty(image);
        ImageKind? kind = ImageKind.Built.FirstOrDefault(
            k => !k.IsFolder && !k.IsVirtualDisk && image.EndsWith(k.PlaceOf(""), StringComparison.OrdinalIgnoreCase));
        return kind is null ? null : $"{image[..^kind.PlaceOf("").Length]}.{BillForm.CycloneDx.Ending}";
    }

    /// <summary>Compares a bill with what is in an image.</summary>
    /// <param name="bill">The bill.</param>
    /// <param name="billName">What it is called.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="StrataException">They are not of one build, and what differs.</exception>
    public static void Check(Bill bill, string billName, ImageContents image)
    {
        ArgumentNullException.ThrowIfNull(bill);
        ArgumentNullException.ThrowIfNull(image);
        if (bill.Layers.Any(l => l.Digest is not null) && !image.Parts.Keys.Any(p => p.StartsWith("layer ", StringComparison.Ordinal)))
        {
            throw new StrataException(
                $"cannot compare {billName} with {image.Name}: it has no layers in it",
                "A bootable file alone leaves them on its medium: name the disk or ISO image.");
        }
        Dictionary<string, string> listed = bill.Files.ToDictionary(f => f.Path, f => f.Sha256.ToString(), StringComparer.Ordinal);
        string[] differences =
        [
            .. bill.Kernel is BillKernel kernel && image.KernelImage is Sha256Digest boots && boots != kernel.Image
                ? ["the kernel"] : (string[])[],
            .. image.Entries.Where(e => e.Value.Type == "file" && listed.GetValueOrDefault(e.Key) != e.Value.Digest).Select(e => e.Key)
                .Concat(listed.Keys.Where(p => !image.Entries.TryGetValue(p, out ContentEntry? entry) || entry.Type != "file"))
                .Order(StringComparer.Ordinal),
        ];
        if (differences.Length > 0)
        {
            string more = differences.Length > MostNamed ? $" and {differences.Length - MostNamed} more" : "";
            throw new StrataException(
                $"cannot take {billName} for the bill of {image.Name}: "
                + $"{string.Join(", ", differences.Take(MostNamed))}{more} are not the same in both",
                "Both are of one build when 'strata build --sbom' wrote them at once; the edition's name in place of the image lists what "
                + "it is today.");
        }
    }
}
