namespace Strata.Composition.Scripts;

/// <summary>The questions of a package, and what debconf answers when it asks nobody: their defaults (debconf-devel(7)).</summary>
internal sealed class DebconfTemplates
{
    private readonly Dictionary<string, string?> _defaults = new(StringComparer.Ordinal);

    /// <summary>Reads them.</summary>
    /// <param name="text">The control file <c>templates</c>.</param>
    public DebconfTemplates(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string? question = null;
        bool isChoice = false;
        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line.StartsWith(' '))
            {
                question = line.Length == 0 ? null : question;
                continue;
            }
            string value = line[(colon + 1)..].Trim();
            switch (line[..colon])
            {
                case "Template":
                    (question, isChoice) = (value, false);
                    _defaults[value] = "";
                    break;
                case "Type" when question is not null:
                    isChoice = value == "select"; // without a default the first choice counts, which scripts may make up
                    _defaults[question] = isChoice && _defaults[question] is "" ? null : _defaults[question];
                    break;
                case "Default" when question is not null:
                    _defaults[question] = isChoice && value.Length == 0 ? null : value;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The answer to a question.</summary>
    /// <param name="question">Its name.</param>
    /// <param name="answer">The answer; null when only a running machine would know.</param>
    /// <returns>False when the package has no such question.</returns>
    public bool TryGet(string question, out string? answer) => _defaults.TryGetValue(question, out answer);
}
