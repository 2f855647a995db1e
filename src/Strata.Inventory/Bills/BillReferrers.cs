using Strata.Core;
using Strata.Formats.Oci;

namespace Strata.Inventory.Bills;

/// <summary>Bills of a container image as its referrers.</summary>
public static class BillReferrers
{
    /// <summary>An image layout with the bill in all forms, each attached to the image.</summary>
    /// <param name="bill">The bill.</param>
    /// <param name="image">Name and tag of the image.</param>
    /// <param name="manifest">Digest of its manifest.</param>
    /// <param name="manifestBytes">Length of its manifest.</param>
    public static byte[] Write(Bill bill, string image, Sha256Digest manifest, long manifestBytes)
    {
        ArgumentNullException.ThrowIfNull(bill);
        ArgumentNullException.ThrowIfNull(image);
        (string name, string tag) = image.Split(':') is [string first, string second] ? (first, second)
            : throw new ArgumentException($"'{image}' is no name and tag", nameof(image));
        using MemoryStream archive = new();
        OciReferrersWriter.Write(
            OciDescriptor.OfManifest(manifest, manifestBytes),
            [
                // a tag of its own, for tools that copy by tag alone; it is short enough after what is cut off
                .. BillForm.All.Select(f => new OciArtifact(
                    $"{name}:{OciTag.Of($"{tag[..Math.Min(tag.Length, OciTag.MaxLength - f.Name.Length - 1)]}.{f.Name}")}", f.MediaType,
                    $"{bill.Edition}.{f.Ending}", f.Write(bill))),
            ],
            archive);
        return archive.ToArray();
    }
}
