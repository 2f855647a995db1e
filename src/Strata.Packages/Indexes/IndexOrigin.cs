using Strata.Packages.Sources;

namespace Strata.Packages.Indexes;

/// <summary>Which part of an archive an index describes.</summary>
/// <param name="Suite">Codename: <c>trixie-security</c>.</param>
/// <param name="Component"><c>main</c></param>
/// <param name="Architecture">Architecture the index was made for: <c>amd64</c>; it also lists packages of <c>all</c>.</param>
/// <param name="IsInstaller">True for the packages of the Debian Installer, <c>*.udeb</c>.</param>
/// <param name="Archive">Name of the archive; empty for Debian's own.</param>
internal sealed record IndexOrigin(
    string Suite, string Component, string Architecture, bool IsInstaller = false, string Archive = PackageArchive.DebianName)
{
    /// <summary>Suite of packages that no archive has: files beside a blueprint.</summary>
    public const string OwnSuite = PackageArchive.OwnSuite;

    /// <summary>True for packages that no archive has.</summary>
    public bool IsOwn => Suite == OwnSuite;

    /// <summary>True for a package file that is named itself and so is the only version of its name; not for one of a folder.</summary>
    public bool StandsForAll => IsOwn && Archive == PackageArchive.DebianName;

    /// <summary>True for a flat archive, whose one index lists packages of every architecture.</summary>
    public bool IsFlat => ArchiveSuite.IsFlatName(Suite);

    /// <summary>Which suite, for people: <c>trixie</c>, <c>docker/trixie</c>; of a folder its name.</summary>
    public string Place => IsOwn && !StandsForAll ? Archive : ArchiveSuite.Show(Archive, Suite);

    /// <summary><c>trixie/main (amd64)</c></summary>
    public override string ToString() => $"{Place}/{Component} ({Architecture}{(IsInstaller ? ", installer" : "")})";
}
