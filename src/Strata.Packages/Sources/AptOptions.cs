using System.Text;

namespace Strata.Packages.Sources;

/// <summary>Options that the host's apt has: <c>/etc/apt/apt.conf.d/*</c> and <c>apt.conf</c> (apt.conf(5)).</summary>
/// <remarks>
/// Read to learn how this host reaches archives, and nothing else: what cannot be read is passed over, as is <c>#include</c>. The last word
/// on an option counts; names differ in nothing but capitals. Programs that options name are never started.
/// </remarks>
public sealed class AptOptions
{
    private const long MaxFileBytes = 1 << 20;
    private const int MaxOptions = 20_000;
    private const int MaxDepth = 32;

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    private AptOptions()
    {
    }

    /// <summary>Reads the files below a folder that stands for <c>/</c>.</summary>
    public static AptOptions Read(string root = "/")
    {
        AptOptions options = new();
        string folder = Path.Combine(root, "etc/apt");
        string parts = Path.Combine(folder, "apt.conf.d");
        try
        {
            IEnumerable<string> files = Directory.Exists(parts)
                ? Directory.EnumerateFiles(parts).Where(f => IsRead(Path.GetFileName(f))).Order(StringComparer.Ordinal) : [];
            foreach (string file in files.Append(Path.Combine(folder, "apt.conf"))
                .Where(f => File.Exists(f) && new FileInfo(f).Length <= MaxFileBytes))
            {
                options.Add(File.ReadAllText(file));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // see the remarks
        }
        return options;
    }

    /// <summary>The value of an option, <c>Acquire::http::Proxy</c>; null when it is not set or empty.</summary>
    public string? Find(string name) => _values.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    /// <summary>Values of options and of those below them, <c>Acquire::http::Proxy::HOST</c>, in the order of their names.</summary>
    internal IEnumerable<string> Values(params IEnumerable<string> names) => names.SelectMany(n => _values
        .Where(v => v.Key.Equals(n, StringComparison.OrdinalIgnoreCase) || v.Key.StartsWith(n + "::", StringComparison.OrdinalIgnoreCase))
        .OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => v.Value));

    // apt passes over names with other characters or endings, such as those of backups
    private static bool IsRead(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
        && (!name.Contains('.', StringComparison.Ordinal) || name.EndsWith(".conf", StringComparison.Ordinal));

    private void Add(string text)
    {
        Stack<string> scopes = new([""]);
        List<string> words = []; // of the option that is being read
        foreach (string token in Tokens(text))
        {
            switch (token)
            {
                case "{" when words.Count > 0 && scopes.Count < MaxDepth:
                    scopes.Push(Join(scopes.Peek(), words[0]));
                    words.Clear();
                    break;
                case "{":
                    return; // nothing that apt would read
                case "}" or ";":
                    if (words.Count == 2 && _values.Count < MaxOptions)
                    {
                        _values[Join(scopes.Peek(), words[0])] = words[1][1..];
                    }
                    words.Clear();
                    if (token == "}" && scopes.Count > 1)
                    {
                        scopes.Pop();
                    }
                    break;
                default:
                    // values are told from names by the quote in front, which Tokens leaves; one without quotes gets it here
                    words.Add(words.Count == 1 && token[0] != '"' ? '"' + token : token);
                    break;
            }
        }
    }

    private static string Join(string scope, string name) => scope.Length == 0 ? name : $"{scope}::{name}";

    // words, quoted texts with the opening quote only, and the three signs
    private static IEnumerable<string> Tokens(string text)
    {
        StringBuilder word = new();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isComment = c == '#' || (c == '/' && i + 1 < text.Length && text[i + 1] is '/' or '*');
            if (!isComment && !char.IsWhiteSpace(c) && c is not ('{' or '}' or ';' or '"'))
            {
                word.Append(c);
                continue;
            }
            if (word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
            if (isComment)
            {
                bool isLong = c == '/' && text[i + 1] == '*';
                int end = text.IndexOf(isLong ? "*/" : "\n", i + (isLong ? 2 : 1), StringComparison.Ordinal);
                i = end < 0 ? text.Length : isLong ? end + 1 : end;
            }
            else if (c == '"')
            {
                int end = text.IndexOf('"', i + 1);
                end = end < 0 ? text.Length : end;
                yield return text[i..end];
                i = end;
            }
            else if (!char.IsWhiteSpace(c))
            {
                yield return c.ToString();
            }
        }
    }
}
