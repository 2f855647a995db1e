using System.Globalization;
using System.Text;

namespace Strata.Trust.Tokens;

/// <summary>Where a key is in a token: a URI of PKCS #11 (RFC 7512) with the attributes that are understood here, and no others.</summary>
public sealed record TokenUri
{
    private const string Scheme = "pkcs11:";
    private const int Longest = 1024;

    /// <summary>Path of the library that speaks to the token; absolute.</summary>
    public required string ModulePath { get; init; }

    /// <summary>Label of the token; null where any will do.</summary>
    public string? Token { get; init; }

    /// <summary>Serial number of the token; null where any will do.</summary>
    public string? Serial { get; init; }

    /// <summary>Label of the key; null where none is named.</summary>
    public string? Label { get; init; }

    /// <summary>Identifier of the key (CKA_ID), in hexadecimal digits; null where none is named.</summary>
    public string? Id { get; init; }

    /// <summary>Reads one.</summary>
    /// <param name="text">The URI.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <returns>Null for one that is not understood as a whole.</returns>
    public static TokenUri? TryParse(string text, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        problem = text.Length > Longest ? $"it has more than {Longest} characters"
            : !text.StartsWith(Scheme, StringComparison.Ordinal) ? $"it does not begin with '{Scheme}'"
            : "";
        if (problem.Length > 0)
        {
            return null;
        }
        string[] halves = text[Scheme.Length..].Split('?', 2);
        TokenUri read = new() { ModulePath = "" };
        IEnumerable<string> attributes = halves[0].Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Concat(halves.Length > 1 ? halves[1].Split('&', StringSplitOptions.RemoveEmptyEntries) : []);
        foreach (string attribute in attributes)
        {
            string[] parts = attribute.Split('=', 2);
            byte[]? value = parts.Length == 2 ? Decode(parts[1]) : null;
            TokenUri? more = value is null ? null : read.With(parts[0], value);
            if (more is null)
            {
                problem = parts[0] is "pin-value" or "pin-source"
                    ? $"it names a PIN ('{parts[0]}'), which is asked for or read from '--passphrase-file'"
                    : $"'{parts[0]}' is not understood; known are token, serial, object, id, type=private and module-path";
                return null;
            }
            read = more;
        }
        problem = Path.IsPathRooted(read.ModulePath) ? "" : "it has no 'module-path' that begins with '/'";
        return problem.Length == 0 ? read : null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        IEnumerable<string> path =
        [
            .. Token is null ? [] : (string[])["token=" + Encode(Token)],
            .. Serial is null ? [] : (string[])["serial=" + Encode(Serial)],
            .. Label is null ? [] : (string[])["object=" + Encode(Label)],
            .. Id is null ? [] : (string[])["id=" + string.Concat(Convert.FromHexString(Id).Select(b => $"%{b:X2}"))],
        ];
        return $"{Scheme}{string.Join(';', path)}?module-path={Encode(ModulePath)}";
    }

    private TokenUri? With(string name, byte[] value)
    {
        string text = Encoding.UTF8.GetString(value);
        return name switch
        {
            "token" when Token is null => this with { Token = text },
            "serial" when Serial is null => this with { Serial = text },
            "object" when Label is null => this with { Label = text },
            "id" when Id is null => this with { Id = Convert.ToHexString(value) },
            "type" when text == "private" => this,
            "module-path" when ModulePath.Length == 0 && !text.Contains('\0', StringComparison.Ordinal) => this with { ModulePath = text },
            _ => null,
        };
    }

    private static string Encode(string text) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal);

    private static byte[]? Decode(string text)
    {
        List<byte> bytes = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                if (!char.IsAscii(text[i]))
                {
                    return null;
                }
                bytes.Add((byte)text[i]);
            }
            else if (i + 2 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte escaped))
            {
                bytes.Add(escaped);
                i += 2;
            }
            else
            {
                return null;
            }
        }
        return [.. bytes];
    }
}
