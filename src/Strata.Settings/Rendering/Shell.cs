namespace Strata.Settings.Rendering;

/// <summary>Words for sh(1).</summary>
internal static class Shell
{
    /// <summary>One word, whatever is in it: nothing is special between single quotes but the single quote.</summary>
    public static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
