using Strata.Core;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Modes as chmod(1) takes them.</summary>
internal static class FileModes
{
    /// <summary>An octal mode; null when it is none.</summary>
    public static int? TryParseOctal(string text)
    {
        if (text.Length is 0 or > 6 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return null;
        }
        int mode = text.Aggregate(0, (m, c) => (m * 8) + (c - '0'));
        return mode <= Modes.All ? mode : null;
    }

    /// <summary>A mode, octal or like <c>u+rwx,g-w</c>; null when it is none of these.</summary>
    /// <param name="text">The mode.</param>
    /// <param name="before">What the file has.</param>
    /// <param name="isFolder">True for a directory, for <c>X</c>; setuid and setgid of one stay unless they are named, as GNU chmod has
    /// it.</param>
    /// <param name="mask">The <c>umask</c>: where a clause does not say whose rights it means, those in the mask are not meant (POSIX,
    /// chmod).</param>
    public static int? TryApply(string text, int before, bool isFolder, int mask)
    {
        const int SetIds = Modes.SetUid | Modes.SetGid;
        if (TryParseOctal(text) is int octal)
        {
            return isFolder && text.Length <= 4 ? octal | (before & SetIds) : octal;
        }
        int mode = before;
        foreach (string clause in text.Split(','))
        {
            int at = clause.AsSpan().IndexOfAny("+-=");
            if (at < 0 || !clause[..at].All("ugoa".Contains) || !clause[(at + 1)..].All("rwxXst".Contains))
            {
                return null;
            }
            int of = at == 0 ? Modes.All : clause[..at].Aggregate(0, (bits, person) => bits | BitsOf(person));
            int named = of & RightsOf(clause[(at + 1)..], hasX: isFolder || (mode & 0b001_001_001) != 0);
            int kept = isFolder ? SetIds & ~named : 0;
            int rights = named & ~(at == 0 ? mask : 0);
            mode = clause[at] switch
            {
                '+' => mode | rights,
                '-' => mode & ~rights,
                _ => (mode & (~of | kept)) | rights,
            };
        }
        return mode;
    }

    /// <summary>Every bit that is somebody's: setuid is the owner's, setgid the group's, the sticky bit that of all others.</summary>
    private static int BitsOf(char person) => person switch
    {
        'u' => 0b100_111_000_000,
        'g' => 0b010_000_111_000,
        'o' => 0b001_000_000_111,
        _ => Modes.All,
    };

    private static int RightsOf(string rights, bool hasX) => rights.Aggregate(0, (bits, right) => bits | right switch
    {
        'r' => 0b100_100_100,
        'w' => 0b010_010_010,
        'x' => 0b001_001_001,
        'X' => hasX ? 0b001_001_001 : 0,
        's' => Modes.SetUid | Modes.SetGid,
        _ => 0b001_000_000_000,
    });
}
