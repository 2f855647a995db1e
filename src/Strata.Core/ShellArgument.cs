namespace Strata.Core;

/// <summary>Words as sh(1) reads them back.</summary>
public static class ShellArgument
{
    /// <summary>A word that stands for itself: between single quotes nothing is special but the single quote.</summary>
    public static string Quote(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>Several, with blanks between.</summary>
    public static string QuoteAll(IEnumerable<string> words) => string.Join(' ', Array.ConvertAll([.. words], Quote));
}
