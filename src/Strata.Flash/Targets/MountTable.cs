using System.Text;

namespace Strata.Flash.Targets;

/// <summary>Which devices are mounted where, and which are swap (proc(5): <c>/proc/self/mountinfo</c>, <c>/proc/swaps</c>).</summary>
internal sealed class MountTable
{
    private readonly List<(string Numbers, string Place, string Source)> _mounts = [];
    private readonly HashSet<string> _swaps = new(StringComparer.Ordinal);

    private MountTable()
    {
    }

    /// <summary>Reads both texts; a line that is not understood says nothing of a device.</summary>
    public static MountTable Parse(string mounts, string swaps)
    {
        MountTable table = new();
        foreach (string line in mounts.Split('\n'))
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            string[] words = line.Split(' ');
            int dash = Array.IndexOf(words, "-");
            if (words.Length > 5 && dash > 5 && dash + 2 < words.Length)
            {
                table._mounts.Add((words[2], Plain(words[4]), Plain(words[dash + 2])));
            }
        }
        foreach (string line in swaps.Split('\n').Skip(1))
        {
            if (line.StartsWith('/'))
            {
                table._swaps.Add(Plain(line.Split(' ', '\t')[0]));
            }
        }
        return table;
    }

    /// <summary>Where a device is mounted, in the order of mounting, each place once.</summary>
    /// <param name="numbers">Major and minor number.</param>
    /// <param name="path">Its device file: btrfs has numbers of its own, and tells the file.</param>
    public IReadOnlyList<string> PlacesOf(string numbers, string path) =>
        [.. _mounts.Where(m => m.Numbers == numbers || m.Source == path).Select(m => m.Place).Distinct(StringComparer.Ordinal)];

    /// <summary>True when it is swap space in use.</summary>
    public bool IsSwap(string path) => _swaps.Contains(path);

    // blanks and backslashes are written as three octal digits
    private static string Plain(string text)
    {
        StringBuilder plain = new();
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0;
            plain.Append(isEscape ? (char)Convert.ToInt32(text.Substring(i + 1, 3), 8) : text[i]);
            i += isEscape ? 3 : 0;
        }
        return plain.ToString();
    }
}
