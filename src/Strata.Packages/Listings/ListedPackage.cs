using Strata.Core;
using Strata.Formats.Deb;
using Strata.Packages.Relations;

namespace Strata.Packages.Listings;

/// <summary>A package with everything it would install and every script it would run.</summary>
/// <param name="Name">Package name.</param>
/// <param name="Version">Package version.</param>
/// <param name="Digest">SHA-256 of the package file.</param>
/// <param name="Listing">What it installs.</param>
/// <param name="Scripts">Maintainer scripts by kind: <c>preinst</c>, <c>postinst</c>, <c>prerm</c>, <c>postrm</c>, <c>config</c>.</param>
public sealed record ListedPackage(
    string Name, string Version, Sha256Digest Digest, PackageListing Listing, IReadOnlyDictionary<string, string> Scripts)
{
    /// <summary>The questions that its scripts ask through debconf, as deb-conf writes them (debconf-devel(7)); null for none.</summary>
    public string? Templates { get; init; }

    /// <summary>Its architecture: <c>amd64</c>, <c>all</c>.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>The source package when it has another name or version: <c>glibc</c>, <c>util-linux (2.41-5)</c>; else empty.</summary>
    public string Source { get; init; } = "";

    /// <summary>What it needs: Pre-Depends, then Depends, in the order of the package.</summary>
    internal IReadOnlyList<RelationGroup> Depends { get; init; } = [];

    /// <summary>Names for which it stands.</summary>
    internal IReadOnlyList<Relation> Provides { get; init; } = [];
}
