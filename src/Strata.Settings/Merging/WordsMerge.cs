using Strata.Yaml;

namespace Strata.Settings.Merging;

/// <summary>
/// Brings words together that stand in several files, before they are read: mappings key by key, lists united, and of texts the one that
/// stands first in rank.
/// </summary>
/// <remarks>Values keep their places, so that a fault of the whole names the file that it comes from.</remarks>
public static class WordsMerge
{
    // a list that is one thing: two of them make no third
    private const string Command = "command";

    /// <summary>Words that stand before others, such as those of an edition before those of its capabilities.</summary>
    public static YamlMapping Over(YamlMapping first, YamlMapping second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return (YamlMapping)Join(first, second, "", (_, _, _) => { });
    }

    /// <summary>Words in the order in which they count: where two differ, the first stands, and the second is a fault.</summary>
    public static YamlMapping InOrder(IReadOnlyList<YamlMapping> parts, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(faults);
        YamlMapping whole = parts.Count == 0 ? new YamlMapping("", 1, 1, []) : parts[0];
        foreach (YamlMapping words in parts.Skip(1))
        {
            whole = (YamlMapping)Join(whole, words, "", (path, there, here) => faults.Add(
                here, $"'{path[1..].Replace('\n', '.')}' is said otherwise at {there.File}:{there.Line}:{there.Column}, which stands before"));
        }
        return whole;
    }

    /// <summary>Words of equal rank; two that differ are a fault, unless somebody of higher rank says it.</summary>
    /// <param name="parts">Who says them, for messages, and the words.</param>
    /// <param name="above">Words of higher rank, which decide; null for none.</param>
    /// <param name="faults">Where faults go.</param>
    public static YamlMapping Together(IEnumerable<(string Who, YamlMapping Words)> parts, YamlMapping? above, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(parts);
        YamlMapping? whole = null;
        foreach ((string who, YamlMapping words) in parts)
        {
            whole = whole is null ? words : (YamlMapping)Join(whole, words, "", (path, there, here) =>
            {
                if (!IsSaid(above, path))
                {
                    faults.Add(
                        here, $"{who} says '{path[1..].Replace('\n', '.')}' otherwise than {there.File}:{there.Line}:{there.Column}; "
                        + "a machine has one: leave one of them out, or say it in the edition, which stands before both");
                }
            });
        }
        return (whole, above) switch
        {
            (null, null) => new YamlMapping("", 1, 1, []),
            (null, _) => above,
            (_, null) => whole,
            _ => Over(above, whole),
        };
    }

    // paths are keys with a line feed before each; a key with one is no word anyhow
    private static YamlValue Join(YamlValue first, YamlValue second, string path, Action<string, YamlValue, YamlValue> differ)
    {
        if (IsNothing(first) || IsNothing(second))
        {
            return IsNothing(first) ? second : first; // 'ssh:' alone, and 'ssh: {on: [lan]}' beside it
        }
        if (first is YamlMapping left && second is YamlMapping right)
        {
            Dictionary<string, YamlValue> others = right.Items.ToDictionary(i => i.Key.Text, i => i.Value, StringComparer.Ordinal);
            HashSet<string> known = [.. left.Items.Select(i => i.Key.Text)];
            return left with
            {
                Items =
                [
                    .. left.Items.Select(i => others.TryGetValue(i.Key.Text, out YamlValue? other)
                        ? (i.Key, Join(i.Value, other, $"{path}\n{i.Key.Text}", differ)) : i),
                    .. right.Items.Where(i => !known.Contains(i.Key.Text)),
                ],
            };
        }
        if (first is YamlSequence list && second is YamlSequence more && !path.EndsWith('\n' + Command, StringComparison.Ordinal))
        {
            HashSet<string> texts = [.. list.Items.OfType<YamlScalar>().Select(s => s.Text)];
            return list with { Items = [.. list.Items, .. more.Items.Where(m => m is not YamlScalar text || texts.Add(text.Text))] };
        }
        if (!IsSame(first, second))
        {
            differ(path, first, second);
        }
        return first;
    }

    private static bool IsSame(YamlValue first, YamlValue second) => (first, second) switch
    {
        (YamlScalar a, YamlScalar b) => a.Text == b.Text,
        (YamlSequence a, YamlSequence b) => IsSame(a.Items, b.Items),
        _ => false,
    };

    private static bool IsSame(IReadOnlyList<YamlValue> first, IReadOnlyList<YamlValue> second)
    {
        bool isSame = first.Count == second.Count;
        for (int i = 0; i < first.Count && isSame; i++)
        {
            isSame = IsSame(first[i], second[i]);
        }
        return isSame;
    }

    private static bool IsNothing(YamlValue value) => value is YamlScalar { IsPlain: true, Text: "" };

    private static bool IsSaid(YamlMapping? words, string path)
    {
        YamlValue? at = words;
        foreach (string key in path.Split('\n').Skip(1))
        {
            at = at is YamlMapping mapping ? mapping.Items.FirstOrDefault(i => i.Key.Text == key).Value : null;
        }
        return at is not null;
    }
}
