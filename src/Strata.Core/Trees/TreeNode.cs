namespace Strata.Core.Trees;

/// <summary>A file-system object without its name. Two names of one <em>same</em> node are hard links.</summary>
public abstract class TreeNode
{
    private readonly int _permissions;

    /// <summary>Permission bits with setuid, setgid and sticky: 0 … 07777 (octal).</summary>
    public required int Permissions
    {
        get => _permissions;
        init => _permissions = value is >= 0 and <= Modes.All
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), $"permissions {Convert.ToString(value, 8)} are outside 0..7777 (octal)");
    }

    /// <summary>Numeric owner.</summary>
    public uint Uid { get; init; }

    /// <summary>Numeric group.</summary>
    public uint Gid { get; init; }

    /// <summary>True when both are of one kind and have the same mode, owner and content: names of them look the same.</summary>
    public bool IsLike(TreeNode other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Permissions == other.Permissions && Uid == other.Uid && Gid == other.Gid && (this, other) switch
        {
            (DirectoryNode, DirectoryNode) => true,
            (FileNode x, FileNode y) => x.Content.Digest == y.Content.Digest,
            (SymlinkNode x, SymlinkNode y) => x.Target == y.Target,
            (SpecialNode x, SpecialNode y) => x.Kind == y.Kind && x.Major == y.Major && x.Minor == y.Minor,
            _ => false,
        };
    }
}

/// <summary>A directory.</summary>
public sealed class DirectoryNode : TreeNode;

/// <summary>A regular file.</summary>
public sealed class FileNode : TreeNode
{
    /// <summary>Its bytes, by reference.</summary>
    public required FileContent Content { get; init; }
}

/// <summary>A symbolic link. Its permissions are 0777, as Linux reports them.</summary>
public sealed class SymlinkNode : TreeNode
{
    /// <summary>Target as written, 1 … 4095 bytes; never resolved here.</summary>
    public required string Target { get; init; }
}

/// <summary>Kinds of <see cref="SpecialNode"/>.</summary>
public enum SpecialKind
{
    /// <summary>Character device.</summary>
    CharacterDevice,

    /// <summary>Block device.</summary>
    BlockDevice,

    /// <summary>Named pipe.</summary>
    Fifo,

    /// <summary>UNIX domain socket.</summary>
    Socket,
}

/// <summary>A device node, pipe or socket. Packages may not bring them; blueprints may.</summary>
public sealed class SpecialNode : TreeNode
{
    /// <summary>What it is.</summary>
    public required SpecialKind Kind { get; init; }

    /// <summary>Major number of a device, 0 … 4095; 0 otherwise.</summary>
    public uint Major { get; init; }

    /// <summary>Minor number of a device, 0 … 1048575; 0 otherwise.</summary>
    public uint Minor { get; init; }
}
