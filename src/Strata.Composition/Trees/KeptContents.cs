using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Store;

namespace Strata.Composition.Trees;

/// <summary>
/// Reads contents that decide what an image is (texts, certificates, modules), and keeps those of packages in the store under
/// their own digest: the next build finds them there and decompresses no package for them.
/// </summary>
/// <remarks>What is read becomes durable when the reader is disposed, in one flush.</remarks>
/// <param name="store">Has the packages, and takes what was read.</param>
internal sealed class KeptContents(ObjectStore store) : IContentReader
{
    private const int Most = 8 << 20; // bytes of one content; a larger one is streamed out of its package

    private readonly PackageContentReader _contents = new(store.OpenRead);
    private readonly ObjectBatch _read = store.BeginBatch();

    /// <inheritdoc/>
    public Stream Open(FileContent content)
    {
        if (content is not PackageContent { Size: > 0 and <= Most })
        {
            return _contents.Open(content);
        }
        if (store.TryGetSize(content.Digest, out long size) && size == content.Size)
        {
            store.Touch(content.Digest);
            return _contents.Open(new StoredContent(size, content.Digest));
        }
        byte[] bytes = new byte[content.Size];
        _contents.Open(content).ReadExactly(bytes); // compares the digest
        _read.Add(bytes);
        return new MemoryStream(bytes, writable: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (_contents)
        using (_read)
        {
            _read.Commit();
        }
    }
}
