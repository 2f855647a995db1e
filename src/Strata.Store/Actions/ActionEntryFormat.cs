using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Store.Actions;

/// <summary>
/// The file form of an <see cref="ActionResult"/>: text lines closed by their own digest (docs/formats/store.md, "Action entries").
/// </summary>
/// <remarks>
/// Limits: <see cref="LongestEntry"/> bytes, <see cref="ActionResult.MostOutputs"/> outputs, <see cref="ActionResult.MostNotes"/> notes.
/// </remarks>
internal static class ActionEntryFormat
{
    /// <summary>Longest file in bytes.</summary>
    public const int LongestEntry = 32 * 1024 * 1024;

    private const string Format = "action entry";
    private const string FirstLine = "strata-action-result 1";
    private static readonly int s_endLength = "end ".Length + (2 * Sha256Digest.Size) + 1;
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes an entry.</summary>
    public static byte[] Write(ActionKey key, ActionResult result)
    {
        StringBuilder text = new();
        text.Append(FirstLine).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"key {key.Digest}\n");
        text.Append(CultureInfo.InvariantCulture, $"step {key.Step} {key.StepVersion}\n");
        foreach (ActionOutput output in result.Outputs)
        {
            text.Append(CultureInfo.InvariantCulture, $"output {output.Digest} {output.Size} {output.Name}\n");
        }
        WriteNotes(text, result.Notes);
        byte[] body = s_strictUtf8.GetBytes(text.ToString());
        byte[] end = Encoding.ASCII.GetBytes($"end {Sha256Digest.Of(body)}\n");
        return [.. body, .. end];
    }

    /// <summary>Notes as lines, for the remote protocol.</summary>
    public static byte[] WriteNotes(IReadOnlyDictionary<string, string> notes)
    {
        StringBuilder text = new();
        WriteNotes(text, notes);
        return s_strictUtf8.GetBytes(text.ToString());
    }

    /// <summary>Reads what <see cref="WriteNotes(IReadOnlyDictionary{string, string})"/> wrote.</summary>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    public static SortedDictionary<string, string> ReadNotes(ReadOnlySpan<byte> bytes)
    {
        Reader reader = new(Decode(bytes));
        SortedDictionary<string, string> notes = reader.Notes();
        return reader.AtEnd ? notes : throw reader.Wrong("a line that is no note");
    }

    /// <summary>Reads an entry and checks that it belongs to that key.</summary>
    /// <param name="bytes">The whole file; longer than <see cref="LongestEntry"/> is refused.</param>
    /// <param name="key">SHA-256 of the action key it was found under.</param>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    public static ActionResult Read(ReadOnlySpan<byte> bytes, Sha256Digest key)
    {
        if (bytes.Length < s_endLength || bytes.Length > LongestEntry)
        {
            throw new ImageFormatException(Format, 0, $"has {bytes.Length} bytes, allowed {s_endLength}..{LongestEntry}");
        }
        ReadOnlySpan<byte> body = bytes[..^s_endLength];
        byte[] end = Encoding.ASCII.GetBytes($"end {Sha256Digest.Of(body)}\n");
        if (!bytes[^s_endLength..].SequenceEqual(end))
        {
            throw new ImageFormatException(Format, body.Length, "its last line is not 'end' with the SHA-256 of what precedes it");
        }
        Reader reader = new(Decode(body));
        reader.Expect(FirstLine);
        reader.Expect($"key {key}");
        reader.Step();
        List<ActionOutput> outputs = reader.Outputs();
        SortedDictionary<string, string> notes = reader.Notes();
        return reader.AtEnd ? new ActionResult(outputs, notes) : throw reader.Wrong("a line that is neither output nor note in order");
    }

    /// <summary>Reads an entry from its file.</summary>
    /// <exception cref="ImageFormatException">It breaks a rule.</exception>
    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    public static ActionResult ReadFile(string path, Sha256Digest key)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        if (file.Length > LongestEntry)
        {
            throw new ImageFormatException(Format, 0, $"has {file.Length} bytes, allowed {LongestEntry}");
        }
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return Read(bytes, key);
    }

    /// <summary>Reads an entry from its file; null when it is not there or cannot be used.</summary>
    public static ActionResult? TryReadFile(string path, Sha256Digest key)
    {
        try
        {
            return ReadFile(path, key);
        }
        catch (Exception e) when (e is ImageFormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Looks at the head of an entry whether it is of a step; the rest is not checked.</summary>
    public static bool IsOfStep(string path, string step)
    {
        try
        {
            Span<byte> head = stackalloc byte[256];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            int length = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return head[..length].IndexOf(Encoding.UTF8.GetBytes($"\nstep {step} ")) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // removed meanwhile
        }
    }

    private static void WriteNotes(StringBuilder text, IReadOnlyDictionary<string, string> notes)
    {
        foreach ((string name, string value) in notes)
        {
            // Escaped so that a value is one line whatever is in it.
            string escaped = value.Replace("%", "%25", StringComparison.Ordinal)
                .Replace("\n", "%0A", StringComparison.Ordinal)
                .Replace("\r", "%0D", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"note {name} {escaped}\n");
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new ImageFormatException(Format, 0, "is not UTF-8", e);
        }
    }

    private ref struct Reader(string text)
    {
        private ReadOnlySpan<char> _rest = text;
        private int _line;

        public readonly bool AtEnd => _rest.IsEmpty;

        public void Expect(string line)
        {
            if (!TryTake("", out ReadOnlySpan<char> got) || !got.SequenceEqual(line))
            {
                throw Wrong($"expected '{line}'");
            }
        }

        public void Step()
        {
            if (!TryTake("step ", out ReadOnlySpan<char> step)
                || step.IndexOf(' ') is not (>= 0 and var space)
                || !ActionNames.IsStep(step[..space])
                || !TryNumber(step[(space + 1)..], out _))
            {
                throw Wrong("expected 'step <name> <version>'");
            }
        }

        public List<ActionOutput> Outputs()
        {
            const int NameAt = 2 * Sha256Digest.Size;
            List<ActionOutput> outputs = [];
            while (TryTake("output ", out ReadOnlySpan<char> line))
            {
                int space = line.Length > NameAt + 1 && line[NameAt] == ' ' ? line[(NameAt + 1)..].IndexOf(' ') : -1;
                if (space < 0
                    || !Sha256Digest.TryParse(line[..NameAt], out Sha256Digest digest)
                    || !TryNumber(line.Slice(NameAt + 1, space), out long size)
                    || !ActionNames.IsName(line[(NameAt + space + 2)..]))
                {
                    throw Wrong("expected 'output <SHA-256> <size> <name>'");
                }
                string name = line[(NameAt + space + 2)..].ToString();
                if (outputs.Count == ActionResult.MostOutputs || (outputs.Count > 0 && string.CompareOrdinal(outputs[^1].Name, name) >= 0))
                {
                    throw Wrong($"output '{name}' is not in order or one of more than {ActionResult.MostOutputs}");
                }
                outputs.Add(new ActionOutput(name, digest, size));
            }
            return outputs;
        }

        public SortedDictionary<string, string> Notes()
        {
            SortedDictionary<string, string> notes = new(StringComparer.Ordinal);
            string last = "";
            while (TryTake("note ", out ReadOnlySpan<char> line))
            {
                int space = line.IndexOf(' ');
                if (space < 0 || !ActionNames.IsName(line[..space]) || !TryUnescape(line[(space + 1)..], out string value))
                {
                    throw Wrong("expected 'note <name> <value>'");
                }
                string name = line[..space].ToString();
                if (notes.Count == ActionResult.MostNotes
                    || string.CompareOrdinal(last, name) >= 0
                    || value.Length > ActionResult.LongestNote)
                {
                    throw Wrong($"note '{name}' is not in order, too long or one of more than {ActionResult.MostNotes}");
                }
                notes.Add(name, value);
                last = name;
            }
            return notes;
        }

        public readonly ImageFormatException Wrong(string problem) => new(Format, text.Length - _rest.Length, $"line {_line}: {problem}");

        private static bool TryNumber(ReadOnlySpan<char> digits, out long number) =>
            long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && (digits.Length == 1 || digits[0] != '0'); // one spelling for one number

        private static bool TryUnescape(ReadOnlySpan<char> escaped, out string value)
        {
            value = escaped.ToString();
            for (int at = escaped.IndexOf('%'); at >= 0;)
            {
                if (escaped[at..] is not (['%', '2', '5', ..] or ['%', '0', 'A', ..] or ['%', '0', 'D', ..]))
                {
                    return false;
                }
                int next = escaped[(at + 3)..].IndexOf('%');
                at = next < 0 ? -1 : at + 3 + next;
            }
            value = value.Replace("%0D", "\r", StringComparison.Ordinal)
                .Replace("%0A", "\n", StringComparison.Ordinal)
                .Replace("%25", "%", StringComparison.Ordinal); // last, or its percent sign would be taken for a new escape
            return !escaped.Contains('\r');
        }

        /// <summary>Takes the next line when it starts so; a line ends with a line feed.</summary>
        private bool TryTake(string prefix, out ReadOnlySpan<char> line)
        {
            line = default;
            int end = _rest.IndexOf('\n');
            if (end < 0 || !_rest.StartsWith(prefix, StringComparison.Ordinal))
            {
                return false;
            }
            line = _rest[prefix.Length..end];
            _rest = _rest[(end + 1)..];
            _line++;
            return true;
        }
    }
}
