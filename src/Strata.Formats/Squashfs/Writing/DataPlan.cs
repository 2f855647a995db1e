using System.Buffers.Binary;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>A content to be stored: its own blocks, and a tail in a fragment.</summary>
internal sealed class PlannedFile(GuestPath path, FileContent content, StoredFile stored, int tail)
{
    /// <summary>First path with this content, for messages.</summary>
    public GuestPath Path { get; } = path;

    /// <summary>Its bytes.</summary>
    public FileContent Content { get; } = content;

    /// <summary>Where they come to lie.</summary>
    public StoredFile Stored { get; } = stored;

    /// <summary>Bytes at its end that go into a fragment; 0 for none.</summary>
    public int Tail { get; } = tail;

    /// <summary>The fragment of the tail.</summary>
    public PlannedFragment? Fragment { get; set; }

    /// <summary>First of a group that shares no fragment with what came before.</summary>
    public bool StartsGroup { get; init; }

    /// <summary>Name of the unit of its own blocks.</summary>
    public Sha256Digest Unit(int blockSize)
    {
        using IncrementalHash hash = DataPlan.StartUnit("file", blockSize);
        DataPlan.AddMember(hash, Content, 0, Content.Size - Tail);
        return Sha256Digest.Finish(hash);
    }
}

/// <summary>A block of tails.</summary>
internal sealed class PlannedFragment(int number)
{
    private readonly List<PlannedFile> _members = [];

    /// <summary>Its number in the fragment table.</summary>
    public int Number { get; } = number;

    /// <summary>Plain bytes.</summary>
    public int Length { get; private set; }

    /// <summary>Adds the tail of a file.</summary>
    public void Add(PlannedFile file)
    {
        file.Fragment = this;
        file.Stored.Fragment = (uint)Number;
        file.Stored.FragmentOffset = Length;
        Length += file.Tail;
        _members.Add(file);
    }

    /// <summary>Name of the unit.</summary>
    public Sha256Digest Unit(int blockSize)
    {
        using IncrementalHash hash = DataPlan.StartUnit("fragment", blockSize);
        foreach (PlannedFile file in _members)
        {
            DataPlan.AddMember(hash, file.Content, file.Content.Size - file.Tail, file.Tail);
        }
        return Sha256Digest.Finish(hash);
    }
}

/// <summary>Which bytes go into which block: follows from names, sizes and digests alone, before anything is read.</summary>
/// <param name="Files">Every content once, in the order of the disk.</param>
/// <param name="Fragments">Blocks of tails by number.</param>
internal sealed record DataPlan(IReadOnlyList<PlannedFile> Files, IReadOnlyList<PlannedFragment> Fragments)
{
    /// <summary>Plans the contents of a tree.</summary>
    public static DataPlan Of(FileTree tree, SquashfsOptions options)
    {
        List<PlannedFile> files = [];
        List<PlannedFragment> fragments = [];
        HashSet<Sha256Digest> seen = [];
        PlannedFragment? open = null;
        string? group = null;
        bool startsGroup = false;
        foreach (TreeEntry entry in InDiskOrder(tree))
        {
            FileContent content = ((FileNode)entry.Node).Content;
            if (options.Grouping == FragmentGrouping.Package && !string.Equals(group, entry.Origin.Package, StringComparison.Ordinal))
            {
                (open, group, startsGroup) = (null, entry.Origin.Package, true);
            }
            if (!seen.Add(content.Digest))
            {
                continue;
            }
            PlannedFile file = Cut(entry.Path, content, options, startsGroup);
            startsGroup = false;
            files.Add(file);
            if (file.Tail > 0)
            {
                if (open is null || open.Length + file.Tail > options.BlockSize)
                {
                    open = new PlannedFragment(fragments.Count);
                    fragments.Add(open);
                }
                open.Add(file);
            }
        }
        return new DataPlan(files, fragments);
    }

    /// <summary>Starts the name of a unit.</summary>
    internal static IncrementalHash StartUnit(string kind, int blockSize)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes($"strata-unit 1 {kind}\n"));
        Span<byte> size = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(size, blockSize);
        hash.AppendData(size);
        return hash;
    }

    /// <summary>Adds a part of a content to the name of a unit.</summary>
    internal static void AddMember(IncrementalHash hash, FileContent content, long start, long length)
    {
        Span<byte> member = stackalloc byte[Sha256Digest.Size + (2 * sizeof(long))];
        content.Digest.Bytes.CopyTo(member);
        BinaryPrimitives.WriteInt64LittleEndian(member[Sha256Digest.Size..], start);
        BinaryPrimitives.WriteInt64LittleEndian(member[(Sha256Digest.Size + sizeof(long))..], length);
        hash.AppendData(member);
    }

    /// <summary>
    /// Files of one package together, so that its blocks are neighbours and it shares fragments with nobody; within a package the order in
    /// which contents are cheapest to read. (Contents inside packages are in that order already; objects of the store can be read in any.)
    /// </summary>
    private static IEnumerable<TreeEntry> InDiskOrder(FileTree tree) => tree.InContentOrder()
        .Where(e => e.Node is FileNode)
        .OrderBy(e => e.Origin.Package, StringComparer.Ordinal);

    private static PlannedFile Cut(GuestPath path, FileContent content, SquashfsOptions options, bool startsGroup)
    {
        long fullBlocks = content.Size / options.BlockSize;
        int tail = (int)(content.Size % options.BlockSize);
        bool isTailInFragment = tail > 0 && (options.Fragments == FragmentPacking.TailEnds
            || (options.Fragments == FragmentPacking.SmallFiles && fullBlocks == 0));
        long blocks = fullBlocks + (tail > 0 && !isTailInFragment ? 1 : 0);
        if (blocks > Array.MaxLength)
        {
            throw new StrataException(
                $"cannot pack {path}: {new ByteSize(content.Size)} are too many blocks of {options.BlockSize} bytes");
        }
        return new PlannedFile(path, content, new StoredFile(content.Size, (int)blocks), isTailInFragment ? tail : 0) { StartsGroup = startsGroup };
    }
}
