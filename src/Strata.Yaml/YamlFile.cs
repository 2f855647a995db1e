using System.Text;
using Strata.Core;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Strata.Yaml;

/// <summary>Reads one YAML document into values with places.</summary>
/// <remarks>
/// Not supported, on purpose: anchors and aliases (a few bytes could become gigabytes), tags, several documents, keys that are no texts.
/// Limits: 1 MiB a file, 32 levels.
/// </remarks>
public static class YamlFile
{
    /// <summary>Largest file in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxDepth = 32;

    /// <summary>Reads a file; syntax mistakes are noted and null is returned.</summary>
    /// <exception cref="StrataException">The file cannot be read or is too large.</exception>
    public static YamlMapping? Load(string path, string shownAs, FaultList faults)
    {
        byte[] bytes;
        try
        {
            FileInfo info = new(path);
            if (info.Length > MaxBytes)
            {
                throw new StrataException($"cannot read {shownAs}: it has {info.Length} bytes, at most {MaxBytes} are allowed");
            }
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException($"cannot read {shownAs}: {e.Message}", innerException: e);
        }
        try
        {
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), shownAs, faults);
        }
        catch (DecoderFallbackException)
        {
            faults.Add(new Fault(shownAs, 1, 1, "the file is not UTF-8"));
            return null;
        }
    }

    /// <summary>Reads a text; syntax mistakes are noted and null is returned.</summary>
    public static YamlMapping? Parse(string text, string shownAs, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(faults);
        try
        {
            Parser parser = new(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                faults.Add(new Fault(shownAs, 1, 1, "the file is empty; expected a mapping"));
                return null;
            }
            Reader reader = new(parser, shownAs, faults);
            YamlValue? value = reader.Read(0);
            parser.Consume<DocumentEnd>();
            if (parser.Current is not StreamEnd)
            {
                faults.Add(new Fault(shownAs, parser.Current!.Start.Line, parser.Current.Start.Column, "a second document; expected one"));
            }
            if (value is YamlMapping mapping)
            {
                return mapping;
            }
            if (value is not null)
            {
                faults.Add(value, $"expected a mapping at the top, found {value.Kind}");
            }
        }
        catch (YamlException e)
        {
            string problem = e.InnerException?.Message ?? e.Message;
            int place = problem.StartsWith('(') ? problem.IndexOf("): ", StringComparison.Ordinal) : -1;
            faults.Add(new Fault(shownAs, e.Start.Line, e.Start.Column, "not valid YAML: " + (place < 0 ? problem : problem[(place + 3)..])));
        }
        return null;
    }

    private sealed class Reader(IParser parser, string file, FaultList faults)
    {
        public YamlValue? Read(int depth)
        {
            ParsingEvent at = parser.Current!;
            if (depth > MaxDepth)
            {
                faults.Add(new Fault(file, at.Start.Line, at.Start.Column, $"nested deeper than {MaxDepth} levels"));
                parser.SkipThisAndNestedEvents();
                return null;
            }
            if (at is NodeEvent node && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty))
            {
                faults.Add(new Fault(file, at.Start.Line, at.Start.Column, "anchors and tags are not supported here"));
            }
            if (parser.TryConsume<Scalar>(out Scalar? scalar) && scalar is not null)
            {
                return new YamlScalar(file, at.Start.Line, at.Start.Column, scalar.Value, scalar.Style == ScalarStyle.Plain);
            }
            if (parser.TryConsume<SequenceStart>(out _))
            {
                List<YamlValue> items = [];
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    if (Read(depth + 1) is YamlValue item)
                    {
                        items.Add(item);
                    }
                }
                return new YamlSequence(file, at.Start.Line, at.Start.Column, items);
            }
            if (parser.TryConsume<MappingStart>(out _))
            {
                return ReadMapping(at, depth);
            }
            faults.Add(new Fault(file, at.Start.Line, at.Start.Column, "aliases are not supported here"));
            parser.MoveNext();
            return null;
        }

        private YamlMapping ReadMapping(ParsingEvent at, int depth)
        {
            List<(YamlScalar, YamlValue)> items = [];
            HashSet<string> keys = new(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                YamlValue? key = Read(depth + 1);
                YamlValue? value = Read(depth + 1);
                if (key is not YamlScalar name)
                {
                    if (key is not null)
                    {
                        faults.Add(key, $"expected a text as key, found {key.Kind}");
                    }
                }
                else if (!keys.Add(name.Text))
                {
                    faults.Add(name, $"'{name.Text}' stands here a second time");
                }
                else if (value is not null)
                {
                    items.Add((name, value));
                }
            }
            return new YamlMapping(file, at.Start.Line, at.Start.Column, items);
        }
    }
}
