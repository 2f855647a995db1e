namespace Strata.Packages.Sources;

/// <summary>The one-line form: <c>deb [ arch=amd64 signed-by=/x.gpg ] https://host/debian trixie main</c> (sources.list(5), "One-Line-Style").</summary>
internal static class OneLineSource
{
    /// <summary>Adds the entry of a line without comment; returns what is wrong with it, or null.</summary>
    public static string? Read(string line, string place, List<AptSourceEntry> entries)
    {
        string type = FirstWord(line, out string rest);
        if (type == "deb-src")
        {
            return null;
        }
        if (type != "deb")
        {
            return $"'{type}' is neither deb nor deb-src";
        }
        string options = "";
        if (rest.StartsWith('['))
        {
            int end = rest.IndexOf(']', StringComparison.Ordinal);
            if (end < 0)
            {
                return "the options in '[' do not end";
            }
            options = rest[1..end];
            rest = rest[(end + 1)..].TrimStart();
        }
        string[] words = rest.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2)
        {
            return "expected an address and a suite";
        }
        if (words.Length > 2) // without components it is a flat repository, which no suite of Debian is
        {
            entries.Add(new AptSourceEntry(words[0], words[1], words[2..], OptionOf(options, "signed-by"), place));
        }
        return null;
    }

    private static string OptionOf(string options, string name)
    {
        foreach (string option in options.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (option.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase))
            {
                return option[(name.Length + 1)..];
            }
        }
        return "";
    }

    private static string FirstWord(string line, out string rest)
    {
        int blank = line.AsSpan().IndexOfAny(' ', '\t', '[');
        rest = blank < 0 ? "" : line[blank..].TrimStart();
        return blank < 0 ? line : line[..blank];
    }
}
