using System.Diagnostics.CodeAnalysis;
using Strata.Core;

namespace Strata.Store;

/// <summary>Content-addressed files below one folder: an object is a plain read-only file named by its SHA-256.</summary>
public sealed class ObjectStore
{
    private readonly string _objects;
    private readonly string _temporary;

    /// <summary>Opens or makes a store.</summary>
    /// <param name="root">Its folder.</param>
    public ObjectStore(string root)
    {
        Root = Path.GetFullPath(root);
        _objects = Directory.CreateDirectory(Path.Combine(Root, "cas")).FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(Root, "tmp")).FullName;
    }

    /// <summary>Full path of the store's folder.</summary>
    public string Root { get; }

    /// <summary>True when the object is here; its content is not read.</summary>
    public bool Contains(Sha256Digest digest) => File.Exists(PathOf(digest));

    /// <summary>Path of the object's file, for tools that need one. Never write to it.</summary>
    public bool TryGetPath(Sha256Digest digest, [NotNullWhen(true)] out string? path)
    {
        path = PathOf(digest);
        return File.Exists(path);
    }

    /// <summary>Opens an object.</summary>
    /// <exception cref="StrataException">It is not here.</exception>
    public FileStream OpenRead(Sha256Digest digest)
    {
        try
        {
            return new FileStream(PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new StrataException($"cannot read object {digest}: it is not in the store {Root}", innerException: e);
        }
    }

    /// <summary>Adds content and returns its name.</summary>
    public async Task<Sha256Digest> AddAsync(Stream content, CancellationToken cancellationToken = default)
    {
        string temporary = Path.Combine(_temporary, Path.GetRandomFileName());
        await using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            await content.CopyToAsync(file, cancellationToken);
            file.Flush(flushToDisk: true);
            file.Position = 0;
            Sha256Digest digest = await Sha256Digest.OfAsync(file, cancellationToken);
            string path = PathOf(digest);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(temporary, path, overwrite: true);
            return digest;
        }
    }

    private string PathOf(Sha256Digest digest)
    {
        string name = digest.ToString();
        return Path.Combine(_objects, name[..2], name);
    }
}
