namespace Strata.Packages.Indexes;

/// <summary>Which part of an archive an index describes.</summary>
/// <param name="Suite">Codename: <c>trixie-security</c>.</param>
/// <param name="Component"><c>main</c></param>
/// <param name="Architecture">Architecture the index was made for: <c>amd64</c>; it also lists packages of <c>all</c>.</param>
/// <param name="IsInstaller">True for the packages of the Debian Installer, <c>*.udeb</c>.</param>
internal sealed record IndexOrigin(string Suite, string Component, string Architecture, bool IsInstaller = false)
{
    /// <summary><c>trixie/main (amd64)</c></summary>
    public override string ToString() => $"{Suite}/{Component} ({Architecture}{(IsInstaller ? ", installer" : "")})";
}
