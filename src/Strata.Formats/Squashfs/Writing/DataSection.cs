using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Contents of files, cut into blocks and fragments: the part of an image between superblock and tables.</summary>
internal sealed class DataSection
{
    private readonly SquashfsOptions _options;
    private readonly IContentReader _contents;
    private readonly BlockPipeline _pipeline;
    private readonly FragmentPacker _fragments;
    private readonly Dictionary<Sha256Digest, StoredFile> _files = [];

    private DataSection(SquashfsOptions options, IContentReader contents, BlockPipeline pipeline)
    {
        (_options, _contents, _pipeline) = (options, contents, pipeline);
        _fragments = new FragmentPacker(pipeline, options.BlockSize);
    }

    /// <summary>Every content of the tree by its digest.</summary>
    public IReadOnlyDictionary<Sha256Digest, StoredFile> Files => _files;

    /// <summary>Fragment blocks by number.</summary>
    public IReadOnlyList<(long Offset, uint SizeWord)> Fragments => _fragments.Placed;

    /// <summary>Data and fragment blocks in the order of the disk.</summary>
    public IReadOnlyList<SquashfsBlock> Blocks { get; private set; } = [];

    /// <summary>
    /// Writes all contents of <paramref name="source"/>, each once. <paramref name="output"/> stands at <paramref name="position"/> of the image.
    /// </summary>
    public static async Task<DataSection> WriteAsync(
        SquashfsSource source,
        SquashfsOptions options,
        IBlockCompressor compressor,
        Stream output,
        long position,
        IProgressTask progress,
        CancellationToken cancellationToken)
    {
        await using BlockPipeline pipeline = new(
            compressor, output, position, options.BlockSize, options.AffordableThreads, progress, cancellationToken);
        DataSection section = new(options, source.Contents, pipeline);
        string? group = null;
        foreach (TreeEntry entry in InDiskOrder(source.Tree))
        {
            cancellationToken.ThrowIfCancellationRequested();
            FileContent content = ((FileNode)entry.Node).Content;
            if (options.Grouping == FragmentGrouping.Package && !string.Equals(group, entry.Origin.Package, StringComparison.Ordinal))
            {
                section._fragments.Flush();
                group = entry.Origin.Package;
            }
            if (!section._files.ContainsKey(content.Digest))
            {
                await section.AddAsync(entry.Path, content);
            }
        }
        section._fragments.Flush();
        section.Blocks = await pipeline.CompleteAsync();
        return section;
    }

    /// <summary>
    /// Files of one package together, so that its blocks are neighbours and it shares fragments with nobody; within a package the order in
    /// which contents are cheapest to read. (Contents inside packages are in that order already; objects of the store can be read in any.)
    /// </summary>
    private static IEnumerable<TreeEntry> InDiskOrder(FileTree tree) => tree.InContentOrder()
        .Where(e => e.Node is FileNode)
        .OrderBy(e => e.Origin.Package, StringComparer.Ordinal);

    private async ValueTask AddAsync(GuestPath path, FileContent content)
    {
        long fullBlocks = content.Size / _options.BlockSize;
        int tail = (int)(content.Size % _options.BlockSize);
        bool isTailInFragment = tail > 0 && (_options.Fragments == FragmentPacking.TailEnds
            || (_options.Fragments == FragmentPacking.SmallFiles && fullBlocks == 0));
        long blocks = fullBlocks + (tail > 0 && !isTailInFragment ? 1 : 0);
        if (blocks > Array.MaxLength)
        {
            throw new StrataException(
                $"cannot pack {path}: {new ByteSize(content.Size)} are too many blocks of {_options.BlockSize} bytes");
        }
        StoredFile file = new(content.Size, (int)blocks);
        _files.Add(content.Digest, file);
        if (content.Size == 0)
        {
            return;
        }
        Stream stream = _contents.Open(content);
        for (int i = 0; i < blocks; i++)
        {
            int length = i < fullBlocks ? _options.BlockSize : tail;
            byte[] buffer = await _pipeline.RentAsync();
            Fill(stream, buffer.AsSpan(0, length), path, content);
            if (buffer.AsSpan(0, length).ContainsAnyExcept((byte)0))
            {
                _pipeline.Submit(buffer, length, file, i);
            }
            else
            {
                file.SparseBytes += length;
                _pipeline.Return(buffer);
            }
        }
        if (isTailInFragment)
        {
            (file.Fragment, file.FragmentOffset, Memory<byte> room) = await _fragments.AddAsync(tail);
            Fill(stream, room.Span, path, content);
        }
        if (stream.ReadByte() >= 0) // also makes the reader compare the digest
        {
            throw new StrataException($"cannot pack {path}: its content has more than the {content.Size} bytes it was announced with");
        }
    }

    private static void Fill(Stream stream, Span<byte> room, GuestPath path, FileContent content)
    {
        if (stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false) < room.Length)
        {
            throw new StrataException($"cannot pack {path}: its content ends before the {content.Size} bytes it was announced with");
        }
    }
}
