namespace Strata.Core;

/// <summary>Work that failed for a reason a person can act on: <c>cannot &lt;do what&gt; &lt;with which thing&gt;: &lt;why&gt;</c>.</summary>
/// <remarks>The program prints the message as one line and the hint below it, never a stack trace.</remarks>
public class StrataException(string message, string? hint = null, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What to try next, as one or more full lines; null when there is nothing useful to say.</summary>
    public string? Hint { get; } = hint;
}
