using Strata.Core;
using Strata.Core.Trees;

namespace Strata.Formats.Fat;

/// <summary>A run of clusters and what goes there: a directory or the bytes of a file.</summary>
internal readonly record struct FatExtent(uint FirstCluster, long Clusters, FatDirectory? Directory, FatChild? File);

/// <summary>A volume whose every byte has its place: the sizes are known before the first byte is written.</summary>
/// <remarks>Directories come first in path order, then the files in the order that is cheapest to read, each in one piece.</remarks>
public sealed class FatPlan
{
    private FatPlan(FatBootSector boot, FatOptions options, FatDirectory root, List<FatExtent> extents)
    {
        Boot = boot;
        Options = options;
        Root = root;
        Extents = extents;
        UsedClusters = extents.Sum(e => e.Clusters);
    }

    /// <summary>The volume.</summary>
    public FatBootSector Boot { get; }

    /// <summary>What was asked for.</summary>
    public FatOptions Options { get; }

    /// <summary>Bytes of the volume, exactly what the writer will write.</summary>
    public long SizeBytes => Boot.SizeBytes;

    /// <summary>Clusters that content takes.</summary>
    public long UsedClusters { get; }

    /// <summary>Bytes left for later files.</summary>
    public long FreeBytes => (Boot.ClusterCount - UsedClusters) * Boot.ClusterSize;

    /// <summary>First byte of a file's content in the volume; every file lies in one piece.</summary>
    /// <exception cref="ArgumentException">There is no such file, or it has no content.</exception>
    public long OffsetOf(GuestPath path) =>
        Extents.Where(e => e.File is { Content.Size: > 0 } && e.File.Path == path).Select(e => (long?)Boot.OffsetOf(e.FirstCluster)).FirstOrDefault()
            ?? throw new ArgumentException($"the volume has no bytes of {path}", nameof(path));

    internal FatDirectory Root { get; }

    internal IReadOnlyList<FatExtent> Extents { get; }

    /// <summary>Places a tree of directories and files. Modes and owners have no place in FAT and are dropped.</summary>
    /// <exception cref="StrataException">
    /// The options or names break rules, or the content does not fit; all faults are named at once.
    /// </exception>
    public static FatPlan Create(FileTree tree, FatOptions options)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(options);
        List<string> problems = [.. options.Problems()];
        Dictionary<GuestPath, FatDirectory> directories = Directories(tree, problems);
        foreach ((GuestPath path, FatDirectory directory) in directories)
        {
            CheckNames(path, directory, options.Label.Length > 0, problems);
        }
        if (problems.Count > 0)
        {
            throw new StrataException(
                "cannot make a FAT volume: " + string.Join("; ", problems),
                "FAT holds only directories and files whose names differ by more than case.");
        }
        bool hasLabel = options.Label.Length > 0;
        FatDirectory root = directories[GuestPath.Root];
        List<FatDirectory> below = [.. directories.Where(d => !d.Key.IsRoot).OrderBy(d => d.Key).Select(d => d.Value)];
        FatDemand demand = new(
            [.. directories.Values.SelectMany(d => d.Children).Where(c => c.Content is not null).Select(c => c.Content!.Size)],
            [.. below.Select(d => d.Records(hasLabel))],
            root.Records(hasLabel));
        FatBootSector boot = new FatLayout(options, demand).Choose();
        return new FatPlan(boot, options, root, Place(boot, root, below, FilesInContentOrder(tree, directories), hasLabel));
    }

    private static Dictionary<GuestPath, FatDirectory> Directories(FileTree tree, List<string> problems)
    {
        Dictionary<GuestPath, FatDirectory> directories = new() { [GuestPath.Root] = new FatDirectory(null) };
        foreach (TreeEntry entry in tree.Entries)
        {
            if (entry.Path.IsRoot || !directories.TryGetValue(entry.Path.Parent, out FatDirectory? parent))
            {
                continue;
            }
            switch (entry.Node)
            {
                case DirectoryNode:
                    FatDirectory directory = new(parent);
                    directories.Add(entry.Path, directory);
                    parent.Children.Add(new FatChild { Name = entry.Path.Name, Path = entry.Path, Directory = directory });
                    break;
                case FileNode file when file.Content.Size <= FatFormat.MaxFileBytes:
                    parent.Children.Add(new FatChild { Name = entry.Path.Name, Path = entry.Path, Content = file.Content });
                    break;
                case FileNode file:
                    problems.Add($"{entry.Path} has {file.Content.Size} bytes, a file has at most {FatFormat.MaxFileBytes}");
                    break;
                default:
                    problems.Add($"{entry.Path} is neither a directory nor a file");
                    break;
            }
        }
        return directories;
    }

    private static void CheckNames(GuestPath path, FatDirectory directory, bool hasLabel, List<string> problems)
    {
        Dictionary<string, string> seen = new(StringComparer.OrdinalIgnoreCase);
        bool sound = true;
        foreach (FatChild child in directory.Children)
        {
            if (FatName.ProblemOf(child.Name) is string problem)
            {
                problems.Add($"{child.Path} cannot be a FAT name: {problem}");
                sound = false;
            }
            if (!seen.TryAdd(child.Name, child.Name))
            {
                problems.Add($"{child.Path} and {path.Join(seen[child.Name])} differ only by case");
                sound = false;
            }
        }
        if (directory.Records(hasLabel) > FatFormat.MaxRecordsInDirectory - UnusableRecords)
        {
            problems.Add($"{path} needs {directory.Records(hasLabel)} directory records, at most {FatFormat.MaxRecordsInDirectory - UnusableRecords} are possible");
            sound = false;
        }
        if (sound)
        {
            directory.Children.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            string[] aliases = FatName.Alias([.. directory.Children.Select(c => c.Name)]);
            for (int i = 0; i < aliases.Length; i++)
            {
                directory.Children[i].ShortName = aliases[i];
            }
        }
    }

    /// <summary>The root of FAT16 counts its records in 16 bits and must fill whole sectors of up to 4096 bytes.</summary>
    private const int UnusableRecords = 128;

    private static IEnumerable<FatChild> FilesInContentOrder(FileTree tree, Dictionary<GuestPath, FatDirectory> directories)
    {
        Dictionary<GuestPath, FatChild> files = directories.Values.SelectMany(d => d.Children).Where(c => c.Content is not null).ToDictionary(c => c.Path);
        return tree.InContentOrder().Where(e => e.Node is FileNode).Select(e => files[e.Path]);
    }

    private static List<FatExtent> Place(
        FatBootSector boot, FatDirectory root, List<FatDirectory> below, IEnumerable<FatChild> files, bool hasLabel)
    {
        List<FatExtent> extents = [];
        uint next = FatFormat.FirstCluster;
        IEnumerable<FatDirectory> inClusters = boot.Type == FatType.Fat32 ? below.Prepend(root) : below;
        foreach (FatDirectory directory in inClusters)
        {
            long clusters = FatDemand.OfDirectory(directory.Records(hasLabel), boot.ClusterSize);
            directory.FirstCluster = next;
            extents.Add(new FatExtent(next, clusters, directory, null));
            next += (uint)clusters;
        }
        foreach (FatChild file in files)
        {
            long clusters = (file.Content!.Size + boot.ClusterSize - 1) / boot.ClusterSize;
            file.FirstCluster = clusters == 0 ? 0 : next;
            // A file without bytes still takes part, so that its content is opened and checked like any other.
            extents.Add(new FatExtent(next, clusters, null, file));
            next += (uint)clusters;
        }
        return extents;
    }
}
