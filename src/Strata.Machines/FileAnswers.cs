using System.Globalization;
using System.Text;

namespace Strata.Machines;

/// <summary>Answers one request for a file by HTTP/1.1 (RFC 9112) and has no more to say. What is no such request is refused.</summary>
internal static class FileAnswers
{
    private static readonly ServedFile s_nothing = new("");
    private const int MostRequestBytes = 8192;
    private static readonly TimeSpan s_requestDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Reads the request and sends the file; whoever has the connection closes it.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="files">Files by the name after the slash.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The other side hung up, or the file does not open.</exception>
    public static async Task AnswerAsync(Stream stream, IReadOnlyDictionary<string, ServedFile> files, CancellationToken cancellationToken)
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
        Stream stream, string request, IReadOnlyDictionary<string, ServedFile> files, CancellationToken cancellationToken)
    {
        string[] words = request.Split(' ');
        if (words.Length != 3 || words[0] is not ("GET" or "HEAD"))
        {
            await HeadAsync("405 Method Not Allowed", 0, s_nothing);
        }
        else if (!words[1].StartsWith('/') || !files.TryGetValue(words[1][1..].Split('?')[0], out ServedFile? served))
        {
            await HeadAsync("404 Not Found", 0, s_nothing);
        }
        else
        {
            await using FileStream file = new(served.Path, FileMode.Open, FileAccess.Read, FileShare.Read);
            file.Position = served.Offset;
            long length = served.Length ?? file.Length - served.Offset;
            await HeadAsync("200 OK", length, served);
            if (words[0] == "GET")
            {
                await CopyAsync(file, stream, length, cancellationToken);
            }
        }

        async Task HeadAsync(string status, long length, ServedFile served) => await stream.WriteAsync(
            Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {status}\r\nContent-Type: {served.ContentType}\r\nContent-Length: {length}\r\n"
                + $"{string.Concat(served.Headers.Select(h => h + "\r\n"))}Connection: close\r\n\r\n")),
            cancellationToken);
    }

    /// <summary>So many bytes and no more: behind a part of a file comes another.</summary>
    private static async Task CopyAsync(FileStream from, Stream to, long length, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        for (long left = length; left > 0;)
        {
            int count = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
            if (count == 0)
            {
                throw new IOException($"{from.Name} became shorter while it was served");
            }
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            left -= count;
        }
    }
}
