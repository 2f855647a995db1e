using Strata.Yaml;

namespace Strata.Settings.Merging;

/// <summary>Takes out of words what is wrong in them, and leaves the rest: a machine starts with what was right.</summary>
/// <remarks>
/// Not less is taken out than what could mean something else without its wrong part: of a user one key or one word, of files, mounts,
/// settings and commands the whole entry, of what has too many entries all that are too many, and everything else whole. A firewall
/// without its wrong line would let in what nobody allowed.
/// </remarks>
public static class RightWords
{
    // how many levels below a word may be taken out alone
    private static int LevelsOf(string word) => word switch
    {
        "users" => 3, // a user, a word of it, an entry of a list
        "files" or "mounts" or "sysctl" or "run-once" => 1,
        _ => 0,
    };

    /// <summary>The words without what the faults stand at; the same object when none of them stands in it.</summary>
    public static YamlMapping Without(YamlMapping words, IReadOnlyList<Fault> faults)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(faults);
        Places places = new(faults);
        List<(YamlScalar, YamlValue)> kept = [];
        bool isWhole = true;
        foreach ((YamlScalar key, YamlValue value) in words.Items)
        {
            YamlValue? rest = Rest(key, value, LevelsOf(key.Text), places);
            isWhole &= ReferenceEquals(rest, value);
            if (rest is not null)
            {
                kept.Add((key, rest));
            }
        }
        return isWhole ? words : words with { Items = kept };
    }

    /// <summary>Reads words again and again without what was wrong, until the rest is right.</summary>
    /// <param name="words">The words.</param>
    /// <param name="read">Reads them, and notes what is wrong; with words of others, whose faults count too.</param>
    /// <param name="told">Takes each fault once.</param>
    /// <returns>What is right: nothing, when something is wrong that stands nowhere in these words.</returns>
    public static YamlMapping Of(YamlMapping words, Action<YamlMapping, FaultList> read, FaultList told)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(told);
        HashSet<Fault> known = [];
        while (true)
        {
            FaultList faults = new();
            read(words, faults);
            if (!faults.Any)
            {
                return words;
            }
            foreach (Fault fault in faults.Faults)
            {
                if (known.Add(fault))
                {
                    told.Add(fault);
                }
            }
            YamlMapping rest = Without(words, faults.Faults); // each round takes something out, or all
            words = ReferenceEquals(rest, words) ? words with { Items = [] } : rest;
            if (words.Items.Count == 0)
            {
                return words;
            }
        }
    }

    private static YamlValue? Rest(YamlScalar? key, YamlValue value, int levels, Places places)
    {
        if ((key is not null && places.Has(key)) || (levels == 0 && Holds(value, places))
            || (value is YamlScalar && places.Has(value)))
        {
            return null;
        }
        if (levels == 0 || !Holds(value, places))
        {
            return value;
        }
        switch (value)
        {
            case YamlMapping mapping:
                List<(YamlScalar, YamlValue)> pairs = [];
                foreach ((YamlScalar name, YamlValue below) in mapping.Items)
                {
                    if (places.IsTooMuchFrom(name))
                    {
                        break;
                    }
                    if (Rest(name, below, levels - 1, places) is YamlValue rest)
                    {
                        pairs.Add((name, rest));
                    }
                }
                return pairs.Count == 0 || IsSame(pairs.Select(p => p.Item2), mapping.Items.Select(p => p.Value))
                    ? null : mapping with { Items = pairs };
            case YamlSequence list:
                List<YamlValue> items = [];
                foreach (YamlValue below in list.Items)
                {
                    if (places.IsTooMuchFrom(below))
                    {
                        break;
                    }
                    if (Rest(null, below, levels - 1, places) is YamlValue rest)
                    {
                        items.Add(rest);
                    }
                }
                return items.Count == 0 || IsSame(items, list.Items) ? null : list with { Items = items };
            default:
                return null;
        }
    }

    // nothing was taken out of it, so what is wrong is the value itself: a list where a mapping was expected
    private static bool IsSame(IEnumerable<YamlValue> rest, IEnumerable<YamlValue> before)
    {
        List<YamlValue> left = [.. rest];
        int index = 0;
        foreach (YamlValue value in before)
        {
            if (index >= left.Count || !ReferenceEquals(left[index++], value))
            {
                return false;
            }
        }
        return index == left.Count;
    }

    private static bool Holds(YamlValue value, Places places)
    {
        if (places.Has(value))
        {
            return true;
        }
        switch (value)
        {
            case YamlMapping mapping:
                foreach ((YamlScalar key, YamlValue below) in mapping.Items)
                {
                    if (places.Has(key) || Holds(below, places))
                    {
                        return true;
                    }
                }
                return false;
            case YamlSequence list:
                foreach (YamlValue below in list.Items)
                {
                    if (Holds(below, places))
                    {
                        return true;
                    }
                }
                return false;
            default:
                return false;
        }
    }

    /// <summary>
    /// Where faults stand, for quick looks: a file of a stranger has as many values as characters, and may have a fault at each.
    /// </summary>
    private sealed class Places
    {
        private readonly HashSet<(string File, long Line, long Column)> _all = [];
        private readonly HashSet<(string File, long Line, long Column)> _tooMuch = [];

        public Places(IReadOnlyList<Fault> faults)
        {
            foreach (Fault fault in faults)
            {
                _all.Add((fault.File, fault.Line, fault.Column));
                if (fault.IsOfAllBehind)
                {
                    _tooMuch.Add((fault.File, fault.Line, fault.Column));
                }
            }
        }

        public bool Has(YamlValue value) => _all.Contains((value.File, value.Line, value.Column));

        public bool IsTooMuchFrom(YamlValue value) => _tooMuch.Contains((value.File, value.Line, value.Column));
    }
}
