using System.Buffers.Binary;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Squashfs.Codecs;
using Strata.Formats.Squashfs.Writing;

namespace Strata.Formats.Squashfs;

/// <summary>Writes Squashfs 4.0 images; the bytes depend on tree, options and codec library only.</summary>
/// <remarks>
/// On disk: superblock, compressor options, data and fragment blocks, inodes, directories, fragment table, export table, owners,
/// attributes, zeros up to 4 KiB. Layout and limits: <c>docs/formats/squashfs.md</c>.
/// </remarks>
public static class SquashfsWriter
{
    /// <summary>Writes an image at the current position of <paramref name="output"/>, which ends up behind it.</summary>
    /// <param name="source">What goes in.</param>
    /// <param name="output">Seekable: the superblock is written last, so that a torn image is none.</param>
    /// <param name="options">How.</param>
    /// <param name="compressor">
    /// Makes stored blocks of plain ones, with the codec and block size of <paramref name="options"/>; null for one without a cache. With an
    /// <see cref="IBlockCache"/> contents it knows are not read.
    /// </param>
    /// <param name="progress">Advances by plain bytes of stored blocks.</param>
    /// <param name="cancellationToken">Gives up; what is written by then is no image.</param>
    /// <exception cref="StrataException">A content is not what the tree says, or the tree cannot be stored.</exception>
    public static async Task<SquashfsImage> WriteAsync(
        SquashfsSource source,
        Stream output,
        SquashfsOptions options,
        IBlockCompressor? compressor = null,
        IProgressTask? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        if (!output.CanSeek)
        {
            throw new ArgumentException("a squashfs image is written to a seekable stream", nameof(output));
        }
        if (options.Problems().ToList() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join("; ", problems), nameof(options));
        }
        using CodecBlockCompressor? own = compressor is null ? new CodecBlockCompressor(options.Codec, options.BlockSize) : null;
        long origin = output.Position;
        byte[] head = Head(options);
        await output.WriteAsync(head, cancellationToken);
        DataSection data = await WriteDataAsync(
            source, options, compressor ?? own!, output, head.Length, progress ?? SilentProgress.Instance, cancellationToken);

        SquashfsSuperblock superblock = await WriteTablesAsync(source, options, data, output, output.Position - origin, cancellationToken);
        long padding = -superblock.BytesUsed & (SquashfsFormat.ImageAlignment - 1);
        await output.WriteAsync(new byte[padding], cancellationToken);
        long end = output.Position;
        superblock.WriteTo(head);
        output.Position = origin;
        await output.WriteAsync(head, cancellationToken);
        output.Position = end;
        return new SquashfsImage(superblock, end - origin, data.Blocks);
    }

    private static async Task<DataSection> WriteDataAsync(
        SquashfsSource source,
        SquashfsOptions options,
        IBlockCompressor compressor,
        Stream output,
        int position,
        IProgressTask progress,
        CancellationToken cancellationToken)
    {
        long start = output.Position;
        try
        {
            return await DataSection.WriteAsync(
                source, options, compressor, compressor as IBlockCache, output, position, progress, cancellationToken);
        }
        catch (LostBlockException)
        {
            // the same blocks go to the same places, so the second attempt overwrites the first; it reads every content, and what the cache
            // still has of their blocks is used
            output.Position = start;
            return await DataSection.WriteAsync(source, options, compressor, null, output, position, progress, cancellationToken);
        }
    }

    /// <summary>Room for the superblock, and the compressor's options behind it.</summary>
    private static byte[] Head(SquashfsOptions options)
    {
        byte[] codecOptions = options.Codec.Options(options.BlockSize);
        if (codecOptions.Length == 0)
        {
            return new byte[SquashfsSuperblock.Size];
        }
        byte[] head = new byte[SquashfsSuperblock.Size + sizeof(ushort) + codecOptions.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(
            head.AsSpan(SquashfsSuperblock.Size), (ushort)(codecOptions.Length | SquashfsFormat.MetadataUncompressed));
        codecOptions.CopyTo(head, SquashfsSuperblock.Size + sizeof(ushort));
        return head;
    }

    private static async Task<SquashfsSuperblock> WriteTablesAsync(
        SquashfsSource source, SquashfsOptions options, DataSection data, Stream output, long position, CancellationToken cancellationToken)
    {
        using IBlockEncoder encoder = options.Codec.CreateMetadataEncoder();
        InodePlan plan = InodePlan.Of(source.Tree);
        IdTable ids = new();
        XattrTable xattrs = new(encoder);
        InodeTable inodes = new(encoder, options.Timestamp, ids);
        DirectoryTable directories = new(encoder);
        AddInodes(source, data, plan, inodes, directories, xattrs);

        long inodeTable = position;
        position += await AppendAsync(output, inodes.Finish(), cancellationToken);
        long directoryTable = position;
        position += await AppendAsync(output, directories.Finish(), cancellationToken);

        TableWriter fragments = new(encoder);
        AddFragments(fragments, data.Fragments);
        (position, long fragmentTable) = await AppendTableAsync(output, fragments, position, cancellationToken);
        long exportTable = -1;
        if (options.IsExportable)
        {
            TableWriter exports = new(encoder);
            AddExports(exports, plan);
            (position, exportTable) = await AppendTableAsync(output, exports, position, cancellationToken);
        }
        TableWriter idTable = new(encoder);
        ids.WriteTo(idTable);
        (position, long idTablePosition) = await AppendTableAsync(output, idTable, position, cancellationToken);
        long xattrTable = -1;
        if (xattrs.Count > 0)
        {
            (byte[] bytes, int header) = xattrs.Finish(position);
            xattrTable = position + header;
            position += await AppendAsync(output, bytes, cancellationToken);
        }
        (long rootBlock, int rootOffset) = plan.Root.Position;
        return new SquashfsSuperblock
        {
            InodeCount = plan.Count,
            ModificationTime = options.Timestamp,
            BlockSize = options.BlockSize,
            FragmentCount = (uint)data.Fragments.Count,
            Compression = options.Codec.Compression,
            Features = Features(options, xattrs.Count > 0),
            IdCount = ids.Count,
            RootInode = ((ulong)rootBlock << 16) | (uint)rootOffset,
            BytesUsed = position,
            IdTable = (ulong)idTablePosition,
            XattrTable = xattrTable < 0 ? SquashfsFormat.NoTable : (ulong)xattrTable,
            InodeTable = (ulong)inodeTable,
            DirectoryTable = (ulong)directoryTable,
            FragmentTable = (ulong)fragmentTable,
            ExportTable = exportTable < 0 ? SquashfsFormat.NoTable : (ulong)exportTable,
        };
    }

    private static void AddInodes(
        SquashfsSource source, DataSection data, InodePlan plan, InodeTable inodes, DirectoryTable directories, XattrTable xattrs)
    {
        uint XattrsOf(PlannedInode inode) => xattrs.NumberOf(inode.FirstPath, source.Xattrs?.Invoke(inode.FirstPath));

        Dictionary<PlannedInode, DirectoryListing> listings = [];
        foreach (PlannedInode directory in plan.Directories)
        {
            foreach ((_, PlannedInode child) in directory.Children)
            {
                if (child.Node is DirectoryNode)
                {
                    listings.Remove(child, out DirectoryListing listing); // written before: children come first
                    inodes.AddDirectory(child, listing, directory.Number, XattrsOf(child));
                }
                else if (child.Position.Block < 0) // not yet written under another name
                {
                    StoredFile? file = child.Node is FileNode f ? data.Files[f.Content.Digest] : null;
                    inodes.Add(child, file, XattrsOf(child));
                }
            }
            listings.Add(directory, directories.Add(directory));
        }
        // the root is in no directory; its parent has a number that no inode has
        inodes.AddDirectory(plan.Root, listings[plan.Root], plan.Count + 1, XattrsOf(plan.Root));
    }

    private static void AddFragments(TableWriter table, IReadOnlyList<(long Offset, uint SizeWord)> fragments)
    {
        Span<byte> entry = stackalloc byte[SquashfsFormat.FragmentEntrySize];
        entry.Clear();
        foreach ((long offset, uint sizeWord) in fragments)
        {
            BinaryPrimitives.WriteInt64LittleEndian(entry, offset);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], sizeWord);
            table.Add(entry);
        }
    }

    private static void AddExports(TableWriter table, InodePlan plan)
    {
        ulong[] references = new ulong[plan.Count];
        foreach (PlannedInode inode in plan.Directories.SelectMany(d => d.Children).Select(c => c.Inode).Append(plan.Root))
        {
            references[inode.Number - 1] = ((ulong)inode.Position.Block << 16) | (uint)inode.Position.Offset;
        }
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        foreach (ulong reference in references)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entry, reference);
            table.Add(entry);
        }
    }

    private static SquashfsFeatures Features(SquashfsOptions options, bool hasXattrs) =>
        SquashfsFeatures.Duplicates
        | (options.IsExportable ? SquashfsFeatures.Exportable : 0)
        | (options.Fragments == FragmentPacking.None ? SquashfsFeatures.NoFragments : 0)
        | (options.Fragments == FragmentPacking.TailEnds ? SquashfsFeatures.AlwaysFragments : 0)
        | (hasXattrs ? 0 : SquashfsFeatures.NoXattrs)
        | (options.Codec.Options(options.BlockSize).Length > 0 ? SquashfsFeatures.CompressorOptions : 0);

    private static async Task<(long Position, long List)> AppendTableAsync(
        Stream output, TableWriter table, long position, CancellationToken cancellationToken)
    {
        (ReadOnlyMemory<byte> blocks, byte[] list) = table.Finish(position);
        position += await AppendAsync(output, blocks, cancellationToken);
        return (position + await AppendAsync(output, list, cancellationToken), position);
    }

    private static async Task<int> AppendAsync(Stream output, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await output.WriteAsync(bytes, cancellationToken);
        return bytes.Length;
    }
}
