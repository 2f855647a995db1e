using System.Text;
using Strata.Core;
using Strata.Formats.Oci;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary>An image that comes with the system: read out of the archive that it lies in, written as an OCI image layout.</summary>
/// <param name="Name">What the engine of the machine calls it; its tag is the digest of its manifest.</param>
/// <param name="Folder">Where the layout lies in the system.</param>
/// <param name="Files">The files of the layout.</param>
internal sealed record ShippedImage(string Name, GuestPath Folder, IReadOnlyList<(GuestPath Path, ReadOnlyMemory<byte> Bytes)> Files)
{
    private const long LargestArchive = 256L << 20;
    private const string Below = "/usr/share/strata/images";

    /// <summary>Reads an archive (<c>strata build --image oci</c>, or <c>oci-archive</c> of skopeo) below a folder.</summary>
    /// <returns>Null when it cannot be read, and a fault.</returns>
    public static ShippedImage? Read(string folder, YamlScalar path, string container, FaultList faults)
    {
        try
        {
            using ForeignFolder own = new(folder);
            if (own.TryRead(path.Text, LargestArchive) is not byte[] bytes)
            {
                faults.Add(
                    path, $"'{path.Text}' does not exist beside this file; 'strata build EDITION --image oci' makes such an archive");
                return null;
            }
            using MemoryStream archive = new(bytes);
            OciArchiveImage image = OciArchiveReader.Read(archive);
            OciDescriptor root = image.Root.Descriptor;
            GuestPath place = GuestPath.Parse($"{Below}/{root.Digest}");
            List<(GuestPath, ReadOnlyMemory<byte>)> files =
            [
                (place.Join("oci-layout"), Encoding.UTF8.GetBytes("{\"imageLayoutVersion\":\"1.0.0\"}")),
                (place.Join("index.json"), Encoding.UTF8.GetBytes(
                    $"{{\"schemaVersion\":2,\"manifests\":[{{\"mediaType\":\"{root.MediaType}\",\"digest\":\"sha256:{root.Digest}\","
                    + $"\"size\":{root.Size}}}]}}")),
            ];
            files.AddRange(image.Blobs.Select(b => (place.Join($"blobs/sha256/{b.Descriptor.Digest}"),
                new ReadOnlyMemory<byte>(bytes, (int)b.Offset, (int)b.Descriptor.Size))));
            return new ShippedImage($"localhost/shipped/{container}:{root.Digest}", place, files);
        }
        catch (Exception e) when (e is StrataException or ImageFormatException)
        {
            faults.Add(path, $"{e.Message}; expected an archive with one OCI image, below the folder of this file");
            return null;
        }
    }
}
