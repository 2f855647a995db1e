using System.Globalization;
using Strata.Core;

namespace Strata.Machines.Testing.Yaml;

/// <summary>Everything found wrong in one file, so that a person can mend it in one go.</summary>
internal sealed class YamlFaults
{
    private const int MostShown = 100;

    private readonly List<(YamlPlace Place, string Problem)> _faults = [];

    /// <summary>Notes one.</summary>
    public void Add(YamlPlace place, string problem) => _faults.Add((place, problem));

    /// <summary>Throws when there are any, in the order of the file.</summary>
    /// <exception cref="StrataException">The first fault in the message, all of them in the hint.</exception>
    public void ThrowIfAny(string path)
    {
        if (_faults.Count == 0)
        {
            return;
        }
        string[] lines = [.. _faults.OrderBy(f => f.Place.Line).ThenBy(f => f.Place.Column).Select(f => $"{f.Place}: {f.Problem}")];
        if (lines.Length == 1)
        {
            throw new StrataException($"cannot use {path}: {lines[0]}", "docs/formats/edition-tests.md describes the format.");
        }
        string rest = lines.Length <= MostShown ? "" : string.Create(CultureInfo.InvariantCulture, $"\n  ... and {lines.Length - MostShown} more");
        throw new StrataException(
            $"cannot use {path}: it has {lines.Length.ToString(CultureInfo.InvariantCulture)} faults",
            string.Join('\n', lines.Take(MostShown).Select(l => $"  {l}")) + rest);
    }
}
