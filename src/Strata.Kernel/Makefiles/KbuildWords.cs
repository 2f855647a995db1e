using System.Text;

namespace Strata.Kernel.Makefiles;

/// <summary>Cuts a makefile into logical lines and their values into words.</summary>
internal static class KbuildWords
{
    private const string AddPrefix = "$(addprefix ";

    /// <summary>Lines with those joined that end in a backslash, without comments.</summary>
    public static IEnumerable<string> Lines(string text)
    {
        StringBuilder joined = new();
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.TrimEnd('\r');
            if (line.EndsWith('\\'))
            {
                joined.Append(line.AsSpan(0, line.Length - 1)).Append(' ');
                continue;
            }
            yield return WithoutComment(joined.Append(line).ToString());
            joined.Clear();
        }
        if (joined.Length > 0)
        {
            yield return WithoutComment(joined.ToString());
        }
    }

    // of the whole logical line: a comment that ends in a backslash goes on too
    private static string WithoutComment(string line) =>
        line.IndexOf('#', StringComparison.Ordinal) is int comment and >= 0 ? line[..comment] : line;

    /// <summary>Words between white space; calls stay whole, but <c>$(addprefix a/, b.o c.o)</c> is followed.</summary>
    public static IEnumerable<string> Of(string value)
    {
        int at = 0;
        while (at < value.Length)
        {
            if (char.IsWhiteSpace(value[at]))
            {
                at++;
                continue;
            }
            int end = EndOfWord(value, at);
            string word = value[at..end];
            at = end;
            int comma = word.IndexOf(',', StringComparison.Ordinal);
            if (comma > 0 && word.EndsWith(')') && word.StartsWith(AddPrefix, StringComparison.Ordinal))
            {
                string prefix = word[AddPrefix.Length..comma].Trim();
                foreach (string inner in word[(comma + 1)..^1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return prefix + inner;
                }
            }
            else
            {
                yield return word;
            }
        }
    }

    private static int EndOfWord(string value, int at)
    {
        int depth = 0;
        for (; at < value.Length && (depth > 0 || !char.IsWhiteSpace(value[at])); at++)
        {
            if (value[at] == '(')
            {
                depth++;
            }
            else if (value[at] == ')' && depth > 0)
            {
                depth--;
            }
        }
        return at;
    }
}
