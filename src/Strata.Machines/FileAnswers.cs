using System.Globalization;
using System.Text;

namespace Strata.Machines;

/// <summary>Answers one request for a file by HTTP/1.1 (RFC 9112) and has no more to say. What is no such request is refused.</summary>
internal static class FileAnswers
{
    private const int MostRequestBytes = 8192;
    private static readonly TimeSpan s_requestDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Reads the request and sends the file; whoever has the connection closes it.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="files">Paths of files by the name after the slash.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The other side hung up, or the file does not open.</exception>
    public static async Task AnswerAsync(Stream stream, IReadOnlyDictionary<string, string> files, CancellationToken cancellationToken)
    {
        if (await ReadRequestAsync(stream, cancellationToken) is string line)
        {
            await ReplyAsync(stream, line, files, cancellationToken);
        }
    }

    /// <summary>The first line of a request; null when it is none, too long or too late.</summary>
    private static async Task<string?> ReadRequestAsync(Stream stream, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_requestDeadline);
        byte[] buffer = new byte[MostRequestBytes];
        int filled = 0;
        for (int read; filled < buffer.Length && (read = await stream.ReadAsync(buffer.AsMemory(filled), limit.Token)) > 0;)
        {
            filled += read;
            if (buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8) >= 0)
            {
                return Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan(0, filled).IndexOf("\r\n"u8));
            }
        }
        return null;
    }

    private static async Task ReplyAsync(
        Stream stream, string request, IReadOnlyDictionary<string, string> files, CancellationToken cancellationToken)
    {
        string[] words = request.Split(' ');
        if (words.Length != 3 || words[0] is not ("GET" or "HEAD"))
        {
            await HeadAsync("405 Method Not Allowed", 0);
        }
        else if (!words[1].StartsWith('/') || !files.TryGetValue(words[1][1..].Split('?')[0], out string? path))
        {
            await HeadAsync("404 Not Found", 0);
        }
        else
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            await HeadAsync("200 OK", file.Length);
            if (words[0] == "GET")
            {
                await file.CopyToAsync(stream, cancellationToken);
            }
        }

        async Task HeadAsync(string status, long length) => await stream.WriteAsync(
            Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {status}\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")),
            cancellationToken);
    }
}
