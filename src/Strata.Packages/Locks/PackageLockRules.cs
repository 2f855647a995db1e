using Strata.Core;
using Strata.Packages.Relations;
using Strata.Packages.Solving;
using Strata.Packages.Sources;
using Strata.Packages.Versions;

namespace Strata.Packages.Locks;

/// <summary>What holds for every lock, whoever wrote it.</summary>
internal static class PackageLockRules
{
    private const int MaxReasonLength = 64 * 1024;

    /// <summary>All broken rules; each names its place in the file.</summary>
    public static IEnumerable<string> Problems(PackageLock packages)
    {
        if (!PackageName.IsArchitecture(packages.Architecture))
        {
            yield return $"architecture: '{packages.Architecture}' is none";
        }
        foreach (string problem in OfReleases(packages).Concat(OfRequest(packages.Request)).Concat(OfArchives(packages.Request.Archives))
            .Concat(OfPackages(packages)))
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> OfReleases(PackageLock packages)
    {
        IReadOnlyList<LockedRelease> releases = packages.Releases;
        HashSet<(string, string)> suites =
        [
            .. packages.Request.Archives.SelectMany(a => a.Suites.Select(s => (a.Name, s))),
        ];
        for (int i = 0; i < releases.Count; i++)
        {
            if (ArchiveSuite.ProblemOfName(releases[i].Suite) is { } problem)
            {
                yield return $"releases[{i}].suite: {problem}";
            }
            if (releases[i].Archive != PackageArchive.DebianName && !suites.Contains((releases[i].Archive, releases[i].Suite)))
            {
                yield return $"releases[{i}].archive: '{releases[i].Archive}' with suite '{releases[i].Suite}' is not among "
                    + "request.archives";
            }
            if (releases[i].Suite == LockedPackage.OwnSuite)
            {
                yield return $"releases[{i}].suite: '{LockedPackage.OwnSuite}' is for packages of no archive";
            }
            if (releases[i].Date.Offset != TimeSpan.Zero)
            {
                yield return $"releases[{i}].date: it is not UTC";
            }
        }
        if (releases.DistinctBy(r => (r.Archive, r.Suite)).Count() != releases.Count)
        {
            yield return "releases: a suite occurs twice";
        }
    }

    private static IEnumerable<string> OfRequest(LockedRequest request)
    {
        for (int i = 0; i < request.Roots.Count; i++)
        {
            if (ProblemOfRoot(request.Roots[i].Package) is { } problem)
            {
                yield return $"request.roots[{i}].package: {problem}";
            }
        }
        for (int i = 0; i < request.Cut.Count; i++)
        {
            if (PackageName.ProblemOf(request.Cut[i]) is { } problem)
            {
                yield return $"request.cut[{i}]: {problem}";
            }
        }
        if (FirstOutOfOrder([.. request.Roots.Select(r => r.Package)]) is { } root)
        {
            yield return $"request.roots: '{root}' is out of order or occurs twice";
        }
        if (FirstOutOfOrder(request.Cut) is { } cut)
        {
            yield return $"request.cut: '{cut}' is out of order or occurs twice";
        }
    }

    private static IEnumerable<string> OfArchives(IReadOnlyList<LockedArchive> archives)
    {
        for (int i = 0; i < archives.Count; i++)
        {
            LockedArchive archive = archives[i];
            (string Field, string? Problem)[] checks =
            [
                ("name", archive.Name.Length == 0 ? "it is empty" : ArchivePath.ProblemOf(archive.Name)),
                ("suites", archive.Suites.Count == 0 ? "there is none" : FirstProblem(archive.Suites, s => ArchiveSuite.ProblemOfName(s))),
                ("components", FirstProblem(archive.Components, c => ArchivePath.ProblemOf(c))),
                ("priority", archive.Priority is < 1 or > 1000 ? $"{archive.Priority} is not in 1..1000" : null),
                ("packages", archive.Packages.Count == 0 ? "there is none"
                    : FirstProblem(archive.Packages, PackageArchive.ProblemOfPattern)),
            ];
            foreach ((string field, string? problem) in checks.Where(c => c.Problem is not null))
            {
                yield return $"request.archives[{i}].{field}: {problem}";
            }
        }
        if (archives.DistinctBy(a => a.Name, StringComparer.Ordinal).Count() != archives.Count)
        {
            yield return "request.archives: a name occurs twice";
        }

        static string? FirstProblem(IEnumerable<string> words, Func<string, string?> problemOf) =>
            words.Select(problemOf).FirstOrDefault(p => p is not null);
    }

    private static string? ProblemOfRoot(string text)
    {
        try
        {
            return PackageRoot.Parse(text).ToString() == text ? null : $"'{text}' is not in its canonical form";
        }
        catch (ImageFormatException e)
        {
            return e.Problem;
        }
    }

    private static IEnumerable<string> OfPackages(PackageLock locked)
    {
        HashSet<(string, string)> suites = [.. locked.Releases.Select(r => (r.Archive, r.Suite))];
        Dictionary<string, LockedArchive> archives = locked.Request.Archives.DistinctBy(a => a.Name, StringComparer.Ordinal)
            .ToDictionary(a => a.Name, StringComparer.Ordinal);
        Dictionary<string, string?> requiredBy = new(StringComparer.Ordinal);
        for (int i = 0; i < locked.Packages.Count; i++)
        {
            LockedPackage package = locked.Packages[i];
            requiredBy.TryAdd(package.Name, package.RequiredBy);
            (string Field, string? Problem)[] checks =
            [
                ("name", PackageName.ProblemOf(package.Name)),
                ("version", DebianVersion.ProblemOf(package.Version)),
                ("architecture", package.Architecture == locked.Architecture || package.Architecture == "all"
                    ? null : $"'{package.Architecture}' is neither '{locked.Architecture}' nor 'all'"),
                ("archive", ProblemOfArchive(package, archives)),
                ("suite", package.IsOwn || suites.Contains((package.Archive, package.Suite)) ? null
                    : $"'{ArchiveSuite.Show(package.Archive, package.Suite)}' is not among the releases"),
                ("component", ArchivePath.ProblemOf(package.Component)),
                ("filename", ArchivePath.ProblemOf(package.Filename)),
                ("size", package.Size > 0 ? null : $"{package.Size} is no length of a file"),
                ("sha256", package.Sha256 == default ? "it is all zeros" : null),
                ("reason", package.Reason.Length <= MaxReasonLength ? null : $"it is longer than {MaxReasonLength} characters"),
            ];
            foreach ((string field, string? problem) in checks)
            {
                if (problem is not null)
                {
                    yield return $"packages[{i}].{field}: {problem}";
                }
            }
        }
        if (FirstOutOfOrder([.. locked.Packages.Select(p => p.Name)]) is { } name)
        {
            yield return $"packages: '{name}' is out of order or occurs twice";
        }
        foreach (string start in FirstBrokenChain(requiredBy))
        {
            yield return $"packages: the chain of requiredBy from '{start}' leads to no root";
        }
    }

    private static string? ProblemOfArchive(LockedPackage package, Dictionary<string, LockedArchive> archives)
    {
        if (package.Archive == PackageArchive.DebianName)
        {
            return null;
        }
        if (!archives.TryGetValue(package.Archive, out LockedArchive? archive))
        {
            // what is fetched is of a suite, and each of those is of an archive that was asked for
            return package.IsOwn ? $"'{package.Archive}' is not among request.archives" : null;
        }
        return !PackageArchive.Allows(archive.Packages, package.Name) ? $"'{package.Archive}' may not bring {package.Name}"
            : package.IsOwn && !archive.Suites.Contains(LockedPackage.OwnSuite) ? $"'{package.Archive}' is no folder"
            : null;
    }

    // Each package is required by one that is nearer to a root, so a chain that reaches a name known to be good is good.
    private static IEnumerable<string> FirstBrokenChain(Dictionary<string, string?> requiredBy)
    {
        HashSet<string> good = new(StringComparer.Ordinal);
        foreach (string start in requiredBy.Keys)
        {
            HashSet<string> path = new(StringComparer.Ordinal);
            string? name = start;
            while (name is not null && !good.Contains(name))
            {
                if (!path.Add(name) || !requiredBy.TryGetValue(name, out name))
                {
                    yield return start;
                    yield break;
                }
            }
            good.UnionWith(path);
        }
    }

    private static string? FirstOutOfOrder(IReadOnlyList<string> names)
    {
        for (int i = 1; i < names.Count; i++)
        {
            if (string.CompareOrdinal(names[i - 1], names[i]) >= 0)
            {
                return names[i];
            }
        }
        return null;
    }
}
