namespace Strata.Kernel.Building;

/// <summary>What make said: all of it into a file, the end of it at hand for messages.</summary>
/// <param name="writer">Gets every line; nobody when null.</param>
internal sealed class MakeLog(StreamWriter? writer)
{
    private const int Kept = 200;
    private const long LargestLog = 256L << 20; // a kernel's build says some megabytes; one that says more must not fill the disk

    private readonly Queue<string> _last = new();
    private long _written;

    /// <summary>Takes a line.</summary>
    public void Take(string line)
    {
        if (writer is not null && _written <= LargestLog)
        {
            _written += line.Length + 1;
            writer.WriteLine(_written <= LargestLog ? line : "(the rest is left out: there is too much of it)");
        }
        _last.Enqueue(line);
        if (_last.Count > Kept)
        {
            _last.Dequeue();
        }
    }

    /// <summary>
    /// What went wrong: from the compiler's first error, else what stands before the first target that make gave up, else the end. Lines that only tell which
    /// file is being made are left out: several are made at once, and those of the others follow an error.
    /// </summary>
    /// <param name="count">Lines at most.</param>
    public IReadOnlyList<string> Failure(int count)
    {
        string[] lines = [.. _last.Where(l => !TellsOnlyOfWork(l))];
        int first = Array.FindIndex(lines, l => l.Contains(": error:", StringComparison.Ordinal));
        if (first < 0 && Array.FindIndex(lines, l => l.Contains("*** ", StringComparison.Ordinal)) is int givenUp and >= 0)
        {
            first = Math.Max(0, givenUp - count / 2);
        }
        return [.. first < 0 ? lines.TakeLast(count) : lines.Skip(first).Take(count)];
    }

    // Kbuild's short form of a command: "  CC [M]  fs/ext4/inode.o", "  CHKSHA1 include/linux/atomic.h"
    private static bool TellsOnlyOfWork(string line)
    {
        int end = 2;
        while (end < line.Length && (char.IsAsciiLetterUpper(line[end]) || char.IsAsciiDigit(line[end])))
        {
            end++;
        }
        return line.StartsWith("  ", StringComparison.Ordinal) && end > 3 && end < line.Length && line[end] == ' ';
    }

    /// <summary>True when one of the last lines holds a text.</summary>
    public bool Mentions(string text) => _last.Any(l => l.Contains(text, StringComparison.Ordinal));
}
