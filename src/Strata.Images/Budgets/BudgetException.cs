using Strata.Core;

namespace Strata.Images.Budgets;

/// <summary>A budget is broken. What the image consists of comes with it, so that one can tell what changed.</summary>
public sealed class BudgetException(string message, string hint, long bytes, long kernelBytes, IReadOnlyList<GoodPart> parts) : StrataException(message, hint)
{
    /// <summary>The same with what changed since a build that kept its budgets.</summary>
    public BudgetException Since(GoodBuild last)
    {
        ArgumentNullException.ThrowIfNull(last);
        IReadOnlyList<string> changes = last.ChangesTo(bytes, kernelBytes, parts);
        return new BudgetException($"{Message}\n{string.Join('\n', changes.Select(c => "  " + c))}", Hint ?? "", bytes, kernelBytes, parts);
    }
}
