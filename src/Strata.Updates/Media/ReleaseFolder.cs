using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Updates.Media;

/// <summary>A release in a folder that has the form of a medium: a mounted volume, or a copy of one.</summary>
public sealed class ReleaseFolder
{
    private ReleaseFolder(string path, Release release, IReadOnlyList<StoredLayer> layers) =>
        (Path, Release, Layers) = (path, release, layers);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The release.</summary>
    public Release Release { get; }

    /// <summary>Its layers, lowest first.</summary>
    public IReadOnlyList<StoredLayer> Layers { get; }

    /// <summary>Reads the release and the manifests of its layers. Images and block indexes are opened when they are asked for.</summary>
    /// <exception cref="StrataException">There is none, or a part of it is missing or damaged.</exception>
    public static ReleaseFolder Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = System.IO.Path.Combine(path, Medium.ReleaseFile);
        if (new FileInfo(file) is not { Exists: true, Length: <= Release.MaxBytes })
        {
            throw new StrataException(
                $"cannot read the release in {path}: there is no {Medium.ReleaseFile} of a sensible size in it",
                $"The volume {Medium.Label} of a disk made by 'strata build' has one.");
        }
        try
        {
            Release release = ReleaseReader.Read(File.ReadAllBytes(file));
            return new ReleaseFolder(path, release, [.. release.Layers.Select(l => ReadLayer(path, l))]);
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read the release in {path}: {e.Message}", innerException: e);
        }
    }

    /// <summary>Opens an object. The bytes are not checked here.</summary>
    /// <exception cref="IOException">It is not there, or cannot be opened.</exception>
    public FileStream Open(Sha256Digest digest) => Open(Path, digest);

    private static StoredLayer ReadLayer(string path, ReleaseLayer layer)
    {
        using FileStream file = Open(path, layer.Manifest);
        return StoredLayer.Read(file, layer.Manifest);
    }

    private static FileStream Open(string path, Sha256Digest digest) =>
        new(System.IO.Path.Combine(path, Medium.PathOf(digest)), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
}
