using Strata.Formats.Oci;

namespace Strata.Inventory.Bills;

/// <summary>Bills of a container image as its referrers.</summary>
public static class BillReferrers
{
    /// <summary>An image layout with the bill in all forms, each attached to the image.</summary>
    /// <param name="bill">The bill.</param>
    /// <param name="image">Name and tag of the image.</param>
    /// <param name="manifest">The manifest of the image.</param>
    public static byte[] Write(Bill bill, string image, OciDescriptor manifest)
    {
        using MemoryStream archive = new();
        OciReferrersWriter.Write(manifest, ArtifactsOf(bill, image), archive);
        return archive.ToArray();
    }

    /// <summary>The bill in all forms, as what is told of an image.</summary>
    /// <param name="bill">The bill.</param>
    /// <param name="image">Name and tag of the image.</param>
    public static IReadOnlyList<OciArtifact> ArtifactsOf(Bill bill, string image)
    {
        ArgumentNullException.ThrowIfNull(bill);
        return
        [
            .. BillForm.All.Select(f => new OciArtifact(NameOf(image, f.Name), f.MediaType, $"{bill.Edition}.{f.Ending}", f.Write(bill))),
        ];
    }

    /// <summary>
    /// A name of its own for something that is told of an image, for tools that copy by tag alone; what makes it too long is cut off.
    /// </summary>
    public static string NameOf(string image, string what)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(what);
        (string name, string tag) = image.Split(':') is [string first, string second] ? (first, second)
            : throw new ArgumentException($"'{image}' is no name and tag", nameof(image));
        return $"{name}:{OciTag.Of($"{tag[..Math.Min(tag.Length, OciTag.MaxLength - what.Length - 1)]}.{what}")}";
    }
}
