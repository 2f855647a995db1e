using Strata.Composition.Scripts.Shell;

namespace Strata.Composition.Scripts.Commands;

/// <summary>Arguments taken apart as getopt(3) does: options before or behind the rest, short ones joined. An unknown option is
/// refused.</summary>
internal sealed class Options
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private Options()
    {
    }

    /// <summary>What is no option.</summary>
    public IReadOnlyList<string> Rest { get; private init; } = [];

    /// <summary>True when one of these was given.</summary>
    public bool Has(params string[] names) => names.Any(_values.ContainsKey);

    /// <summary>The value of the first of these that was given; null when none was.</summary>
    public string? Value(params string[] names) => names.Where(_values.ContainsKey).Select(n => _values[n]).FirstOrDefault();

    /// <summary>Takes them apart.</summary>
    /// <param name="call">The command.</param>
    /// <param name="known">Options that it may have, each with its dashes, those with a value ending in <c>=</c>; separated by
    /// blanks.</param>
    /// <exception cref="NotUnderstoodException">It has another one.</exception>
    public static Options Of(CommandCall call, string known)
    {
        HashSet<string> options = [.. known.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        IReadOnlyList<string> words = call.Texts;
        List<string> rest = [];
        Options taken = new() { Rest = rest };
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word == "--")
            {
                rest.AddRange(words.Skip(i + 1));
                break;
            }
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                int equals = word.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? word : word[..equals];
                if (options.Contains(name))
                {
                    taken._values[name] = "";
                }
                else if (options.Contains(name + "=") && (equals > 0 || i + 1 < words.Count))
                {
                    taken._values[name] = equals > 0 ? word[(equals + 1)..] : words[++i];
                }
                else
                {
                    throw call.NotUnderstood($"'{call.Name} {word}' is not known");
                }
            }
            else if (word.Length > 1 && word[0] == '-')
            {
                for (int at = 1; at < word.Length; at++)
                {
                    string name = "-" + word[at];
                    if (options.Contains(name))
                    {
                        taken._values[name] = "";
                    }
                    else if (options.Contains(name + "=") && (at + 1 < word.Length || i + 1 < words.Count))
                    {
                        taken._values[name] = at + 1 < word.Length ? word[(at + 1)..] : words[++i];
                        break;
                    }
                    else
                    {
                        throw call.NotUnderstood($"'{call.Name} {word}' is not known");
                    }
                }
            }
            else
            {
                rest.Add(word);
            }
        }
        return taken;
    }
}
