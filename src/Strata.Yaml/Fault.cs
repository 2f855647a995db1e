using Strata.Core;

namespace Strata.Yaml;

/// <summary>One mistake in a file that a person wrote.</summary>
/// <param name="File">As the person named it; for what was said on the command line, the option.</param>
/// <param name="Line">From 1; 0 for what stands in no file.</param>
/// <param name="Column">From 1.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record Fault(string File, long Line, long Column, string Message)
{
    /// <summary>True when everything behind it, in the list or mapping that it stands in, is wrong with it: there is too much.</summary>
    public bool IsOfAllBehind { get; init; }

    /// <summary><c>file:line:column: message</c>, the form that editors jump to.</summary>
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>Collects mistakes so that all of them are told at once.</summary>
public sealed class FaultList
{
    private readonly List<Fault> _faults = [];

    /// <summary>Mistakes so far, by file and position.</summary>
    public IReadOnlyList<Fault> Faults
    {
        get
        {
            // those of one place stay in the order in which they were found
            List<(Fault Fault, int Index)> sorted = [.. _faults.Select((f, i) => (f, i))];
            sorted.Sort((a, b) => string.CompareOrdinal(a.Fault.File, b.Fault.File) is not 0 and int file ? file
                : a.Fault.Line != b.Fault.Line ? a.Fault.Line.CompareTo(b.Fault.Line)
                : a.Fault.Column != b.Fault.Column ? a.Fault.Column.CompareTo(b.Fault.Column) : a.Index.CompareTo(b.Index));
            return [.. sorted.Select(s => s.Fault)];
        }
    }

    /// <summary>True when there is at least one.</summary>
    public bool Any => _faults.Count > 0;

    /// <summary>Notes a mistake at a value.</summary>
    public void Add(YamlValue at, string message)
    {
        ArgumentNullException.ThrowIfNull(at);
        _faults.Add(new Fault(at.File, at.Line, at.Column, message));
    }

    /// <summary>Notes that a list or mapping has too much: what begins with this entry of it.</summary>
    public void AddFrom(YamlValue first, string message)
    {
        ArgumentNullException.ThrowIfNull(first);
        _faults.Add(new Fault(first.File, first.Line, first.Column, message) { IsOfAllBehind = true });
    }

    /// <summary>Notes a mistake.</summary>
    public void Add(Fault fault) => _faults.Add(fault);

    /// <summary>Fails when there is a mistake.</summary>
    /// <exception cref="StrataException">Every mistake on a line of its own.</exception>
    public void ThrowIfAny(string what)
    {
        if (Any)
        {
            string count = _faults.Count == 1 ? "a mistake" : $"{_faults.Count} mistakes";
            throw new StrataException($"cannot read {what}: {count}\n  {string.Join("\n  ", Faults)}", "'strata schema KIND' prints the shape of such a file; 'strata schema --help' has the kinds.");
        }
    }
}
