using System.Text.RegularExpressions;

namespace Strata.Composition.Ledger;

/// <summary>What a maintainer script consists of, without its comments.</summary>
/// <param name="Sections">Names of the debhelper tools whose generated sections are in it (<c>dh_installsystemd</c>), sorted, each once.</param>
/// <param name="OwnLines">Lines that somebody wrote for this package and that do something.</param>
internal sealed partial record ScriptSections(IReadOnlyList<string> Sections, IReadOnlyList<string> OwnLines)
{
    /// <summary>Takes a script apart.</summary>
    /// <remarks>
    /// debhelper marks what it adds: <c># Automatically added by dh_installsystemd/13.24.2</c> … <c># End automatically added section</c>
    /// (debhelper(7), dh_installdeb(1)). Lines that only set options, or end, do nothing.
    /// </remarks>
    public static ScriptSections Of(string script)
    {
        ArgumentNullException.ThrowIfNull(script);
        SortedSet<string> sections = new(StringComparer.Ordinal);
        List<string> own = [];
        bool inSection = false;
        foreach (string raw in script.Split('\n'))
        {
            string line = raw.Trim();
            if (Begin().Match(line) is { Success: true } begin)
            {
                sections.Add(begin.Groups[1].Value);
                inSection = true;
            }
            else if (line.StartsWith("# End automatically added section", StringComparison.Ordinal))
            {
                inSection = false;
            }
            else if (!inSection && line.Length > 0 && line[0] != '#' && !Idle().IsMatch(line))
            {
                own.Add(line);
            }
        }
        return new ScriptSections([.. sections], own);
    }

    [GeneratedRegex(@"^# Automatically added by ([a-z_0-9]+)(/\S+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Begin();

    [GeneratedRegex(@"^(set -[eux]+|exit 0|:|true)$", RegexOptions.CultureInvariant)]
    private static partial Regex Idle();
}
