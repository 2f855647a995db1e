using Strata.Core;

namespace Strata.Formats.Iso;

/// <summary>An image whose every block has its place: the size is known before the first byte is written.</summary>
/// <remarks>
/// In this order: system area, descriptors, boot catalog, path tables, directories, the loader, the other extents as they are first named, the EFI
/// system partition where no file named it, the mirror of the GPT.
/// </remarks>
public sealed class IsoPlan
{
    private readonly Dictionary<IsoExtent, long> _blocks;

    private IsoPlan(IsoConfig config, IsoNode root, List<IsoExtent> extents, Dictionary<IsoExtent, long> blocks)
    {
        Config = config;
        Root = root;
        Extents = extents;
        _blocks = blocks;
    }

    /// <summary>What was asked for.</summary>
    public IsoConfig Config { get; }

    /// <summary>Bytes of the image, exactly what the writer will write.</summary>
    public long SizeBytes => Blocks * IsoFormat.BlockSize;

    /// <summary>The extents in the order of their places.</summary>
    public IReadOnlyList<IsoExtent> Extents { get; }

    internal IsoNode Root { get; }

    internal long Blocks { get; private init; }

    internal IReadOnlyList<IsoNode> PathOrder { get; private init; } = [];

    internal IsoHierarchy Hierarchy { get; private init; } = null!;

    internal long CatalogBlock { get; private init; }

    internal IsoExtent? Loader { get; private init; }

    /// <summary>First byte of an extent in the image.</summary>
    public long OffsetOf(IsoExtent extent) => _blocks[extent] * IsoFormat.BlockSize;

    internal long BlockOf(IsoExtent extent) => _blocks[extent];

    /// <summary>Places everything.</summary>
    /// <exception cref="StrataException">The image cannot be made like this; all faults are named at once.</exception>
    public static IsoPlan Create(IsoConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        List<string> problems = [.. IsoRules.ProblemsOf(config)];
        IsoNode root = new() { Name = "" };
        root.Parent = root;
        IsoExtent? loader = config.Bios is IsoBiosBoot bios ? IsoExtent.Of(bios.Path.ToString(), bios.Loader) : null;
        List<IsoFile> files = [.. config.Files];
        if (loader is not null)
        {
            files.Insert(0, IsoFile.Whole(config.Bios!.Path, loader));
        }
        IsoRules.Fill(root, files, problems);
        ThrowIfAny(problems);

        long next = IsoFormat.SystemBlocks + 2; // primary descriptor and terminator
        bool boots = config.Bios is not null || config.Efi is not null;
        next += boots ? 1 : 0;
        long catalog = next;
        next += boots ? 1 : 0;
        IReadOnlyList<IsoNode> order = IsoPathTable.Order(root);
        IsoHierarchy hierarchy = PlaceDirectories(root, order, ref next);

        List<IsoExtent> extents = [.. files.Select(f => f.Extent).Concat(config.Efi is null ? [] : [config.Efi.System]).Distinct<IsoExtent>(ReferenceEqualityComparer.Instance)];
        Dictionary<IsoExtent, long> blocks = new(ReferenceEqualityComparer.Instance);
        foreach (IsoExtent extent in extents)
        {
            blocks.Add(extent, next);
            next += IsoFormat.Blocks(extent.SizeBytes);
        }
        next += IsoFormat.Blocks(IsoHybrid.MirrorSectors * IsoHybrid.SectorSize);
        if (next > uint.MaxValue / (IsoFormat.BlockSize / IsoHybrid.SectorSize))
        {
            problems.Add($"it would have {next} blocks, 2 TiB are the most that all its tables can hold");
        }
        ThrowIfAny(problems);
        PlaceFiles(root, blocks);
        return new IsoPlan(config, root, extents, blocks)
        {
            Blocks = next,
            PathOrder = order,
            Hierarchy = hierarchy,
            CatalogBlock = catalog,
            Loader = loader,
        };
    }

    private static IsoHierarchy PlaceDirectories(IsoNode root, IReadOnlyList<IsoNode> order, ref long next)
    {
        int tableBytes = IsoPathTable.SizeOf(order);
        long table = next;
        next += 2 * IsoFormat.Blocks(tableBytes);
        foreach (IsoNode directory in order)
        {
            directory.Block = next;
            directory.DirectoryBytes = IsoDirectory.SizeOf(directory); // once: every child asks for that of its parent
            next += directory.DirectoryBytes / IsoFormat.BlockSize;
        }
        return new IsoHierarchy(root, tableBytes, table, table + IsoFormat.Blocks(tableBytes));
    }

    private static void PlaceFiles(IsoNode directory, Dictionary<IsoExtent, long> blocks)
    {
        foreach (IsoNode child in directory.Children)
        {
            if (child.File is IsoFile file)
            {
                child.Block = file.Length == 0 ? 0 : blocks[file.Extent] + (file.Offset / IsoFormat.BlockSize);
            }
            else
            {
                PlaceFiles(child, blocks);
            }
        }
    }

    private static void ThrowIfAny(List<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new StrataException("cannot make an ISO image: " + string.Join("; ", problems));
        }
    }
}
