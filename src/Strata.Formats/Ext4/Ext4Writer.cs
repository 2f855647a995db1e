using Strata.Core;
using Strata.Core.Ext4;
using Strata.Core.Trees;

namespace Strata.Formats.Ext4;

/// <summary>Writes a planned volume from its first byte to its last; the output need not be seekable.</summary>
public sealed class Ext4Writer
{
    private const int BufferSize = 128 * 1024;
    private static readonly byte[] s_zeros = new byte[BufferSize];

    private readonly Ext4Plan _plan;
    private readonly IContentReader _contents;
    private readonly Stream _output;
    private readonly uint _seed;
    private readonly byte[] _buffer = new byte[BufferSize];
    private long _position;

    private Ext4Writer(Ext4Plan plan, IContentReader contents, Stream output)
    {
        _plan = plan;
        _contents = contents;
        _output = output;
        _seed = Ext4Layout.SeedOf(plan.Options.Id);
    }

    /// <summary>Writes exactly <see cref="Ext4Plan.SizeBytes"/> bytes.</summary>
    /// <exception cref="StrataException">A content is shorter or longer than the tree says.</exception>
    public static async Task WriteAsync(
        Ext4Plan plan, IContentReader contents, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(contents);
        ArgumentNullException.ThrowIfNull(output);
        await new Ext4Writer(plan, contents, output).WriteAsync(cancellationToken);
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (Ext4Node empty in _plan.Nodes.Where(n => n.Content is { Size: 0 }))
        {
            await using Stream content = _contents.Open(empty.Content!); // its content is opened and checked like any other
            await EndAsync(empty, content, cancellationToken);
        }
        Ext4InodeTable inodes = Inodes();
        Queue<Ext4Run> runs = new(_plan.Runs);
        Stream? open = null; // of the file that is being written: it may go on in the next group
        try
        {
            for (int group = 0; group < _plan.Groups; group++)
            {
                await ToBlockAsync(Ext4Placement.FirstOf(group), cancellationToken);
                await WriteAsync(Head(group, inodes), cancellationToken);
                if (group == 0)
                {
                    await WriteAsync(inodes.Bytes, cancellationToken);
                }
                while (runs.TryPeek(out Ext4Run run) && run.Block < Ext4Placement.FirstOf(group + 1))
                {
                    runs.Dequeue();
                    await ToBlockAsync(run.Block, cancellationToken);
                    if (Structure(run) is byte[] bytes)
                    {
                        await WriteAsync(bytes, cancellationToken);
                        continue;
                    }
                    open = run.Logical == 0 ? _contents.Open(run.Node.Content!) : open;
                    await CopyAsync(run, open!, cancellationToken);
                    if (run.Logical + run.Count == run.Node.Blocks)
                    {
                        await EndAsync(run.Node, open!, cancellationToken);
                        await open!.DisposeAsync();
                        open = null;
                    }
                }
            }
        }
        finally
        {
            if (open is not null)
            {
                await open.DisposeAsync();
            }
        }
        await ToBlockAsync(_plan.Blocks, cancellationToken);
    }

    private static long Position(long block) => block * Ext4Layout.BlockSize;

    private Ext4InodeTable Inodes()
    {
        Ext4InodeTable table = new(_plan.InodesPerGroup, _seed, _plan.Options.Time);
        foreach (Ext4Node node in _plan.Nodes)
        {
            table.Write(new Ext4Inode
            {
                Number = node.Inode,
                Mode = node.Mode,
                Uid = node.Uid,
                Gid = node.Gid,
                Links = node.Links,
                Size = node.Size,
                Extents = node.Extents,
                ExtentBlock = node.ExtentBlock,
            });
        }
        return table;
    }

    /// <summary>What a group begins with, as far as the table of inodes, which is empty in all but the first.</summary>
    private byte[] Head(int group, Ext4InodeTable inodes)
    {
        int head = Ext4Placement.HeadBlocks(group);
        byte[] bytes = new byte[Position(head + 2)];
        if (Ext4Layout.HasSuper(group))
        {
            // the first one leaves room for what starts a machine
            int at = group == 0 ? Ext4Layout.Super.Offset : 0;
            Ext4Structures.Superblock(bytes.AsSpan(at, Ext4Layout.Super.Length), Facts(inodes), group);
        }
        if (Ext4Layout.HasDescriptors(group))
        {
            int first = group / Ext4Layout.DescriptorsInBlock * Ext4Layout.DescriptorsInBlock;
            int count = Math.Min(Ext4Layout.DescriptorsInBlock, _plan.Groups - first);
            for (int i = 0; i < count; i++)
            {
                int at = (int)Position(head - 1) + (i * Ext4Layout.DescriptorSize);
                Ext4Structures.Descriptor(bytes.AsSpan(at, Ext4Layout.DescriptorSize), _seed, Describe(first + i));
            }
        }
        Ext4Group described = Describe(group);
        described.BlockBitmap.CopyTo(bytes.AsMemory((int)Position(head)));
        InodeBitmap(group).CopyTo(bytes, (int)Position(head + 1));
        return bytes;
    }

    private Ext4Group Describe(int group)
    {
        long first = Ext4Placement.FirstOf(group);
        int there = (int)Math.Min(_plan.Blocks - first, Ext4Layout.BlocksPerGroup);
        int used = _plan.Placement.UsedIn(group);
        uint bitmaps = (uint)(first + Ext4Placement.HeadBlocks(group));
        return new Ext4Group
        {
            Number = group,
            BlockBitmapBlock = bitmaps,
            InodeBitmapBlock = bitmaps + 1,
            InodeTableBlock = bitmaps + 2,
            FreeBlocks = there - used,
            FreeInodes = _plan.InodesPerGroup - UsedInodes(group),
            Folders = group == 0 ? _plan.Nodes.Count(n => n.IsFolder) : 0,
            BlockBitmap = Ext4Structures.Bitmap(used, there),
            InodeBitmap = InodeBitmap(group).AsMemory(0, _plan.InodesPerGroup / 8),
        };
    }

    private byte[] InodeBitmap(int group) => Ext4Structures.Bitmap(UsedInodes(group), _plan.InodesPerGroup);

    private int UsedInodes(int group) => group == 0 ? Math.Max(_plan.Nodes[^1].Inode, Ext4Layout.LostInode) : 0;

    private Ext4Facts Facts(Ext4InodeTable inodes) => new()
    {
        Blocks = _plan.Blocks,
        FreeBlocks = _plan.FreeBlocks,
        Groups = _plan.Groups,
        InodesPerGroup = _plan.InodesPerGroup,
        UsedInodes = UsedInodes(0),
        Compatible = Ext4Layout.Compatible,
        Label = _plan.Options.Label,
        Id = _plan.Options.Id,
        HashSeed = _plan.Options.HashSeed,
        Time = _plan.Options.Time,
        JournalSize = _plan.Options.JournalSize,
        JournalBlocks = inodes.BlocksOf(Ext4Layout.JournalInode),
    };

    /// <summary>What the file system itself has in some blocks; null for those of a file. Of a journal only the head is written.</summary>
    private byte[]? Structure(Ext4Run run)
    {
        Ext4Node node = run.Node;
        return run.Logical < 0 ? Ext4Structures.ExtentBlock(node.Extents, Ext4Layout.InodeSeed(_seed, (uint)node.Inode))
            : node.Inode == Ext4Layout.JournalInode ? Ext4Structures.JournalHead(_plan.Options.Id, run.Count)
            : node.IsFolder ? node.FolderBytes(_seed).AsSpan((int)Position(run.Logical), (int)Position(run.Count)).ToArray()
            : null;
    }

    /// <summary>Copies what a file has for some blocks; the end of its last one stays zero.</summary>
    private async Task CopyAsync(Ext4Run run, Stream content, CancellationToken cancellationToken)
    {
        long size = run.Node.Content!.Size;
        for (long at = Position(run.Logical), end = Math.Min(size, Position(run.Logical + run.Count)); at < end;)
        {
            int read = await content.ReadAsync(_buffer.AsMemory(0, (int)Math.Min(end - at, BufferSize)), cancellationToken);
            if (read == 0)
            {
                throw new StrataException($"cannot write {run.Node.Path}: its content ended after {at} of {size} bytes");
            }
            await WriteAsync(_buffer.AsMemory(0, read), cancellationToken);
            at += read;
        }
    }

    /// <summary>Reading past the last byte lets the content check its digest.</summary>
    private async Task EndAsync(Ext4Node file, Stream content, CancellationToken cancellationToken)
    {
        if (await content.ReadAsync(_buffer.AsMemory(0, 1), cancellationToken) > 0)
        {
            throw new StrataException(
                $"cannot write {file.Path}: its content is longer than the {file.Content!.Size} bytes it was said to have");
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _output.WriteAsync(bytes, cancellationToken);
        _position += bytes.Length;
    }

    private async Task ToBlockAsync(long block, CancellationToken cancellationToken)
    {
        for (long left; (left = Position(block) - _position) > 0;)
        {
            await WriteAsync(s_zeros.AsMemory(0, (int)Math.Min(left, BufferSize)), cancellationToken);
        }
    }
}
