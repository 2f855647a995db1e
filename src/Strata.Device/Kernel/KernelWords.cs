using System.Text;

namespace Strata.Device.Kernel;

/// <summary>A word of the kernel command line.</summary>
/// <param name="Name">What stands before the first <c>=</c>.</param>
/// <param name="Value">What stands after it; null without <c>=</c>.</param>
public readonly record struct KernelWord(string Name, string? Value);

/// <summary>Splits the kernel command line as the kernel does (Documentation/admin-guide/kernel-parameters.rst).</summary>
public static class KernelWords
{
    /// <summary>Words before <c>--</c>, and what follows it as it is: that is for the system's own init.</summary>
    /// <param name="line">The text of <c>/proc/cmdline</c>. Double quotes keep spaces together and are dropped.</param>
    public static (IReadOnlyList<KernelWord> Words, IReadOnlyList<string> ForInit) Split(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        List<KernelWord> words = [];
        List<string> rest = [];
        bool isRest = false;
        for (int at = 0; at < line.Length;)
        {
            if (IsSpace(line[at]))
            {
                at++;
                continue;
            }
            StringBuilder text = new();
            int equals = -1;
            bool isQuoted = false;
            bool wasQuoted = false;
            for (; at < line.Length && (isQuoted || !IsSpace(line[at])); at++)
            {
                if (line[at] == '"')
                {
                    isQuoted = !isQuoted;
                    wasQuoted = true;
                    continue;
                }
                if (line[at] == '=' && equals < 0)
                {
                    equals = text.Length;
                }
                text.Append(line[at]);
            }
            string word = text.ToString();
            if (isRest)
            {
                rest.Add(word);
            }
            else if (word == "--" && !wasQuoted)
            {
                isRest = true;
            }
            else if (word.Length > 0)
            {
                words.Add(equals < 0 ? new KernelWord(word, null) : new KernelWord(word[..equals], word[(equals + 1)..]));
            }
        }
        return (words, rest);
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v';
}
