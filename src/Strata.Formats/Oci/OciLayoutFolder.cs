using System.Security.Cryptography;
using Strata.Core;
using Strata.Formats.Tar;

namespace Strata.Formats.Oci;

/// <summary>An OCI image layout (image-spec 1.1, image-layout.md) as a folder, the form that <c>skopeo</c> calls <c>oci</c>.</summary>
/// <param name="path">A folder that is there and empty.</param>
public sealed class OciLayoutFolder(string path)
{
    private const string Blobs = "blobs/sha256/";

    private readonly List<OciIndexEntry> _named = [];

    /// <summary>Where it lies.</summary>
    public string Path { get; } = path;

    /// <summary>
    /// Takes every blob of an archive that <see cref="OciLayoutWriter"/> or <see cref="OciReferrersWriter"/> wrote; its index stays there.
    /// </summary>
    /// <param name="archive">The archive, from where it stands.</param>
    /// <param name="cancellationToken">Looked at between blobs.</param>
    /// <exception cref="ImageFormatException">A blob is not what its name says.</exception>
    public void Add(Stream archive, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, Blobs));
        TarReader reader = new(archive);
        while (reader.Next() is TarEntry entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Kind == TarKind.File && entry.Name.StartsWith(Blobs, StringComparison.Ordinal))
            {
                Take(Sha256Digest.Parse(entry.Name[Blobs.Length..]), reader.Content);
            }
        }
    }

    /// <summary>Adds a document.</summary>
    /// <param name="mediaType">What it is.</param>
    /// <param name="bytes">Its bytes.</param>
    public OciDescriptor Add(string mediaType, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(System.IO.Path.Combine(Path, Blobs));
        OciDescriptor blob = OciDescriptor.Of(mediaType, bytes);
        File.WriteAllBytes(PathOf(blob.Digest), bytes);
        return blob;
    }

    /// <summary>Gives a manifest or an index a name by which tools find it in the layout.</summary>
    public void Name(string name, OciDescriptor blob)
    {
        _named.Add(new OciIndexEntry(blob) { Name = name });
        File.WriteAllBytes(System.IO.Path.Combine(Path, "oci-layout"), OciLayoutWriter.LayoutVersion);
        File.WriteAllBytes(System.IO.Path.Combine(Path, "index.json"), OciIndex.Write(_named));
    }

    private void Take(Sha256Digest digest, Stream content)
    {
        using (FileStream file = File.Create(PathOf(digest)))
        {
            content.CopyTo(file);
        }
        using FileStream written = File.OpenRead(PathOf(digest));
        if (new Sha256Digest(SHA256.HashData(written)) != digest)
        {
            throw new ImageFormatException("OCI image layout", 0, $"blob {digest} has other bytes than its name says");
        }
    }

    private string PathOf(Sha256Digest digest) => System.IO.Path.Combine(Path, Blobs, digest.ToString());
}
