using Strata.Core;

namespace Strata.Init.Reports;

/// <summary>The system cannot be started.</summary>
/// <param name="message"><c>cannot &lt;do what&gt; &lt;with which thing&gt;: &lt;why&gt;</c>.</param>
/// <param name="facts">What was looked at and found, a line each.</param>
/// <param name="advice">What a person can try, a sentence each.</param>
internal sealed class BootException(string message, IReadOnlyList<string> facts, IReadOnlyList<string> advice)
    : StrataException(message, string.Join('\n', advice))
{
    /// <summary>What was looked at and found.</summary>
    public IReadOnlyList<string> Facts { get; } = facts;

    /// <summary>What to try.</summary>
    public IReadOnlyList<string> Advice { get; } = advice;
}
