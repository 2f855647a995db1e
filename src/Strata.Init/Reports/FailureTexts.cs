using System.Globalization;
using System.Text;

namespace Strata.Init.Reports;

/// <summary>What a person reads in front of a machine that does not start: what was found, and what to try.</summary>
internal static class FailureTexts
{
    /// <summary>The whole text of a failure.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="notes">Problems met before; any of them may be the cause.</param>
    /// <param name="what">Edition and version, or empty when not even that is known.</param>
    public static string Of(Exception failure, IReadOnlyList<string> notes, string what)
    {
        ArgumentNullException.ThrowIfNull(failure);
        ArgumentNullException.ThrowIfNull(notes);
        StringBuilder text = new("\n");
        string name = what.Length == 0 ? "This system" : what;
        text.Append(CultureInfo.InvariantCulture, $"*** {name} cannot be started.\n\n    {FirstUpper(failure.Message)}.\n");
        BootException? known = failure as BootException;
        Section(text, "What was found:", known?.Facts ?? [failure.GetType().Name]);
        Section(text, "What else was noticed:", notes);
        Section(text, "What to try:", known?.Advice ?? ["Start an earlier version from the boot menu, and report this message."]);
        return text.Append('\n').ToString();
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"\n    {title}\n");
        foreach (string line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"      - {line}\n");
        }
    }

    private static string FirstUpper(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
