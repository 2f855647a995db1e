namespace Strata.Inventory.Vulnerabilities;

/// <summary>Programs and libraries among paths, and which of them a sentence speaks of.</summary>
public static class CodeFiles
{
    private const int ShortestName = 3;

    private static readonly string[] s_folders = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/", "/usr/libexec/", "/usr/games/", "/boot/"];
    private static readonly string[] s_endings = [".py", ".pl", ".pm", ".rb", ".js", ".php", ".jar", ".ko", ".ko.xz", ".ko.zst", ".sh"];

    // words of English that are names of programs too, and mean no program in most sentences
    private static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "write", "test", "link", "users", "open", "file", "time", "size", "split", "join", "make", "script", "look", "last", "more", "less",
        "head", "yes", "who", "top", "kill", "free", "watch", "install", "expand", "sort", "cut", "paste", "comm", "fold", "factor",
            "false",
        "true", "host", "nice", "date", "env", "which", "from", "mount", "wall", "login", "reset", "clear", "find", "replace", "print",
    };

    /// <summary>True for what can be run or linked with: programs, libraries, modules, scripts by their ending.</summary>
    public static bool IsCode(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = path[(path.LastIndexOf('/') + 1)..];
        return s_folders.Any(f => path.StartsWith(f, StringComparison.Ordinal))
            || name.EndsWith(".so", StringComparison.Ordinal) || name.Contains(".so.", StringComparison.Ordinal)
            || s_endings.Any(e => name.EndsWith(e, StringComparison.Ordinal))
            || (path.StartsWith("/usr/lib/", StringComparison.Ordinal) && !name.Contains('.', StringComparison.Ordinal));
    }

    /// <summary>Those whose name stands in a sentence as a word: <c>iconv</c>, <c>libcurl</c> for <c>libcurl.so.4</c>.</summary>
    internal static string[] NamedIn(string sentence, IReadOnlyList<string> paths)
    {
        HashSet<string> words = new(
            sentence.Split([' ', ',', ';', ':', '(', ')', '"', '\'', '`', '/', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
                .Select(w => w.TrimEnd('.')),
            StringComparer.Ordinal);
        return [.. paths.Where(p => words.Contains(NameOf(p)))];
    }

    private static string NameOf(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        int so = name.IndexOf(".so", StringComparison.Ordinal);
        string plain = so > 0 ? name[..so] : name;
        return plain.Length < ShortestName || s_words.Contains(plain) ? "" : plain;
    }
}
