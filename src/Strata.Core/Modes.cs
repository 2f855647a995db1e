namespace Strata.Core;

/// <summary>Permissions of files, as chmod(1) writes them: owner, group, others. C# has no octal numbers.</summary>
public static class Modes
{
    /// <summary>Who owns it may write, everybody read: <c>0644</c>.</summary>
    public const int File = 0b110_100_100;

    /// <summary>Everybody may read, nobody write: <c>0444</c>.</summary>
    public const int ReadOnlyFile = 0b100_100_100;

    /// <summary>For the eyes of its owner: <c>0600</c>.</summary>
    public const int SecretFile = 0b110_000_000;

    /// <summary>Who owns it may write, everybody run it: <c>0755</c>.</summary>
    public const int Program = 0b111_101_101;

    /// <summary>Who owns it may write, everybody enter: <c>0755</c>.</summary>
    public const int Folder = Program;

    /// <summary>For its owner alone: <c>0700</c>.</summary>
    public const int SecretFolder = 0b111_000_000;

    /// <summary>Everybody may write, each remove only what is theirs: <c>1777</c>.</summary>
    public const int SharedFolder = 0b1_111_111_111;

    /// <summary>Everybody may do everything, which is what links have: <c>0777</c>.</summary>
    public const int Link = 0b111_111_111;

    /// <summary>All bits of permissions, with setuid, setgid and sticky: <c>07777</c>.</summary>
    public const int All = 0b111_111_111_111;

    /// <summary>Runs as its owner: <c>04000</c>.</summary>
    public const int SetUid = 0b100_000_000_000;

    /// <summary>Runs as its group: <c>02000</c>.</summary>
    public const int SetGid = 0b010_000_000_000;

    /// <summary>The nine bits of reading, writing and running: <c>0777</c>.</summary>
    public const int Permissions = Link;
}
