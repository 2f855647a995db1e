namespace Strata.Composition.Scripts;

/// <summary>What debconf would answer when it asks nobody: the defaults of a package's templates (debconf-devel(7)).</summary>
/// <param name="templates">The templates.</param>
/// <param name="config">The script that may change answers before; questions that it sets are not known.</param>
internal sealed class DebconfAnswers(string templates, string config)
{
    private readonly Dictionary<string, string> _defaults = Read(templates);

    /// <summary>The answer to a question; null when only a running machine would know.</summary>
    public string? To(string question) => MaySet(question) ? null : _defaults.GetValueOrDefault(question);

    // a line that sets this question, or one whose name it makes up
    private bool MaySet(string question) =>
        config.Split('\n').Any(l => l.Contains("db_set", StringComparison.Ordinal)
            && (l.Contains(question, StringComparison.Ordinal) || l[l.IndexOf("db_set", StringComparison.Ordinal)..].Contains('$', StringComparison.Ordinal)));

    private static Dictionary<string, string> Read(string templates)
    {
        Dictionary<string, string> defaults = new(StringComparer.Ordinal);
        string? question = null;
        foreach (string line in templates.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || line.StartsWith(' '))
            {
                question = line.Length == 0 ? null : question;
                continue;
            }
            string value = line[(colon + 1)..].Trim();
            if (line[..colon] == "Template")
            {
                question = value;
                defaults[value] = "";
            }
            else if (line[..colon] == "Default" && question is not null)
            {
                defaults[question] = value;
            }
        }
        return defaults;
    }
}
