using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Solving;
using Strata.Packages.Sources;

namespace Strata.Packages.Locks;

/// <summary>A <c>Release</c> that a lock was made from.</summary>
/// <param name="Suite">Name under which it was asked for: <c>trixie-security</c>.</param>
/// <param name="Date">When it was made, UTC.</param>
/// <param name="Sha256">SHA-256 of its <c>InRelease</c>.</param>
public sealed record LockedRelease(string Suite, DateTimeOffset Date, Sha256Digest Sha256)
{
    /// <summary>Name of the archive in the blueprint; empty for Debian's own.</summary>
    public string Archive { get; init; } = PackageArchive.DebianName;
}

/// <summary>A package that was asked for.</summary>
/// <param name="Package">Name, and versions that will do: <c>curl (&gt;= 8)</c>.</param>
/// <param name="Alone">True when it is taken without what it depends on.</param>
public sealed record LockedRoot(string Package, bool Alone);

/// <summary>What a lock was made for. When a blueprint asks for the same, the lock still answers.</summary>
/// <param name="Roots">Ordinal order of <see cref="LockedRoot.Package"/>, none twice.</param>
/// <param name="Cut">Names never followed; ordinal order, none twice.</param>
/// <param name="Recommends">True when recommended packages are taken too.</param>
public sealed record LockedRequest(IReadOnlyList<LockedRoot> Roots, IReadOnlyList<string> Cut, bool Recommends)
{
    /// <summary>Archives besides Debian's own, in the order of the blueprint.</summary>
    public IReadOnlyList<LockedArchive> Archives { get; init; } = [];

    /// <summary>The request in the form in which locks keep it.</summary>
    public static LockedRequest Of(PackageRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new LockedRequest(
            [
                .. request.Roots
                    .GroupBy(r => r.ToString(), (text, same) => new LockedRoot(text, same.All(r => !r.FollowDependencies)))
                    .OrderBy(r => r.Package, StringComparer.Ordinal),
            ],
            [.. request.Cut.Distinct().Order(StringComparer.Ordinal)],
            request.Recommends)
        {
            Archives = [.. request.Archives.Select(LockedArchive.Of)],
        };
    }

    /// <summary>True when two requests ask for the same.</summary>
    public bool IsSameAs(LockedRequest other) => other is not null
        && Recommends == other.Recommends
        && Roots.SequenceEqual(other.Roots)
        && Cut.SequenceEqual(other.Cut, StringComparer.Ordinal)
        && Archives.Count == other.Archives.Count
        && Archives.Zip(other.Archives).All(p => p.First.IsSameAs(p.Second));

    /// <summary>Names of archives of which two requests do not say the same.</summary>
    public IReadOnlySet<string> ArchivesThatDiffer(LockedRequest other)
    {
        ArgumentNullException.ThrowIfNull(other);
        IEnumerable<LockedArchive> alone = Archives.Where(a => !other.Archives.Any(a.IsSameAs))
            .Concat(other.Archives.Where(a => !Archives.Any(a.IsSameAs)));
        return alone.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
    }
}

/// <summary>One package file, fixed by its digest.</summary>
public sealed record LockedPackage
{
    /// <summary>Suite of packages that lie beside a blueprint: no archive has them.</summary>
    public const string OwnSuite = IndexOrigin.OwnSuite;

    /// <summary>Name of the archive in the blueprint; empty for Debian's own.</summary>
    public string Archive { get; init; } = PackageArchive.DebianName;

    /// <summary>True for a package that lies beside a blueprint.</summary>
    public bool IsOwn => Suite == OwnSuite;

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Version.</summary>
    public required string Version { get; init; }

    /// <summary>Architecture of the package: the system's or <c>all</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Suite whose index listed it, or <see cref="OwnSuite"/>.</summary>
    public required string Suite { get; init; }

    /// <summary>Component of that suite.</summary>
    public required string Component { get; init; }

    /// <summary>Path of the file below the root of the archive, or below the folder of the YAML file that names it.</summary>
    public required string Filename { get; init; }

    /// <summary>Length of the file in bytes, at least 1.</summary>
    public required long Size { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>Name of the package that required it first; null for a root.</summary>
    public string? RequiredBy { get; init; }

    /// <summary>The relation, <c>Depends: libc6 (&gt;= 2.38)</c>; what was asked for a root.</summary>
    public required string Reason { get; init; }

    /// <summary><c>curl 8.14.1-2 (amd64)</c></summary>
    public override string ToString() => $"{Name} {Version} ({Architecture})";
}

/// <summary>Every package of a request by name, version and digest. Immutable; checked when made and when read.</summary>
public sealed class PackageLock
{
    /// <summary>The latest form that <see cref="PackageLockFile"/> writes: that of locks with archives besides Debian's own.</summary>
    public const int CurrentFormat = 2;

    private readonly Dictionary<string, LockedPackage> _byName;

    /// <summary>Joins the parts.</summary>
    /// <exception cref="ArgumentException">A rule is broken; the message names the place and the rule.</exception>
    public PackageLock(
        string architecture, IReadOnlyList<LockedRelease> releases, LockedRequest request, IReadOnlyList<LockedPackage> packages)
    {
        (Architecture, Releases, Request, Packages) = (architecture, releases, request, packages);
        if (PackageLockRules.Problems(this).FirstOrDefault() is { } problem)
        {
            throw new ArgumentException(problem);
        }
        _byName = packages.ToDictionary(p => p.Name, StringComparer.Ordinal);
    }

    /// <summary>Architecture of the system.</summary>
    public string Architecture { get; }

    /// <summary>What the packages were chosen from, in the order of the suites.</summary>
    public IReadOnlyList<LockedRelease> Releases { get; }

    /// <summary>What was asked.</summary>
    public LockedRequest Request { get; }

    /// <summary>The packages, ordinal order of names, each name once.</summary>
    public IReadOnlyList<LockedPackage> Packages { get; }

    /// <summary>Bytes to fetch when nothing is there.</summary>
    public ByteSize TotalSize => new(Packages.Sum(p => p.Size));

    /// <summary>A package by name; null when it is not locked.</summary>
    public LockedPackage? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>From a root to the package: why it is there. Empty when the name is not locked.</summary>
    public IReadOnlyList<LockedPackage> ChainTo(string name)
    {
        List<LockedPackage> chain = [];
        for (LockedPackage? package = Find(name); package is not null; package = package.RequiredBy is { } by ? _byName[by] : null)
        {
            chain.Add(package);
        }
        chain.Reverse();
        return chain;
    }
}
