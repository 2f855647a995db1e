using System.Text;
using Strata.Core;

namespace Strata.Editions.Readmes;

/// <summary>Reads the files of a README that <see cref="EditionReadme"/> wrote and somebody may have changed.</summary>
/// <remarks>
/// A heading <c>### `PATH`</c> is a file, the next fenced block its content; all other text is for people. Limits: those of
/// <see cref="ReadmeFile"/>. What is told of a mistake: <c>NAME:LINE: what, expected what</c>.
/// </remarks>
public sealed class ReadmeReader
{
    private const string ShippedHeading = "## What strata brings";
    private const int MostText = 2 * ReadmeFile.MostOfAll;
    private const int LongestPath = 500;

    private readonly string _name;
    private readonly string[] _lines;
    private readonly List<ReadmeFile> _files = [];
    private readonly List<(string Path, string Digest)> _shipped = [];
    private readonly List<string> _problems = [];
    private long _bytes;
    private int _next;

    private ReadmeReader(string name, string text)
        => (_name, _lines) = (name, text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n'));

    /// <summary>The files, in the order of the README.</summary>
    public IReadOnlyList<ReadmeFile> Files => _files;

    /// <summary>What it leaves to strata: paths below strata's folder and their SHA-256.</summary>
    public IReadOnlyList<(string Path, string Digest)> Shipped => _shipped;

    /// <summary>Reads a README.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <exception cref="StrataException">
    /// It has no file, or one that cannot be understood; every mistake is told, with its line.
    /// </exception>
    public static ReadmeReader Read(string name, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MostText)
        {
            throw new StrataException($"cannot read {name}: it has more than {new ByteSize(MostText)}");
        }
        ReadmeReader reader = new(name, text);
        reader.ReadAll();
        if (reader._problems.Count == 0 && !reader._files.Exists(f => Path.GetFileName(f.Path) == "edition.yaml"))
        {
            reader.Problem(reader._lines.Length,
                "no file edition.yaml; expected a heading '### `edition.yaml`' and a block under it, as 'strata docs' writes them");
        }
        return reader._problems.Count == 0
            ? reader
            : throw new StrataException(
                $"cannot turn {name} back into a blueprint:\n  {string.Join("\n  ", reader._problems)}",
                "A file is a heading '### `PATH`' and the fenced block under it; 'strata docs NAME' writes such a README.");
    }

    private void ReadAll()
    {
        bool isShipped = false;
        while (_next < _lines.Length && _problems.Count < 20)
        {
            string line = _lines[_next++];
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                isShipped = line.TrimEnd() == ShippedHeading;
            }
            else if (line.StartsWith(ReadmeBlock.Heading, StringComparison.Ordinal))
            {
                ReadFile(line, _next);
            }
            else if (Fence(line) is (string fence, _))
            {
                Block(fence, _next); // somebody's own example, no file
            }
            else if (isShipped && line.Split('`') is [_, { Length: > 0 } path, _, { Length: 64 } digest, _])
            {
                _shipped.Add((path, digest));
            }
        }
    }

    private void ReadFile(string heading, int line)
    {
        string rest = heading[ReadmeBlock.Heading.Length..].TrimEnd();
        bool isProgram = rest.EndsWith(ReadmeBlock.Program, StringComparison.Ordinal);
        rest = isProgram ? rest[..^ReadmeBlock.Program.Length] : rest;
        if (!rest.EndsWith(ReadmeBlock.EndOfHeading))
        {
            Problem(line, "a heading of a file that goes on after its path; expected '### `PATH`', or '### `PATH` (program)'");
            return;
        }
        string path = rest[..^1];
        if (FaultOf(path) is string fault)
        {
            Problem(line, fault);
        }
        while (_next < _lines.Length && _lines[_next].Trim().Length == 0)
        {
            _next++;
        }
        if (_next == _lines.Length || Fence(_lines[_next]) is not (string fence, string kind))
        {
            Problem(line, $"file '{path}' has no content; expected a block between lines of ``` under its heading");
            return;
        }
        int begin = ++_next;
        if (Block(fence, begin) is not string content)
        {
            return;
        }
        if (ContentOf(kind, content, begin) is byte[] bytes)
        {
            _bytes += bytes.Length;
            if (bytes.Length > ReadmeFile.MostBytes || _bytes > ReadmeFile.MostOfAll || _files.Count == ReadmeFile.MostFiles)
            {
                Problem(begin, $"too much: expected at most {ReadmeFile.MostFiles} files of {new ByteSize(ReadmeFile.MostBytes)} each");
                return;
            }
            _files.Add(new ReadmeFile(path, bytes, isProgram) { Line = begin + 1 });
        }
    }

    private string? FaultOf(string path)
    {
        string[] parts = path.Split('/');
        return path.Length is 0 or > LongestPath || path.Any(char.IsControl) || parts.Any(p => p.Length is 0 or > 255 || p is "." or "..")
                ? $"'{path}' is no path of a file; expected names separated by '/', below the folder that is made"
            : _files.Exists(f => f.Path == path) ? $"file '{path}' a second time; expected each once"
            : _files.Exists(f => f.Path.StartsWith(path + "/", StringComparison.Ordinal)
                || path.StartsWith(f.Path + "/", StringComparison.Ordinal))
                ? $"'{path}' is a file here and a folder elsewhere"
            : null;
    }

    private byte[]? ContentOf(string kind, string content, int begin)
    {
        if (kind != ReadmeBlock.Base64)
        {
            return Encoding.UTF8.GetBytes(content);
        }
        try
        {
            return Convert.FromBase64String(content);
        }
        catch (FormatException)
        {
            Problem(begin, "the block is no base64 (RFC 4648)");
            return null;
        }
    }

    /// <summary>What stands up to the fence that ends a block; null when none does.</summary>
    private string? Block(string fence, int line)
    {
        StringBuilder content = new();
        while (_next < _lines.Length)
        {
            string next = _lines[_next++];
            string trimmed = next.TrimEnd();
            if (trimmed.Length >= fence.Length && trimmed.All(c => c == fence[0]))
            {
                return content.ToString();
            }
            content.Append(next).Append('\n');
        }
        Problem(line, $"the block does not end; expected a line of {fence}");
        return null;
    }

    // CommonMark §4.5: at least three of one character, then the kind
    private static (string Fence, string Kind)? Fence(string line)
    {
        int length = line.TakeWhile(c => c == '`').Count();
        string kind = line[length..].Trim();
        return length >= 3 && !kind.Contains('`', StringComparison.Ordinal) ? (line[..length], kind) : null;
    }

    private void Problem(int line, string text) => _problems.Add(
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_name}:{line}: {text}"));
}
