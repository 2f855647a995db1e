namespace Strata.Packages.Indexes;

/// <summary>What a package's <c>Multi-Arch</c> field says (Debian Policy does not cover it; see the multiarch specification and deb-control(5)).</summary>
internal enum MultiArch
{
    /// <summary>No such field, or <c>no</c>.</summary>
    No,

    /// <summary>Several architectures of it may be installed together.</summary>
    Same,

    /// <summary>It satisfies dependencies of packages of other architectures.</summary>
    Foreign,

    /// <summary>It does so for dependencies that ask with <c>:any</c>.</summary>
    Allowed,
}

/// <summary>A package's <c>Priority</c> (Debian Policy §2.5), most important first.</summary>
internal enum PackagePriority
{
    /// <summary>The system cannot do without.</summary>
    Required,

    /// <summary>Expected on any Unix-like system.</summary>
    Important,

    /// <summary>A small but not too limited text-mode system.</summary>
    Standard,

    /// <summary>Everything else.</summary>
    Optional,

    /// <summary>Deprecated; read as least important.</summary>
    Extra,
}

/// <summary>The parts of a package's entry that are kept as text.</summary>
internal enum PackageText
{
    /// <summary><c>Package</c></summary>
    Name,

    /// <summary><c>Version</c></summary>
    Version,

    /// <summary><c>Architecture</c></summary>
    Architecture,

    /// <summary><c>Source</c>; empty when it has the package's name and version.</summary>
    Source,

    /// <summary><c>Section</c></summary>
    Section,

    /// <summary><c>Filename</c></summary>
    Filename,

    /// <summary><c>SHA512</c>; empty when the archive has the SHA-256 too.</summary>
    Sha512,

    /// <summary><c>Depends</c></summary>
    Depends,

    /// <summary><c>Pre-Depends</c></summary>
    PreDepends,

    /// <summary><c>Recommends</c></summary>
    Recommends,

    /// <summary><c>Provides</c></summary>
    Provides,

    /// <summary><c>Conflicts</c></summary>
    Conflicts,

    /// <summary><c>Breaks</c></summary>
    Breaks,

    /// <summary><c>Replaces</c></summary>
    Replaces,
}
