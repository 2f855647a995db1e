using System.Buffers;
using System.Text.Json;
using Strata.Core;

namespace Strata.Updates.Json;

/// <summary>Reads JSON whose members stand in one fixed order, so that unknown, missing and repeated members are the same mistake.</summary>
/// <remarks>Nothing but <see cref="ImageFormatException"/> leaves. Positions are bytes from the start of the text.</remarks>
internal ref struct CanonicalCursor
{
    private readonly string _format;
    private Utf8JsonReader _reader;

    /// <summary>Stands before the first token.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="format">What it is, for messages: <c>release</c>.</param>
    public CanonicalCursor(ReadOnlySpan<byte> text, string format)
    {
        _format = format;
        _reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 8 });
    }

    /// <summary>Reads <c>{</c>.</summary>
    public void StartObject() => Expect(JsonTokenType.StartObject, "an object");

    /// <summary>Reads <c>}</c>: no further member.</summary>
    public void EndObject()
    {
        Next();
        if (_reader.TokenType == JsonTokenType.PropertyName)
        {
            throw Fault($"unexpected member '{Printable(_reader.ValueSpan)}'");
        }
        Require(JsonTokenType.EndObject, "the end of the object");
    }

    /// <summary>Reads the name of the next member and the <c>[</c> of its value.</summary>
    public void StartArray(string member)
    {
        Member(member);
        Expect(JsonTokenType.StartArray, $"a list as {member}");
    }

    /// <summary>Reads <c>{</c> of the next element, or the end of the list.</summary>
    public bool NextObject()
    {
        Next();
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }
        Require(JsonTokenType.StartObject, "an object or the end of the list");
        return true;
    }

    /// <summary>Reads the name of the next member, then the <c>{</c> of its value.</summary>
    public void StartObject(string member)
    {
        Member(member);
        StartObject();
    }

    /// <summary>Reads a member that is a list of texts.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="most">How many there may be.</param>
    public IReadOnlyList<string> Texts(string member, int most)
    {
        StartArray(member);
        List<string> texts = [];
        while (true)
        {
            Next();
            if (_reader.TokenType == JsonTokenType.EndArray)
            {
                return texts;
            }
            Require(JsonTokenType.String, $"a text in {member}");
            if (texts.Count == most)
            {
                throw Fault($"{member} has more than {most} elements");
            }
            texts.Add(Value());
        }
    }

    /// <summary>Reads a member that is a text.</summary>
    public string Text(string member)
    {
        Member(member);
        Expect(JsonTokenType.String, $"a text as {member}");
        return Value();
    }

    /// <summary>Reads a member that is a SHA-256 digest.</summary>
    public Sha256Digest Digest(string member)
    {
        string text = Text(member);
        return Sha256Digest.TryParse(text, out Sha256Digest digest)
            ? digest
            : throw Fault($"{member} is no SHA-256 digest of 64 lower-case hex digits");
    }

    /// <summary>Reads a member that is a whole number, 0 or more.</summary>
    public long Number(string member)
    {
        Member(member);
        Expect(JsonTokenType.Number, $"a number as {member}");
        return _reader.TryGetInt64(out long value) && value >= 0
            ? value
            : throw Fault($"{member} is {Printable(_reader.ValueSpan)}, expected a whole number from 0 to {long.MaxValue}");
    }

    /// <summary>Reads a member that is <c>true</c> or <c>false</c>.</summary>
    public bool Flag(string member)
    {
        Member(member);
        Next();
        return _reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Fault($"expected true or false as {member}"),
        };
    }

    /// <summary>Nothing but white space follows.</summary>
    public void End()
    {
        try
        {
            if (_reader.Read())
            {
                throw Fault("something follows the object");
            }
        }
        catch (JsonException e)
        {
            throw Fault(e.Message.Split(" LineNumber:", 2)[0], e);
        }
    }

    /// <summary>A mistake at the current position.</summary>
    public readonly ImageFormatException Fault(string problem, Exception? cause = null) => new(_format, _reader.TokenStartIndex, problem, cause);

    private void Member(string name)
    {
        Next();
        if (_reader.TokenType != JsonTokenType.PropertyName)
        {
            throw Fault($"member '{name}' is missing");
        }
        if (_reader.ValueIsEscaped || !_reader.ValueTextEquals(name))
        {
            throw Fault($"expected member '{name}' here, found '{Printable(_reader.ValueSpan)}'");
        }
    }

    private void Expect(JsonTokenType type, string what)
    {
        Next();
        Require(type, what);
    }

    private readonly void Require(JsonTokenType type, string what)
    {
        if (_reader.TokenType != type)
        {
            throw Fault($"expected {what}, found {_reader.TokenType}");
        }
    }

    private void Next()
    {
        bool more;
        try
        {
            more = _reader.Read();
        }
        catch (JsonException e)
        {
            throw Fault(e.Message.Split(" LineNumber:", 2)[0], e);
        }
        if (!more)
        {
            throw Fault("the text ends too early");
        }
    }

    private readonly string Value()
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException e) // half a surrogate pair, or bytes that are no UTF-8
        {
            throw Fault("a text is no Unicode", e);
        }
    }

    private static readonly SearchValues<byte> s_printable = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x5F).Select(c => (byte)c)]);

    private static string Printable(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, 40)];
        return text.ContainsAnyExcept(s_printable) ? Convert.ToHexStringLower(text) : System.Text.Encoding.ASCII.GetString(text);
    }
}
