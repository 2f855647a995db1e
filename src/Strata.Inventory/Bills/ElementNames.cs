using System.Globalization;

namespace Strata.Inventory.Bills;

/// <summary>Names of elements of a document, each given once: letters, digits, dots and dashes (SPDX 2.3 §3.2).</summary>
internal sealed class ElementNames
{
    private readonly HashSet<string> _given = new(StringComparer.Ordinal);

    /// <summary>The next free name for a thing; whoever asks in the same order gets the same names.</summary>
    /// <param name="kind">What it is: <c>Package</c>.</param>
    /// <param name="name">Its own name.</param>
    public string Of(string kind, string name)
    {
        string plain = "SPDXRef-" + kind + "-" + string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-'));
        string free = plain;
        for (int i = 2; !_given.Add(free); i++)
        {
            free = string.Create(CultureInfo.InvariantCulture, $"{plain}.{i}");
        }
        return free;
    }
}
