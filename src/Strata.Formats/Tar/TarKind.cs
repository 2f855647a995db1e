namespace Strata.Formats.Tar;

/// <summary>Types of tar entries (POSIX pax, "ustar Interchange Format", typeflag).</summary>
public enum TarKind
{
    /// <summary>Regular file, '0' or NUL.</summary>
    File,

    /// <summary>Another name of an earlier entry, '1'.</summary>
    HardLink,

    /// <summary>Symbolic link, '2'.</summary>
    Symlink,

    /// <summary>Character device, '3'.</summary>
    CharacterDevice,

    /// <summary>Block device, '4'.</summary>
    BlockDevice,

    /// <summary>Directory, '5'.</summary>
    Directory,

    /// <summary>Named pipe, '6'.</summary>
    Fifo,
}
