namespace Strata.Formats.Tar;

/// <summary>One entry of a tar archive, after its long names and extended headers were applied.</summary>
public sealed record TarEntry
{
    private static readonly SortedDictionary<string, ReadOnlyMemory<byte>> s_none = [];

    /// <summary>Name as written, 1 … 4095 UTF-8 bytes; may be anything else that a hostile writer thought of.</summary>
    public required string Name { get; init; }

    /// <summary>Its type.</summary>
    public required TarKind Kind { get; init; }

    /// <summary>Permission bits with setuid, setgid and sticky, 0 … 07777 (octal).</summary>
    public int Mode { get; init; }

    /// <summary>Numeric owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public uint Gid { get; init; }

    /// <summary>Length of the content in bytes; 0 for everything but files.</summary>
    public long Size { get; init; }

    /// <summary>Target of a link as written, 1 … 4095 UTF-8 bytes; empty otherwise.</summary>
    public string LinkName { get; init; } = "";

    /// <summary>Major number of a device; 0 otherwise.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of a device; 0 otherwise.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>Extended attributes by name (<c>security.capability</c>), from <c>SCHILY.xattr.</c> records.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ExtendedAttributes { get; init; } = s_none;

    /// <summary>Where the entry's own header starts, in bytes from the start of the tar stream.</summary>
    public long HeaderOffset { get; init; }

    /// <summary>Where the content starts, likewise.</summary>
    public long DataOffset { get; init; }
}
