using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>Opens contents carried along, and files of this machine by their digest.</summary>
internal sealed class Contents : IContentReader
{
    private readonly Dictionary<Sha256Digest, string> _paths = [];

    public List<Sha256Digest> Opened { get; } = [];

    public StoredContent AddFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        StoredContent content = new(file.Length, Sha256Digest.Of(file));
        _paths.TryAdd(content.Digest, path);
        return content;
    }

    public Stream Open(FileContent content)
    {
        Opened.Add(content.Digest);
        return content is InlineContent inline
            ? new MemoryStream(inline.Bytes.ToArray(), writable: false)
            : new FileStream(_paths[content.Digest], FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
    }

    public void Dispose()
    {
    }
}
