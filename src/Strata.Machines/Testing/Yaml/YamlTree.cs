using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Strata.Machines.Testing.Yaml;

/// <summary>Reads the part of YAML 1.2 that declarations need: one document of mappings, lists and texts.</summary>
/// <remarks>
/// Not supported, and refused: anchors and aliases, tags, several documents, keys that are no text. Limits: 256 Ki characters, depth
/// 16.
/// </remarks>
internal sealed class YamlTree
{
    public const int MaximumCharacters = 256 * 1024;
    public const int MaximumDepth = 16;

    private readonly Parser _parser;

    private YamlTree(TextReader text) => _parser = new Parser(text);

    /// <summary>The document's value, or null with one more fault.</summary>
    public static YamlNode? Parse(string text, YamlFaults faults)
    {
        if (text.Length > MaximumCharacters)
        {
            faults.Add(new YamlPlace(1, 1), $"the file has {text.Length} characters, allowed {MaximumCharacters}");
            return null;
        }
        using StringReader reader = new(text);
        YamlTree tree = new(reader);
        try
        {
            return tree.ReadDocument();
        }
        catch (RefusedException e)
        {
            faults.Add(e.Place, e.Message);
        }
        catch (YamlException e)
        {
            faults.Add(new YamlPlace(Math.Max(1, e.Start.Line), Math.Max(1, e.Start.Column)), NoYaml(e));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidOperationException)
        {
            // The scanner lets these out for some broken escapes.
            faults.Add(tree._parser.Current is { } last ? PlaceOf(last) : new YamlPlace(1, 1), NoYaml(e));
        }
        return null;
    }

    private static string NoYaml(Exception e) => $"this is no YAML: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}";

    private static YamlPlace PlaceOf(ParsingEvent found) => new(found.Start.Line, found.Start.Column);

    private YamlNode ReadDocument()
    {
        Next(); // start of the stream
        ParsingEvent start = Next();
        if (start is StreamEnd)
        {
            throw new RefusedException(new YamlPlace(1, 1), "the file is empty");
        }
        YamlNode root = Read(Next(), depth: 1);
        Next(); // end of the document
        ParsingEvent end = Next();
        return end is StreamEnd ? root : throw new RefusedException(PlaceOf(end), "a second document starts here, allowed is one");
    }

    private ParsingEvent Next()
    {
        ParsingEvent found;
        do
        {
            found = _parser.MoveNext() ? _parser.Current! : throw new RefusedException(new YamlPlace(1, 1), "the file ends too early");
        }
        while (found is Comment);
        return found;
    }

    private YamlNode Read(ParsingEvent found, int depth)
    {
        YamlPlace place = PlaceOf(found);
        if (depth > MaximumDepth)
        {
            throw new RefusedException(place, $"values are nested deeper than {MaximumDepth}");
        }
        if (found is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
        {
            throw new RefusedException(place, "anchors and aliases are not allowed; write the value out");
        }
        if (found is NodeEvent { Tag.IsEmpty: false })
        {
            throw new RefusedException(place, "tags are not allowed");
        }
        switch (found)
        {
            case Scalar scalar:
                return new YamlScalar(place, scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart:
                List<YamlNode> items = [];
                for (ParsingEvent item = Next(); item is not SequenceEnd; item = Next())
                {
                    items.Add(Read(item, depth + 1));
                }
                return new YamlList(place, items);
            case MappingStart:
                List<(YamlScalar, YamlNode)> entries = [];
                for (ParsingEvent key = Next(); key is not MappingEnd; key = Next())
                {
                    YamlNode name = Read(key, depth + 1);
                    entries.Add(name is YamlScalar text
                        ? (text, Read(Next(), depth + 1))
                        : throw new RefusedException(name.Place, $"a key is {name.Kind}, expected a text"));
                }
                return new YamlMap(place, entries);
            default:
                throw new RefusedException(place, "a value was expected here");
        }
    }

    private sealed class RefusedException(YamlPlace place, string message) : Exception(message)
    {
        public YamlPlace Place { get; } = place;
    }
}
