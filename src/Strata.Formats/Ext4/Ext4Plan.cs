using Strata.Core;
using Strata.Core.Ext4;
using Strata.Core.Trees;

namespace Strata.Formats.Ext4;

/// <summary>Blocks in one piece and what goes there.</summary>
/// <param name="Block">The first one.</param>
/// <param name="Count">How many.</param>
/// <param name="Node">The folder or file.</param>
/// <param name="Logical">The first one's number in the folder or file; below zero for the block of extents.</param>
internal readonly record struct Ext4Run(long Block, int Count, Ext4Node Node, long Logical);

/// <summary>A volume whose every byte has its place: the sizes are known before the first byte is written.</summary>
/// <remarks>
/// After the journal come the folders in path order, then the files in the order that is cheapest to read. All inodes lie in the first
/// group. Between the groups of 128 MiB files are parted by what describes the next one.
/// </remarks>
public sealed class Ext4Plan
{
    private const int MostInodes = 8 * Ext4Layout.BlockSize; // as many as a bitmap has bits
    private const int MostNames = 32_000;
    private const int SpareInodes = 512; // of each group, for what a machine adds
    private const int LeastInodes = 1024;
    private const int InodesInBlock = Ext4Layout.BlockSize / Ext4Layout.InodeSize;

    private Ext4Plan(
        Ext4VolumeOptions options, Ext4Placement placement, long blocks, int inodesPerGroup, Ext4Node[] nodes, List<Ext4Run> runs)
    {
        Options = options;
        Placement = placement;
        Blocks = blocks;
        InodesPerGroup = inodesPerGroup;
        Nodes = nodes;
        Runs = runs;
    }

    /// <summary>What was asked for.</summary>
    public Ext4VolumeOptions Options { get; }

    /// <summary>Bytes of the volume, exactly what the writer will write.</summary>
    public long SizeBytes => Blocks * Ext4Layout.BlockSize;

    /// <summary>Bytes left for later files.</summary>
    public long FreeBytes => FreeBlocks * Ext4Layout.BlockSize;

    internal Ext4Placement Placement { get; }

    internal long Blocks { get; }

    internal int Groups => (int)((Blocks + Ext4Layout.BlocksPerGroup - 1) / Ext4Layout.BlocksPerGroup);

    internal int InodesPerGroup { get; }

    internal long FreeBlocks => Blocks - Enumerable.Range(0, Groups).Sum(g => (long)Placement.UsedIn(g));

    /// <summary>All files and folders by their inodes, the journal among them.</summary>
    internal IReadOnlyList<Ext4Node> Nodes { get; }

    /// <summary>All that is written beside what describes groups, in the order of blocks.</summary>
    internal IReadOnlyList<Ext4Run> Runs { get; }

    /// <summary>Places a tree of folders and files.</summary>
    /// <exception cref="StrataException">
    /// The options or names break rules, or the content does not fit; all faults are named at once.
    /// </exception>
    public static Ext4Plan Create(FileTree tree, Ext4VolumeOptions options)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(options);
        List<string> problems = [.. options.Problems()];
        Dictionary<GuestPath, Ext4Node> nodes = NodesOf(tree, problems);
        if (problems.Count > 0)
        {
            throw Impossible(problems);
        }
        int taken = Ext4Layout.LostInode + nodes.Count - 2; // the root and lost+found have theirs among the first
        int inodes = Math.Clamp((taken + SpareInodes + InodesInBlock - 1) / InodesInBlock * InodesInBlock, LeastInodes, MostInodes);
        Ext4Placement placement = new(inodes);
        Ext4Node root = nodes[GuestPath.Root];
        Ext4Node lost = root.Children.Single(c => c.Inode == Ext4Layout.LostInode);
        List<Ext4Run> runs = [];
        Place(placement, root, runs);
        Place(placement, lost, runs);
        Ext4Node journal = JournalOf(options);
        Place(placement, journal, runs); // in one piece: it fits into the first group, whatever the options
        foreach (Ext4Node folder in nodes.Values.Where(n => n.IsFolder && n != root && n != lost).OrderBy(n => n.Path))
        {
            Place(placement, folder, runs);
        }
        foreach (Ext4Node file in tree.InContentOrder().Where(e => e.Node is FileNode).Select(e => nodes[e.Path]))
        {
            Place(placement, file, runs);
        }
        long blocks = BlocksOf(placement, options);
        if (placement.End > blocks)
        {
            (ByteSize needed, ByteSize there) = (new(placement.End * Ext4Layout.BlockSize), new(blocks * Ext4Layout.BlockSize));
            throw Impossible([$"it needs {needed}, {there} are there"]);
        }
        Ext4Node[] ordered = [.. nodes.Values.Append(journal).OrderBy(n => n.Inode)];
        return new Ext4Plan(options, placement, blocks, inodes, ordered, runs);
    }

    private static Ext4Node JournalOf(Ext4VolumeOptions options) => new()
    {
        Path = GuestPath.Root,
        Inode = Ext4Layout.JournalInode,
        Mode = Ext4Layout.FileMode | Modes.SecretFile,
        Content = new StoredContent(options.JournalSize, default),
    };

    private static void Place(Ext4Placement placement, Ext4Node node, List<Ext4Run> runs)
    {
        long blocks = node.Blocks;
        if (placement.PiecesOf(blocks) > Ext4Layout.ExtentsInInode)
        {
            node.ExtentBlock = placement.Take(1)[0].Start;
            runs.Add(new Ext4Run(node.ExtentBlock, 1, node, -1));
        }
        node.Extents = placement.Take(blocks);
        runs.AddRange(node.Extents.Select(e => new Ext4Run(e.Start, e.Count, node, e.Logical)));
    }

    /// <summary>Blocks of the whole volume. A last group that could hold little beside its own description is left out.</summary>
    private static long BlocksOf(Ext4Placement placement, Ext4VolumeOptions options)
    {
        long blocks = options.Size is { } size ? size.Bytes / Ext4Layout.BlockSize
            : Math.Max(placement.End + ((options.FreeSpace.Bytes + Ext4Layout.BlockSize - 1) / Ext4Layout.BlockSize),
                Ext4VolumeOptions.SmallestSize / Ext4Layout.BlockSize);
        int last = (int)((blocks - 1) / Ext4Layout.BlocksPerGroup);
        long first = Ext4Placement.FirstOf(last);
        return last > 0 && placement.End <= first && blocks - first <= placement.OverheadOf(last) ? first : blocks;
    }

    /// <summary>Files and folders with their inodes, in path order; <c>lost+found</c> among the children of the root alone.</summary>
    private static Dictionary<GuestPath, Ext4Node> NodesOf(FileTree tree, List<string> problems)
    {
        GuestPath lostPath = GuestPath.Root.Join(Ext4Layout.LostName);
        Dictionary<GuestPath, Ext4Node> nodes = [];
        int inode = Ext4Layout.LostInode;
        foreach (TreeEntry entry in tree.Entries)
        {
            FileContent? content = (entry.Node as FileNode)?.Content;
            if (content is null && entry.Node is not DirectoryNode)
            {
                problems.Add($"{entry.Path} is neither a directory nor a file");
                continue;
            }
            if (content is { Size: > Ext4VolumeOptions.LargestFile })
            {
                problems.Add($"{entry.Path} has {content.Size} bytes, a file has at most {Ext4VolumeOptions.LargestFile}");
            }
            if (entry.Path == lostPath)
            {
                problems.Add($"{entry.Path} is a name of the file system's own");
            }
            Ext4Node? parent = entry.Path.IsRoot ? null : nodes[entry.Path.Parent]; // parents come before
            Ext4Node node = new()
            {
                Path = entry.Path,
                Inode = entry.Path.IsRoot ? Ext4Layout.RootInode : ++inode,
                Mode = (content is null ? Ext4Layout.DirectoryMode : Ext4Layout.FileMode) | entry.Node.Permissions,
                Uid = entry.Node.Uid,
                Gid = entry.Node.Gid,
                Content = content,
                Parent = parent,
            };
            nodes.Add(entry.Path, node);
            parent?.Children.Add(node);
        }
        if (nodes.Count > MostNames)
        {
            problems.Add($"it has {nodes.Count} names, at most {MostNames} are possible");
        }
        long all = nodes.Values.Sum(n => n.Content?.Size ?? 0);
        if (all > Ext4VolumeOptions.LargestSize)
        {
            problems.Add($"its files have {new ByteSize(all)}, at most {new ByteSize(Ext4VolumeOptions.LargestSize)} are possible");
        }
        Ext4Node root = nodes[GuestPath.Root];
        Ext4Node lost = new()
        {
            Path = lostPath,
            Inode = Ext4Layout.LostInode,
            Mode = Ext4Layout.DirectoryMode | Modes.SecretFolder,
            Parent = root,
            LeastBlocks = Ext4Layout.LostBlocks,
        };
        root.Children.Add(lost);
        foreach (Ext4Node folder in nodes.Values)
        {
            folder.Children.Sort((a, b) => string.CompareOrdinal(a.Path.Name, b.Path.Name));
        }
        nodes.TryAdd(lostPath, lost);
        return nodes;
    }

    private static StrataException Impossible(IReadOnlyList<string> problems) => new(
        "cannot make an ext4 volume: " + string.Join("; ", problems));
}
