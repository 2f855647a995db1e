using System.Text;
using Strata.Core;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Strata.Yaml;

/// <summary>Reads one YAML document into values with places.</summary>
/// <remarks>
/// Not supported, on purpose: anchors and aliases (a few bytes could become gigabytes), tags, several documents, keys that are no texts.
/// Files larger or deeper than the limits are refused too. Whoever uses what is not supported gets no value at all: half a file would only
/// bring more complaints. A repeated key is a fault and its first value stands. A byte order mark, which editors on Windows write, is
/// passed over.
/// </remarks>
public static class YamlFile
{
    /// <summary>Reads a file; syntax mistakes are noted and null is returned.</summary>
    /// <exception cref="StrataException">The file cannot be read or is too large.</exception>
    public static YamlMapping? Load(string path, string shownAs, FaultList faults)
    {
        byte[] bytes;
        try
        {
            FileInfo info = new(path);
            long most = YamlLimits.Standard.MaxCharacters; // a character takes a byte or more
            if (info.Length > most)
            {
                throw new StrataException($"cannot read {shownAs}: it has {info.Length} bytes, at most {most} are allowed");
            }
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {shownAs}: {e.Message}", innerException: e);
        }
        return Read(bytes, shownAs, faults);
    }

    /// <summary>Reads the bytes of a file; syntax mistakes are noted and null is returned.</summary>
    public static YamlMapping? Read(byte[] bytes, string shownAs, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(faults);
        try
        {
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), shownAs, faults);
        }
        catch (DecoderFallbackException)
        {
            string found = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? "the file is UTF-16, expected UTF-8" : "the file is not UTF-8";
            faults.Add(new Fault(shownAs, 1, 1, found));
            return null;
        }
    }

    /// <summary>Reads a text with a mapping at the top; syntax mistakes are noted and null is returned.</summary>
    public static YamlMapping? Parse(string text, string shownAs, FaultList faults)
    {
        YamlValue? value = ParseValue(text, shownAs, faults, YamlLimits.Standard);
        if (value is not (null or YamlMapping))
        {
            faults.Add(value, $"expected a mapping at the top, found {value.Kind}");
        }
        return value as YamlMapping;
    }

    /// <summary>Reads a text with any value at the top; syntax mistakes are noted and null is returned.</summary>
    public static YamlValue? ParseValue(string text, string shownAs, FaultList faults, YamlLimits limits)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(faults);
        ArgumentNullException.ThrowIfNull(limits);
        if (text.Length > limits.MaxCharacters)
        {
            faults.Add(new Fault(shownAs, 1, 1, $"the file has {text.Length} characters, allowed {limits.MaxCharacters}"));
            return null;
        }
        text = text.StartsWith('\uFEFF') ? text[1..] : text;
        Parser parser = new(new StringReader(text));
        Reader reader = new(parser, shownAs, faults, limits.MaxDepth);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException e)
        {
            string problem = e.InnerException?.Message ?? e.Message;
            int place = problem.StartsWith('(') ? problem.IndexOf("): ", StringComparison.Ordinal) : -1;
            Mark at = e.Message.Contains(" tab ", StringComparison.Ordinal)
                ? TabAt(text, parser.Current?.Start.Line ?? 1) ?? e.Start
                : e.Start;
            faults.Add(NoYaml(shownAs, at, place < 0 ? problem : problem[(place + 3)..]));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidOperationException or EndOfStreamException)
        {
            // The scanner lets these out for some broken escapes.
            faults.Add(NoYaml(shownAs, parser.Current?.Start ?? default, e.Message));
        }
        return null;
    }

    // For a tab the parser names the beginning of the mapping around it, which may be the top of the file.
    private static Mark? TabAt(string text, long firstLine)
    {
        long line = 0;
        foreach (ReadOnlySpan<char> content in text.AsSpan().EnumerateLines())
        {
            int column = content[..(content.Length - content.TrimStart(" \t").Length)].IndexOf('\t');
            if (++line >= firstLine && column >= 0)
            {
                return new Mark(0, line, column + 1);
            }
        }
        return null;
    }

    private static Fault NoYaml(string file, Mark at, string problem) =>
        new(file, Math.Max(1, at.Line), Math.Max(1, at.Column), $"this is no YAML: {problem.ReplaceLineEndings(" ").TrimEnd('.')}");

    private sealed class Reader(IParser parser, string file, FaultList faults, int maxDepth)
    {
        private bool _refused;

        public YamlValue? ReadDocument()
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                faults.Add(new Fault(file, 1, 1, "the file is empty"));
                return null;
            }
            YamlValue? value = Read(1);
            if (value is null)
            {
                return null;
            }
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                Refuse(parser.Current!, "a second document starts here, allowed is one");
            }
            return _refused ? null : value;
        }

        /// <summary>Null when nothing more can be read.</summary>
        private YamlValue? Read(int depth)
        {
            ParsingEvent at = parser.Current!;
            if (depth > maxDepth)
            {
                Refuse(at, $"values are nested deeper than {maxDepth}");
                return null;
            }
            if (at is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            {
                Refuse(at, "anchors and aliases are not allowed; write the value out");
            }
            if (at is NodeEvent { Tag.IsEmpty: false })
            {
                Refuse(at, "tags are not allowed");
            }
            if (parser.TryConsume<Scalar>(out Scalar? scalar))
            {
                return new YamlScalar(file, at.Start.Line, at.Start.Column, scalar.Value, scalar.Style == ScalarStyle.Plain);
            }
            if (parser.TryConsume<SequenceStart>(out _))
            {
                return ReadSequence(at, depth);
            }
            if (parser.TryConsume<MappingStart>(out _))
            {
                return ReadMapping(at, depth);
            }
            parser.Consume<AnchorAlias>();
            return new YamlScalar(file, at.Start.Line, at.Start.Column, "", IsPlain: true);
        }

        private YamlSequence? ReadSequence(ParsingEvent at, int depth)
        {
            List<YamlValue> items = [];
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                if (Read(depth + 1) is not YamlValue item)
                {
                    return null;
                }
                items.Add(item);
            }
            return new YamlSequence(file, at.Start.Line, at.Start.Column, items);
        }

        private YamlMapping? ReadMapping(ParsingEvent at, int depth)
        {
            List<(YamlScalar, YamlValue)> items = [];
            HashSet<string> keys = new(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                ParsingEvent place = parser.Current!;
                if (Read(depth + 1) is not YamlValue key || Read(depth + 1) is not YamlValue value)
                {
                    return null;
                }
                if (key is not YamlScalar name)
                {
                    Refuse(place, $"a key is {key.Kind}, expected a text");
                }
                else if (!keys.Add(name.Text))
                {
                    faults.Add(name, $"the key '{name.Text}' is here twice");
                }
                else
                {
                    items.Add((name, value));
                }
            }
            return new YamlMapping(file, at.Start.Line, at.Start.Column, items);
        }

        private void Refuse(ParsingEvent at, string problem)
        {
            _refused = true;
            faults.Add(new Fault(file, at.Start.Line, at.Start.Column, problem));
        }
    }
}
