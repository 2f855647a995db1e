using Strata.Core;

namespace Strata.Updates.Layers;

/// <summary>A layer in a store or on a medium: three objects, the manifest naming the other two.</summary>
/// <param name="Digest">SHA-256 of the manifest: the layer's name.</param>
/// <param name="Manifest">What it says.</param>
public sealed record StoredLayer(Sha256Digest Digest, LayerManifest Manifest)
{
    /// <summary>Reads a manifest and checks it.</summary>
    /// <param name="content">Its bytes; a seekable stream.</param>
    /// <param name="digest">What they have to be.</param>
    /// <exception cref="StrataException">They are others, or no manifest.</exception>
    public static StoredLayer Read(Stream content, Sha256Digest digest)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Length > LayerManifest.MaxBytes)
        {
            throw new StrataException(
                $"cannot read layer {digest.ToShortString()}: an object of {new ByteSize(content.Length)} is no manifest");
        }
        byte[] text = new byte[content.Length];
        content.ReadExactly(text);
        if (Sha256Digest.Of(text) != digest)
        {
            throw new StrataException($"cannot read layer {digest.ToShortString()}: its bytes are not those of its name");
        }
        try
        {
            return new StoredLayer(digest, LayerManifestText.Read(text));
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read layer {digest.ToShortString()}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Reads its block index and checks it.</summary>
    /// <param name="content">The bytes of the object <see cref="LayerManifest.BlockIndex"/>; a seekable stream.</param>
    /// <exception cref="StrataException">They are others, or no index.</exception>
    public BlockIndex ReadIndex(Stream content)
    {
        ArgumentNullException.ThrowIfNull(content);
        byte[] bytes = new byte[content.Length <= BlockIndex.MaxBytes ? content.Length : 0];
        content.ReadExactly(bytes);
        try
        {
            return Sha256Digest.Of(bytes) == Manifest.BlockIndex
                ? BlockIndex.Read(bytes)
                : throw new StrataException($"cannot read the block index of layer {Manifest.Name}: its bytes are not those of its digest");
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot read the block index of layer {Manifest.Name}: {e.Message}", innerException: e);
        }
    }
}
