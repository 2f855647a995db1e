using Strata.Core;

namespace Strata.Formats.Iso;

/// <summary>What a configuration must not ask for, and the tree that its paths make.</summary>
internal static class IsoRules
{
    private const int MostNamed = 20; // faults of one kind in a message
    private const int LeastLoader = 2048;
    private const int MostLoader = 1 << 20;

    /// <summary>Every rule that the values break, as sentences; the files' names come with <see cref="Fill"/>.</summary>
    public static IEnumerable<string> ProblemsOf(IsoConfig config)
    {
        if (config.Label.Length is 0 or > 32 || !config.Label.All(IsoText.IsDCharacter))
        {
            yield return $"label '{config.Label}' is not 1..32 upper-case letters, digits and underscores";
        }
        if (config.Application.Length > 128 || !config.Application.All(IsoText.IsACharacter))
        {
            yield return $"application '{config.Application}' is not at most 128 capitals, digits, blanks and marks that ECMA-119 allows";
        }
        if (config.Time.UtcDateTime.Year is < 1900 or > 2155)
        {
            yield return FormattableString.Invariant($"time {config.Time:yyyy-MM-ddTHH:mm:ssK} is outside 1900..2155, all that a directory record can hold");
        }
        if (config.DiskId == Guid.Empty || config.Efi is { } efi && (efi.PartitionId == Guid.Empty || efi.System.SizeBytes <= 0))
        {
            yield return "the disk or its EFI system partition has no identity or no content";
        }
        if (config.Bios is IsoBiosBoot bios)
        {
            if (bios.Loader.Length is < LeastLoader or > MostLoader)
            {
                yield return $"the loader has {bios.Loader.Length} bytes, expected {LeastLoader}..{MostLoader}";
            }
            if (bios.DiskLoader.Length is 0 or > IsoHybrid.MaxDiskLoader)
            {
                yield return $"the boot program for disks has {bios.DiskLoader.Length} bytes, expected 1..{IsoHybrid.MaxDiskLoader}";
            }
        }
        foreach (IsoFile file in config.Files.Where(f => !IsInside(f)).Take(MostNamed))
        {
            yield return $"{file.Path} is {file.Length} bytes from {file.Offset} on of {file.Extent.Name}, which has {file.Extent.SizeBytes}; it must begin at a multiple of {IsoFormat.BlockSize}";
        }
        foreach (IsoFile file in config.Files.Where(f => f.Length > IsoFormat.MaxFileBytes).Take(MostNamed))
        {
            yield return $"{file.Path} has {file.Length} bytes, a file has at most {IsoFormat.MaxFileBytes}";
        }
    }

    /// <summary>Makes the directories and hangs the files into them; faults of names and places are added to the list.</summary>
    public static void Fill(IsoNode root, IReadOnlyList<IsoFile> files, List<string> problems)
    {
        int before = problems.Count;
        Dictionary<GuestPath, IsoNode> directories = new() { [GuestPath.Root] = root };
        Dictionary<GuestPath, IsoFile> seen = [];
        foreach (IsoFile file in files.OrderBy(f => f.Path))
        {
            if (problems.Count - before >= MostNamed)
            {
                return;
            }
            int depth = file.Path.ToString().Count(c => c == '/');
            if (file.Path.IsRoot || !seen.TryAdd(file.Path, file))
            {
                problems.Add($"{file.Path} is there twice");
            }
            else if (depth > IsoFormat.MaxDepth)
            {
                problems.Add($"{file.Path} lies {depth} levels deep, at most {IsoFormat.MaxDepth} are possible");
            }
            else
            {
                Add(DirectoryOf(file.Path.Parent), new IsoNode { Name = file.Path.Name, File = file }, file.Path);
            }
        }
        foreach (GuestPath path in directories.Keys.Where(seen.ContainsKey).Take(MostNamed))
        {
            problems.Add($"{path} is a file and a directory");
        }
        if (directories.Count > IsoFormat.MaxDirectories)
        {
            problems.Add($"there are {directories.Count} directories, at most {IsoFormat.MaxDirectories} are possible");
        }
        if (problems.Count == before)
        {
            foreach (IsoNode directory in directories.Values)
            {
                directory.Arrange();
            }
        }

        IsoNode DirectoryOf(GuestPath path)
        {
            if (!directories.TryGetValue(path, out IsoNode? directory))
            {
                directory = new IsoNode { Name = path.Name };
                Add(DirectoryOf(path.Parent), directory, path);
                directories.Add(path, directory);
            }
            return directory;
        }

        void Add(IsoNode parent, IsoNode child, GuestPath path)
        {
            if (IsoNames.ProblemOf(child.Name) is string problem)
            {
                problems.Add($"{path} cannot be a name in an ISO image: {problem}");
            }
            child.Parent = parent;
            parent.Children.Add(child);
        }
    }

    private static bool IsInside(IsoFile file) => file.Offset >= 0 && file.Length >= 0 && file.Offset % IsoFormat.BlockSize == 0
        && file.Extent.SizeBytes >= 0 && file.Offset <= file.Extent.SizeBytes && file.Length <= file.Extent.SizeBytes - file.Offset;
}
