using System.Globalization;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Updates.Applying;
using Strata.Updates.Layers;

namespace Strata.Agent.Sources;

/// <summary>
/// A published folder on a server, by way of curl: it has TLS, proxies and the authorities of the image, and this program needs none of
/// them.
/// </summary>
/// <param name="address">Of the folder, without a slash at its end.</param>
/// <param name="proxy">Address of a proxy; null for none.</param>
/// <param name="curl">Where the program is.</param>
/// <param name="slowSeconds">How long it may be slower than a kilobyte a second before it is given up, and asked again.</param>
internal sealed class WebSource(string address, string? proxy, string curl = WebSource.Curl, int slowSeconds = 30) : IUpdateSource
{
    /// <summary>Where an image has the program (capability <c>download</c>).</summary>
    public const string Curl = "/usr/bin/curl";

    private const int BufferBytes = 64 << 10;
    private const int MostRedirects = 5;
    private const int SlowBytes = 1000; // a second
    private const int ConnectSeconds = 20;

    /// <inheritdoc/>
    public string Name => address;

    /// <inheritdoc/>
    public byte[]? TryRead(string path, int most)
    {
        List<byte> content = [];
        bool isThere = Transfer(path, null, answer =>
        {
            if (answer.Length > most)
            {
                throw TooLong(path, most);
            }
        }, bytes =>
        {
            if (content.Count + bytes.Length > most)
            {
                throw TooLong(path, most);
            }
            content.AddRange(bytes);
            return true;
        });
        return isThere ? [.. content] : null;
    }

    /// <inheritdoc/>
    public void Read(string path, ByteRange range, TakeBytes take)
    {
        long left = range.Length;
        bool isThere = Transfer(path, range, answer =>
        {
            if (answer.Status == 200 && range.Offset > 0)
            {
                throw new SourceException(SourceFault.NoRanges, $"{Of(path)} comes whole only: the server gives no ranges");
            }
            if (answer.Status == 206 && answer.RangeFrom != range.Offset)
            {
                throw new SourceException(
                    SourceFault.Passing, $"cannot fetch {Of(path)}: the server sends another range than the one that was asked");
            }
        }, bytes =>
        {
            int count = (int)Math.Min(left, bytes.Length);
            left -= count;
            take(bytes[..count]);
            return left > 0; // of a server that gives more than it was asked the rest is not waited for
        });
        Finish(path, isThere, left);
    }

    /// <inheritdoc/>
    public void ReadAll(string path, long most, TakeBytes take)
    {
        long left = most;
        bool isThere = Transfer(path, null, _ => { }, bytes =>
        {
            int count = (int)Math.Min(left, bytes.Length);
            left -= count;
            take(bytes[..count]);
            return left > 0;
        });
        Finish(path, isThere, left);
    }

    private void Finish(string path, bool isThere, long left)
    {
        if (!isThere)
        {
            throw new SourceException(SourceFault.Lasting, $"cannot fetch {Of(path)}: there is no such file");
        }
        if (left > 0)
        {
            throw new SourceException(SourceFault.Passing, $"cannot fetch {Of(path)}: it ended {left} bytes too early");
        }
    }

    private delegate bool TakeMore(ReadOnlySpan<byte> bytes);

    /// <summary>Runs one transfer; false when the file is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="range">What of it; null for all.</param>
    /// <param name="look">Looks at the head of a good answer.</param>
    /// <param name="take">Gets its bytes; false when no more are wanted.</param>
    private bool Transfer(string path, ByteRange? range, Action<HttpAnswer> look, TakeMore take)
    {
        using ReadProgram program = Start(Arguments(path, range));
        byte[] buffer = new byte[BufferBytes];
        if (Head(program, path, buffer, out int filled) is not HttpAnswer answer)
        {
            throw FaultOf(path, program.Finish()); // no answer at all
        }
        if (answer.IsInterim && program.Finish() is > 0 and int code)
        {
            throw FaultOf(path, code);
        }
        if (answer.Status is 404 or 410)
        {
            return false;
        }
        if (answer.Status is not (200 or 206))
        {
            bool isPassing = answer.Status is 408 or 425 or 429 or >= 500;
            throw new SourceException(
                isPassing ? SourceFault.Passing : SourceFault.Lasting,
                string.Create(CultureInfo.InvariantCulture, $"cannot fetch {Of(path)}: the server answers with status {answer.Status}"));
        }
        if (answer.IsEncoded)
        {
            throw new SourceException(
                SourceFault.Lasting, $"cannot fetch {Of(path)}: the server sends it compressed, although nobody asked for that",
                "Switch off 'Content-Encoding' for the published folder.");
        }
        look(answer);
        bool isMore = filled == 0 || take(buffer.AsSpan(0, filled));
        while (isMore)
        {
            int count = program.Read(buffer);
            if (count == 0)
            {
                int end = program.Finish();
                return end == 0 ? true : throw FaultOf(path, end);
            }
            isMore = take(buffer.AsSpan(0, count));
        }
        return true;
    }

    /// <summary>Reads the heads of an answer, of which those of redirections come first; null when there is none.</summary>
    /// <param name="program">The program.</param>
    /// <param name="path">The file.</param>
    /// <param name="buffer">Gets what came of the content with them.</param>
    /// <param name="filled">How much that is.</param>
    private HttpAnswer? Head(ReadProgram program, string path, byte[] buffer, out int filled)
    {
        filled = 0;
        byte[] open = new byte[HttpAnswer.MostBytes];
        int length = 0;
        HttpAnswer? last = null;
        for (int heads = 0; heads <= 2 * MostRedirects + 2;)
        {
            if (HttpAnswer.EndIn(open.AsSpan(0, length)) is int end)
            {
                last = Read(open.AsSpan(0, end), path);
                heads++;
                open.AsSpan(end, length - end).CopyTo(open);
                length -= end;
                if (!last.IsInterim)
                {
                    open.AsSpan(0, length).CopyTo(buffer);
                    filled = length;
                    return last;
                }
                continue;
            }
            if (length == open.Length)
            {
                break;
            }
            int count = program.Read(open.AsSpan(length, Math.Min(open.Length - length, BufferBytes)));
            if (count == 0)
            {
                return last; // a redirection that leads nowhere, or nothing
            }
            length += count;
        }
        throw new SourceException(SourceFault.Lasting, $"cannot fetch {Of(path)}: the answer has no end of its head");
    }

    private HttpAnswer Read(ReadOnlySpan<byte> head, string path)
    {
        try
        {
            return HttpAnswer.Read(head);
        }
        catch (ImageFormatException e)
        {
            throw new SourceException(SourceFault.Passing, $"cannot fetch {Of(path)}: {e.Problem}");
        }
    }

    private ReadProgram Start(IReadOnlyList<string> arguments)
    {
        try
        {
            return ReadProgram.Start(curl, arguments);
        }
        catch (PosixException e)
        {
            throw new SourceException(
                SourceFault.Lasting, $"cannot fetch from {address}: {e.Message}", "The capability 'download' brings curl.");
        }
    }

    private List<string> Arguments(string path, ByteRange? range)
    {
        List<string> arguments =
        [
            "--silent", "--include", "--no-buffer", "--suppress-connect-headers", "--globoff", "--path-as-is",
            "--location", "--max-redirs", Text(MostRedirects), "--proto", "=http,https", "--proto-redir", "=http,https",
            "--connect-timeout", Text(ConnectSeconds), "--speed-limit", Text(SlowBytes), "--speed-time", Text(slowSeconds),
        ];
        if (range is ByteRange asked)
        {
            arguments.AddRange(["--range", string.Create(CultureInfo.InvariantCulture, $"{asked.Offset}-{asked.End - 1}")]);
        }
        if (proxy is not null)
        {
            arguments.AddRange(["--proxy", proxy]);
        }
        arguments.AddRange(["--", $"{address}/{path}"]);
        return arguments;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private string Of(string path) => $"{path} from {address}";

    private SourceException TooLong(string path, int most) =>
        new(SourceFault.Lasting, $"cannot fetch {Of(path)}: it has more than {most} bytes, which is the most that is read");

    // exit codes of curl(1)
    private SourceException FaultOf(string path, int code)
    {
        (SourceFault fault, string why) = code switch
        {
            0 => (SourceFault.Passing, "nothing came"),
            3 => (SourceFault.Lasting, "it is no address"),
            5 or 6 => (SourceFault.Passing, "its name is not known"),
            7 => (SourceFault.Passing, "nobody answers there"),
            18 => (SourceFault.Passing, "it broke off"),
            28 => (SourceFault.Passing, "it is too slow"),
            47 => (SourceFault.Lasting, "the server leads from one address to the next"),
            52 or 55 or 56 => (SourceFault.Passing, "the connection broke"),
            35 or 53 or 58 or 59 or 60 or 66 or 77 or 83 or 90 or 91 => (SourceFault.Lasting, "the server's certificate is not believed"),
            1 => (SourceFault.Lasting, "neither http nor https is spoken there"),
            >= 128 => (SourceFault.Passing, "curl was ended"),
            _ => (SourceFault.Passing, string.Create(CultureInfo.InvariantCulture, $"curl ended with {code}")),
        };
        return new SourceException(fault, $"cannot fetch {Of(path)}: {why}");
    }
}
