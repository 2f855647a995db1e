using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Measure.Bytes;

/// <summary>Names what lies on a medium under digests: images, manifests and block indexes of the layers of its release.</summary>
internal sealed class ObjectNames
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _dataOf = new(StringComparer.Ordinal); // of images: where verity begins

    private ObjectNames()
    {
    }

    /// <summary>Reads the release of a medium.</summary>
    /// <param name="read">Gives the bytes of a file by its path; null when there is none.</param>
    public static ObjectNames Of(Func<string, byte[]?> read)
    {
        ObjectNames names = new();
        try
        {
            if (read("/" + Medium.ReleaseFile) is byte[] release)
            {
                foreach (ReleaseLayer layer in ReleaseReader.Read(release).Layers)
                {
                    names.Add(layer, read);
                }
            }
        }
        catch (Exception e) when (e is ImageFormatException or StrataException)
        {
            // a file of that name may be something else
        }
        return names;
    }

    /// <summary>What a file is called: its path, or the part of a layer that it is.</summary>
    public string NameOf(string path) => _names.GetValueOrDefault(path, path);

    /// <summary>Looks into a file: the image of a layer, or something that boots.</summary>
    /// <param name="scope">The volume that it lies in.</param>
    /// <param name="path">Its path.</param>
    /// <param name="offset">Where it begins in the volume.</param>
    /// <param name="file">Its bytes.</param>
    public void Look(RegionScope scope, string path, long offset, Stream file)
    {
        RegionScope within = scope.Within(offset, NameOf(path));
        if (_dataOf.TryGetValue(path, out long data))
        {
            ImageMap.Look(within, file, (s, b) => LayerRegions.Add(s, b, data));
        }
        else if (path.EndsWith(".EFI", StringComparison.OrdinalIgnoreCase))
        {
            ImageMap.Look(within, file, PeRegions.Add);
        }
    }

    private void Add(ReleaseLayer layer, Func<string, byte[]?> read)
    {
        string image = "/" + Medium.PathOf(layer.Image);
        string manifest = "/" + Medium.PathOf(layer.Manifest);
        _names[image] = $"layer {layer.Name}";
        _names[manifest] = $"layer {layer.Name}, manifest";
        _dataOf[image] = layer.Data;
        if (read(manifest) is byte[] text)
        {
            _names["/" + Medium.PathOf(LayerManifestText.Read(text).BlockIndex)] = $"layer {layer.Name}, block index";
        }
    }
}
