using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Digests;
using Strata.Formats.Elf;

namespace Strata.Formats.Deb;

/// <summary>Types of entries that a package may bring.</summary>
public enum ListingKind : byte
{
    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>Another name of a file that stands earlier in the same package.</summary>
    HardLink,
}

/// <summary>One entry of a package's data archive, judged.</summary>
public sealed record ListingEntry
{
    /// <summary>Its name.</summary>
    public required GuestPath Path { get; init; }

    /// <summary>Its type.</summary>
    public required ListingKind Kind { get; init; }

    /// <summary>Permission bits with setuid, setgid and sticky, 0 … 07777 (octal), as the package has them.</summary>
    public required int Permissions { get; init; }

    /// <summary>Numeric owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public uint Gid { get; init; }

    /// <summary>Length in bytes of a file; of the same file for a hard link.</summary>
    public long Size { get; init; }

    /// <summary>First byte of a file in the decompressed data archive; of the same file for a hard link.</summary>
    public long Offset { get; init; }

    /// <summary>SHA-256 of a file; of the same file for a hard link; otherwise the default value.</summary>
    public Sha256Digest Digest { get; init; }

    /// <summary>SHA-1 of the same bytes, for bills of materials.</summary>
    public Sha1Digest Sha1 { get; init; }

    /// <summary>Target of a symbolic link as written, never resolved; the path of the earlier <see cref="ListingKind.File"/> for a hard link; otherwise empty.</summary>
    public string Target { get; init; } = "";

    /// <summary>What an ELF file says of itself; null for everything else.</summary>
    public ElfFile? Elf { get; init; }

    /// <summary>Why a file that starts like ELF could not be read as ELF; empty when there is nothing to say.</summary>
    public string ElfProblem { get; init; } = "";

    /// <summary>What a script names behind <c>#!</c>, with its argument; empty for everything else.</summary>
    public string Interpreter { get; init; } = "";

    /// <summary>Where the bytes of this file or hard link are.</summary>
    /// <param name="package">SHA-256 of the package file.</param>
    /// <exception cref="InvalidOperationException">The entry has no content.</exception>
    public PackageContent ContentIn(Sha256Digest package) => Kind is ListingKind.File or ListingKind.HardLink
        ? new PackageContent(Size, Digest, package, Offset)
        : throw new InvalidOperationException($"{Path} is a {Kind} and has no content");
}
