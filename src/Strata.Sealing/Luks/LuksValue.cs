using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Strata.Core;

namespace Strata.Sealing.Luks;

/// <summary>
/// A value of the JSON area of a LUKS2 header. What is not known here stays as it was read when the header is written anew.
/// </summary>
public sealed class LuksValue
{
    private const int MostValues = 8192;
    private const int MostDepth = 16;

    private readonly List<(string Name, LuksValue Value)> _members = [];

    private LuksValue(JsonTokenType kind, string text) => (Kind, Text) = (kind, text);

    /// <summary>Object, array, string, number, true, false or null.</summary>
    public JsonTokenType Kind { get; }

    /// <summary>Of a string what it says, of a number its digits; else empty.</summary>
    public string Text { get; }

    /// <summary>Members of an object by name; of an array its items, by empty names.</summary>
    public IReadOnlyList<(string Name, LuksValue Value)> Members => _members;

    /// <summary>An object, empty.</summary>
    public static LuksValue EmptyObject() => new(JsonTokenType.StartObject, "");

    /// <summary>An array of texts.</summary>
    public static LuksValue Texts(params ReadOnlySpan<string> texts)
    {
        LuksValue array = new(JsonTokenType.StartArray, "");
        foreach (string text in texts)
        {
            array._members.Add(("", Of(text)));
        }
        return array;
    }

    /// <summary>A text.</summary>
    public static LuksValue Of(string text) => new(JsonTokenType.String, text);

    /// <summary>Bytes, as base64.</summary>
    public static LuksValue Of(ReadOnlySpan<byte> bytes) => Of(Convert.ToBase64String(bytes));

    /// <summary>A number of 32 bits. Larger ones are texts in these headers (<see cref="OfLong"/>).</summary>
    public static LuksValue Of(int number) => new(JsonTokenType.Number, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number of 64 bits: a text of digits.</summary>
    public static LuksValue OfLong(long number) => Of(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The member of that name; null when there is none.</summary>
    public LuksValue? this[string name]
    {
        get
        {
            foreach ((string member, LuksValue value) in _members)
            {
                if (member == name)
                {
                    return value;
                }
            }
            return null;
        }
    }

    /// <summary>Sets a member of an object, or takes it out.</summary>
    public LuksValue Set(string name, LuksValue? value)
    {
        _members.RemoveAll(m => m.Name == name);
        if (value is not null)
        {
            _members.Add((name, value));
        }
        return this;
    }

    /// <summary>Adds an item to an array.</summary>
    public void Add(LuksValue item) => _members.Add(("", item));

    /// <summary>Takes a text out of an array.</summary>
    public void Remove(string text) => _members.RemoveAll(m => m.Value.Kind == JsonTokenType.String && m.Value.Text == text);

    /// <summary>True when an array has the text.</summary>
    public bool Has(string text) => _members.Exists(m => m.Value.Kind == JsonTokenType.String && m.Value.Text == text);

    /// <summary>The number that a member says, as digits or as a text of digits; null when it says none from 0 up.</summary>
    public long? Number(string name) =>
        this[name] is { Kind: JsonTokenType.Number or JsonTokenType.String } value
        && long.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>The text of a member; empty when it has none.</summary>
    public string Said(string name) => this[name] is { Kind: JsonTokenType.String } value ? value.Text : "";

    /// <summary>The bytes of a member that is base64; null when it is not, or when they are more than so many.</summary>
    public byte[]? Bytes(string name, int most)
    {
        string text = Said(name);
        byte[] bytes = new byte[most];
        return text.Length > 0 && Convert.TryFromBase64String(text, bytes, out int count) ? bytes[..count] : null;
    }

    /// <summary>Reads one object.</summary>
    /// <exception cref="ImageFormatException">It is no JSON, too deep, has too many values, or one name twice.</exception>
    public static LuksValue Read(ReadOnlySpan<byte> json)
    {
        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = MostDepth });
            int left = MostValues;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Fault("its JSON is no object");
            }
            LuksValue value = Read(ref reader, ref left);
            return reader.Read() ? throw Fault("something stands behind its JSON") : value;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            throw Fault("its JSON cannot be read");
        }
    }

    /// <summary>The bytes of it.</summary>
    public byte[] Write()
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            Write(json);
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static ImageFormatException Fault(string why) => new(LuksFormat.Name, LuksFormat.BinarySize, why);

    private static LuksValue Read(ref Utf8JsonReader reader, ref int left)
    {
        if (--left < 0)
        {
            throw Fault("its JSON has too many values");
        }
        LuksValue value = new(reader.TokenType, reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
            _ => "",
        });
        if (value.Kind == JsonTokenType.StartObject)
        {
            HashSet<string> names = new(StringComparer.Ordinal);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                string name = reader.GetString()!;
                if (!names.Add(name))
                {
                    throw Fault("its JSON has a name twice");
                }
                reader.Read();
                value._members.Add((name, Read(ref reader, ref left)));
            }
        }
        else if (value.Kind == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                value._members.Add(("", Read(ref reader, ref left)));
            }
        }
        return value;
    }

    private void Write(Utf8JsonWriter json)
    {
        switch (Kind)
        {
            case JsonTokenType.StartObject:
                json.WriteStartObject();
                foreach ((string name, LuksValue value) in _members)
                {
                    json.WritePropertyName(name);
                    value.Write(json);
                }
                json.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                json.WriteStartArray();
                foreach ((_, LuksValue value) in _members)
                {
                    value.Write(json);
                }
                json.WriteEndArray();
                break;
            case JsonTokenType.String:
                json.WriteStringValue(Text);
                break;
            case JsonTokenType.Number:
                json.WriteRawValue(Text);
                break;
            case JsonTokenType.True or JsonTokenType.False:
                json.WriteBooleanValue(Kind == JsonTokenType.True);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }
}
