using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>Small forms that many words have.</summary>
internal static class Texts
{
    /// <summary>Entries of one word: more are a mistake of whoever wrote a program that writes them.</summary>
    public const int MostEntries = 1000;

    /// <summary>The pairs of a mapping, no more than there may be.</summary>
    public static IReadOnlyList<(YamlScalar Key, YamlValue Value)> Pairs(MappingReader reader, string key)
    {
        IReadOnlyList<(YamlScalar Key, YamlValue Value)> pairs = reader.Pairs(key);
        if (pairs.Count > MostEntries)
        {
            reader.Faults.AddFrom(pairs[MostEntries].Key, $"'{key}' has {pairs.Count} entries, at most {MostEntries} may be");
            return [.. pairs.Take(MostEntries)];
        }
        return pairs;
    }

    /// <summary>One text, or a list of them; empty when absent.</summary>
    public static IReadOnlyList<YamlScalar> OneOrMore(MappingReader reader, string key)
    {
        if (reader.Value(key) is YamlScalar one)
        {
            return [one];
        }
        IReadOnlyList<YamlScalar> texts = reader.Texts(key);
        if (texts.Count > MostEntries)
        {
            reader.Faults.AddFrom(texts[MostEntries], $"'{key}' has {texts.Count} entries, at most {MostEntries} may be");
            return [.. texts.Take(MostEntries)];
        }
        return texts;
    }

    /// <summary>A text of a form; null, and a fault, when it has another.</summary>
    public static YamlScalar? Formed(MappingReader reader, string key, Func<string, bool> form, string expected)
    {
        YamlScalar? text = reader.Scalar(key);
        if (text is null || form(text.Text))
        {
            return text;
        }
        reader.Faults.Add(text, $"'{key}' is '{text.Text}'; expected {expected}");
        return null;
    }

    /// <summary>Addresses, or networks.</summary>
    /// <param name="reader">The mapping.</param>
    /// <param name="key">Which word.</param>
    /// <param name="hasPrefix">True when a length has to be there, false when it may not, null for both.</param>
    /// <param name="expected">For people.</param>
    public static IReadOnlyList<NetAddress> Addresses(MappingReader reader, string key, bool? hasPrefix, string expected)
    {
        List<NetAddress> addresses = [];
        foreach (YamlScalar text in OneOrMore(reader, key))
        {
            if (Address(text, key, hasPrefix, expected, reader.Faults) is NetAddress address)
            {
                addresses.Add(address);
            }
        }
        return addresses;
    }

    /// <summary>An address, or a network.</summary>
    public static NetAddress? Address(YamlScalar text, string key, bool? hasPrefix, string expected, FaultList faults)
    {
        NetAddress? address = NetAddress.TryParse(text.Text);
        if (address is null || (hasPrefix is bool must && must == address.Prefix is null))
        {
            faults.Add(text, $"'{key}' is '{text.Text}'; expected {expected}");
            return null;
        }
        return address;
    }

    /// <summary>A network: with a length, and no bits behind it.</summary>
    public static NetAddress? Network(YamlScalar text, string key, FaultList faults)
    {
        const string Expected = "a network such as 10.0.0.0/8 or fd00::/8";
        if (Address(text, key, hasPrefix: null, Expected, faults) is not NetAddress address)
        {
            return null;
        }
        if (!address.IsNetwork)
        {
            faults.Add(text, $"'{text.Text}' is an address in a network; expected {Expected}, with no bit set behind its length");
            return null;
        }
        return address;
    }

    /// <summary>A key that is a name of one's own; false, and a fault, when it is none.</summary>
    public static bool IsName(YamlScalar key, string what, FaultList faults)
    {
        if (TextForm.IsName(key.Text, 31, TextForm.IsLowerOrDash))
        {
            return true;
        }
        faults.Add(key, $"'{key.Text}' is no name of {what}; expected lower-case letters, digits and dashes, at most 31");
        return false;
    }

    /// <summary>True for one line of text without control characters.</summary>
    public static bool IsLine(string text) => !text.Any(char.IsControl);
}
