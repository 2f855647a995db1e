using System.Globalization;
using System.Text;
using System.Text.Json;
using Strata.Core;

namespace Strata.Tuf.Json;

/// <summary>
/// Reads the members of one object of metadata. Members that nobody asks for are let through: they are signed as well, and a later
/// version of the specification may know them (§4.1).
/// </summary>
/// <param name="value">The object.</param>
/// <param name="place">Where it stands, for messages: <c>signed.roles</c>.</param>
internal readonly struct MetadataReader(JsonElement value, string place)
{
    /// <summary>What messages call it.</summary>
    public const string Format = "metadata";

    private const int Deepest = 16;

    /// <summary>Refuses what cannot be written as UTF-8.</summary>
    public static UTF8Encoding StrictUtf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a whole text. A member that stands there twice is refused: two readers may take two different ones.</summary>
    /// <exception cref="ImageFormatException">It is no JSON object, or too deep.</exception>
    public static MetadataReader Open(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                text, new JsonDocumentOptions { MaxDepth = Deepest, AllowDuplicateProperties = false });
            return Of(document.RootElement.Clone(), "the text");
        }
        catch (JsonException e)
        {
            throw new ImageFormatException(Format, e.BytePositionInLine ?? 0, e.Message.Split(" LineNumber:", 2)[0], e);
        }
        catch (InvalidOperationException e) // names are compared, and one has half of a surrogate pair
        {
            throw new ImageFormatException(Format, 0, "the name of a member is no Unicode", e);
        }
    }

    /// <summary>The object itself.</summary>
    public JsonElement Element => value;

    /// <summary>A member that must be there, an object.</summary>
    public MetadataReader Object(string name) => Of(Member(name, JsonValueKind.Object), PlaceOf(name));

    /// <summary>A member that may be there, an object.</summary>
    public MetadataReader? TryObject(string name) => value.TryGetProperty(name, out _) ? Object(name) : null;

    /// <summary>The members of the object, each of them an object.</summary>
    /// <param name="most">How many there may be.</param>
    public IEnumerable<(string Name, MetadataReader Value)> Objects(int most)
    {
        if (value.GetPropertyCount() > most)
        {
            throw Fault($"{place} has {value.GetPropertyCount()} members, allowed are {most}");
        }
        foreach (JsonProperty member in value.EnumerateObject())
        {
            yield return (NameOf(member), Of(member.Value, PlaceOf(NameOf(member))));
        }
    }

    /// <summary>A list of objects.</summary>
    /// <param name="name">The member.</param>
    /// <param name="most">How many there may be.</param>
    public IEnumerable<MetadataReader> List(string name, int most)
    {
        string inside = PlaceOf(name);
        foreach (JsonElement element in Elements(name, most))
        {
            yield return Of(element, inside);
        }
    }

    /// <summary>A list of texts.</summary>
    /// <param name="name">The member.</param>
    /// <param name="most">How many there may be.</param>
    public IReadOnlyList<string> Texts(string name, int most)
    {
        List<string> texts = [];
        foreach (JsonElement element in Elements(name, most))
        {
            texts.Add(TextOf(element, PlaceOf(name)));
        }
        return texts;
    }

    /// <summary>Whether a member is there.</summary>
    public bool Has(string name) => value.TryGetProperty(name, out _);

    /// <summary>A text.</summary>
    public string Text(string name) => TextOf(Member(name, JsonValueKind.String), PlaceOf(name));

    /// <summary>The texts of an object whose members are texts.</summary>
    /// <param name="most">How many there may be.</param>
    public IReadOnlyDictionary<string, string> AllTexts(int most)
    {
        if (value.GetPropertyCount() > most)
        {
            throw Fault($"{place} has {value.GetPropertyCount()} members, allowed are {most}");
        }
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        foreach (JsonProperty member in value.EnumerateObject())
        {
            texts.Add(NameOf(member), TextOf(member.Value, PlaceOf(NameOf(member))));
        }
        return texts;
    }

    /// <summary>A whole number.</summary>
    /// <param name="name">The member.</param>
    /// <param name="least">The smallest that is allowed.</param>
    /// <param name="most">The largest.</param>
    public long Number(string name, long least, long most) =>
        Member(name, JsonValueKind.Number).TryGetInt64(out long number) && number >= least && number <= most ? number
            : throw Fault(string.Create(
                CultureInfo.InvariantCulture, $"{PlaceOf(name)} is {Shown(name)}, expected a whole number from {least} to {most}"));

    /// <summary><c>true</c> or <c>false</c>; what is said when the member is not there.</summary>
    public bool Flag(string name, bool otherwise) =>
        !value.TryGetProperty(name, out JsonElement member) ? otherwise : member.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Fault($"{PlaceOf(name)} is {Shown(name)}, expected true or false"),
        };

    /// <summary>A time in UTC, <c>2030-01-01T00:00:00Z</c> (§4.2.2).</summary>
    public DateTimeOffset Time(string name)
    {
        string text = Text(name);
        return DateTimeOffset.TryParseExact(
            text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time
            : throw Fault($"{PlaceOf(name)} is {Shown(name)}, expected a time as 2030-01-01T00:00:00Z");
    }

    /// <summary>What breaks a rule of the metadata.</summary>
    public static ImageFormatException Fault(string problem) => new(Format, 0, problem);

    private IEnumerable<JsonElement> Elements(string name, int most)
    {
        JsonElement list = Member(name, JsonValueKind.Array);
        return list.GetArrayLength() <= most ? list.EnumerateArray()
            : throw Fault($"{PlaceOf(name)} has {list.GetArrayLength()} elements, allowed are {most}");
    }

    private static MetadataReader Of(JsonElement element, string place) =>
        element.ValueKind == JsonValueKind.Object ? new MetadataReader(element, place) : throw Fault($"{place} is no object");

    private JsonElement Member(string name, JsonValueKind kind) =>
        !value.TryGetProperty(name, out JsonElement member) ? throw Fault($"{PlaceOf(name)} is missing")
            : member.ValueKind == kind ? member : throw Fault($"{PlaceOf(name)} is {Shown(name)}, expected {KindText(kind)}");

    private static string KindText(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        _ => "a number",
    };

    private static string TextOf(JsonElement element, string place)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Fault($"{place} has something that is no text");
        }
        catch (InvalidOperationException e)
        {
            throw new ImageFormatException(Format, 0, $"{place} is no Unicode", e);
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new ImageFormatException(Format, 0, "the name of a member is no Unicode", e);
        }
    }

    private string PlaceOf(string name) => place == "the text" ? Printable(name) : $"{place}.{Printable(name)}";

    private string Shown(string name) => Printable(value.GetProperty(name).GetRawText());

    /// <summary>What is shown of a text that somebody else wrote.</summary>
    public static string Printable(string text)
    {
        const int Most = 60;
        string cut = text.Length > Most ? text[..Most] + "…" : text;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
    }
}
