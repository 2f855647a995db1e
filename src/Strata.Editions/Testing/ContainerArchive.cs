using Strata.Core;
using Strata.Formats.Oci;
using Strata.Machines.Testing;

namespace Strata.Editions.Testing;

/// <summary>Container images in archives, for the hosts of tests that serve them.</summary>
internal static class ContainerArchive
{
    /// <summary>Reads an archive and compares all of its image with the digests; it is served as it lies there.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="shownAs">What the tests call it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">It cannot be read, or is not what it says.</exception>
    public static ServedImage Open(string path, string shownAs, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream archive = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            OciArchiveImage image = OciArchiveReader.Read(archive, cancellationToken);
            return new ServedImage(Of(image.Root), [.. image.Blobs.Select(Of)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageFormatException)
        {
            throw new StrataException(
                $"cannot serve the container image {shownAs}: {e.Message}",
                "An edition of which an image is built is named by its folder; an archive is an OCI image layout in a tar file, "
                + "as 'skopeo copy … oci-archive:FILE.tar' writes it.",
                e);
        }

        ServedBlob Of(OciArchiveBlob blob) => new(
            blob.Descriptor.Digest, blob.Descriptor.MediaType, blob.IsDocument, path, blob.Offset, blob.Descriptor.Size);
    }
}
