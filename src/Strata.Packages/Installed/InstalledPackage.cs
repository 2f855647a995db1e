namespace Strata.Packages.Installed;

/// <summary>A package that dpkg says is installed.</summary>
public sealed record InstalledPackage
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version, as dpkg has it.</summary>
    public required string Version { get; init; }

    /// <summary><c>amd64</c>, <c>all</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary><c>required</c>, <c>optional</c> and the like (Debian Policy §2.5); empty when it has none.</summary>
    public required string Priority { get; init; }

    /// <summary><c>web</c>, <c>contrib/net</c> and the like; empty when it has none.</summary>
    public required string Section { get; init; }

    /// <summary>True for what dpkg removes only by force.</summary>
    public bool IsEssential { get; init; }

    /// <summary>What has to be there: names, of each group one is enough.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Depends { get; init; } = [];

    /// <summary>Names that it stands for.</summary>
    public IReadOnlyList<string> Provides { get; init; } = [];

    /// <summary>Files that its owner may change, with the MD5 that the package had of them in hexadecimal digits.</summary>
    public IReadOnlyList<(string Path, string Md5)> Conffiles { get; init; } = [];
}
