using System.Text.RegularExpressions;

namespace Strata.Composition.Scripts;

/// <summary>Lines of a script that belong together.</summary>
/// <param name="Name">The debhelper tool that generated them, or <see cref="ScriptText.ByHand"/>.</param>
/// <param name="FirstLine">First line, from 1.</param>
/// <param name="LastLine">Last line.</param>
internal sealed record ScriptPart(string Name, int FirstLine, int LastLine);

/// <summary>A maintainer script as text: who runs it, and which parts were generated.</summary>
/// <remarks>
/// debhelper marks what it adds: <c># Automatically added by dh_installsystemd/13.24.2</c> … <c># End automatically added section</c>
/// (debhelper(7), dh_installdeb(1)). The marks only name a part; what stands between them is followed like everything else.
/// </remarks>
internal sealed partial class ScriptText
{
    /// <summary>Name of what somebody wrote for this package.</summary>
    public const string ByHand = "script";

    private readonly string[] _lines;

    /// <summary>Takes a script apart.</summary>
    /// <param name="text">The script.</param>
    /// <param name="sectionsOnly">True when somebody answered for what was written by hand.</param>
    public ScriptText(string text, bool sectionsOnly = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        (Text, SectionsOnly) = (text, sectionsOnly);
        _lines = text.Split('\n');
        Match begin = Interpreters().Match(_lines[0]);
        Interpreter = begin.Groups[1].Value;
        EndsOnFailure = begin.Groups[2].Value.Contains('e', StringComparison.Ordinal);
        Parts = FindParts();
    }

    /// <summary>The script.</summary>
    public string Text { get; }

    /// <summary>True when only its generated sections are followed.</summary>
    public bool SectionsOnly { get; }

    /// <summary>The program that runs it.</summary>
    public string Interpreter { get; }

    /// <summary>True when no shell that is known here runs it.</summary>
    public bool IsForeign => Interpreter[(Interpreter.LastIndexOf('/') + 1)..] is not ("sh" or "dash" or "bash");

    /// <summary>True when its first line says <c>-e</c>.</summary>
    public bool EndsOnFailure { get; }

    /// <summary>Its parts in order; at least one.</summary>
    public IReadOnlyList<ScriptPart> Parts { get; }

    /// <summary>Questions of debconf that it may answer: every word that looks like one.</summary>
    public IReadOnlyList<string> Questions => [.. Question().Matches(Text).Select(m => m.Value).Distinct()];

    /// <summary>The part that a line is in.</summary>
    public string PartOf(int line) => Parts.FirstOrDefault(p => p.FirstLine <= line && line <= p.LastLine)?.Name ?? ByHand;

    /// <summary>Text of a part.</summary>
    public string TextOf(ScriptPart part) => string.Join('\n', _lines[(part.FirstLine - 1)..part.LastLine]) + "\n";

    private List<ScriptPart> FindParts()
    {
        List<ScriptPart> parts = [];
        int hand = 1;
        for (int i = 0; i < _lines.Length; i++)
        {
            if (Begin().Match(_lines[i]) is not { Success: true } begin)
            {
                continue;
            }
            int end = Array.FindIndex(_lines, i, l => l.Trim() == "# End automatically added section");
            if (end < 0)
            {
                break; // a mark without an end marks nothing
            }
            AddByHand(hand, i);
            parts.Add(new ScriptPart(begin.Groups[1].Value, i + 1, end + 1));
            (hand, i) = (end + 2, end);
        }
        AddByHand(hand, _lines.Length);
        return parts.Count == 0 ? [new ScriptPart(ByHand, 1, _lines.Length)] : parts;

        void AddByHand(int first, int last)
        {
            if (Enumerable.Range(first - 1, Math.Max(0, last - first + 1)).Any(n => !IsIdle(_lines[n].Trim())))
            {
                parts.Add(new ScriptPart(ByHand, first, last));
            }
        }
    }

    private static bool IsIdle(string line) => line.Length == 0 || line[0] == '#' || Idle().IsMatch(line);

    [GeneratedRegex(@"^\s*# Automatically added by ([a-z_0-9]+)(/\S+)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Begin();

    [GeneratedRegex(@"[a-z0-9.+-]+/[A-Za-z0-9_./+-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Question();

    [GeneratedRegex(@"^(set -[eux]+|exit 0|:|true)$", RegexOptions.CultureInvariant)]
    private static partial Regex Idle();

    [GeneratedRegex(@"^#!\s*(\S+)(?:\s+-(\w+))?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Interpreters();
}
