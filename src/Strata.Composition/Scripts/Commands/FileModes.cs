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
    /// <param name="isFolder">True for a directory, for <c>X</c>; setuid and setgid of one stay with a plain octal mode, as GNU chmod
    /// has it.</param>
    public static int? TryApply(string text, int before, bool isFolder)
    {
        if (TryParseOctal(text) is int octal)
        {
            return isFolder && text.Length <= 4 ? octal | (before & (Modes.SetUid | Modes.SetGid)) : octal;
        }
        int mode = before;
        foreach (string clause in text.Split(','))
        {
            int at = clause.AsSpan().IndexOfAny("+-=");
            if (at < 0 || !clause[..at].All("ugoa".Contains) || !clause[(at + 1)..].All("rwxXst".Contains))
            {
                return null;
            }
            string who = at == 0 || clause[..at].Contains('a', StringComparison.Ordinal) ? "ugo" : clause[..at];
            int bits = BitsOf(clause[(at + 1)..], who, hasX: isFolder || (mode & 0b001_001_001) != 0);
            mode = clause[at] switch
            {
                '+' => mode | bits,
                '-' => mode & ~bits,
                _ => (mode & ~BitsOf("rwxst", who, hasX: true)) | bits,
            };
        }
        return mode;
    }

    private static int BitsOf(string rights, string who, bool hasX)
    {
        int bits = 0;
        foreach (char right in rights)
        {
            if (right == 't')
            {
                bits |= 0b001_000_000_000;
            }
            foreach (char person in who)
            {
                int shift = person switch { 'u' => 6, 'g' => 3, _ => 0 };
                bits |= right switch
                {
                    'r' => 4 << shift,
                    'w' => 2 << shift,
                    'x' => 1 << shift,
                    'X' => hasX ? 1 << shift : 0,
                    's' => person switch { 'u' => Modes.SetUid, 'g' => Modes.SetGid, _ => 0 },
                    _ => 0,
                };
            }
        }
        return bits;
    }
}
