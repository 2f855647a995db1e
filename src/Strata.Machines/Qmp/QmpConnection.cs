using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Strata.Core;

namespace Strata.Machines.Qmp;

/// <summary>
/// One connection of the QEMU Machine Protocol (docs/interop/qmp-spec.rst of QEMU): JSON objects, one per line, over a stream.
/// </summary>
/// <remarks>
/// Not supported: out-of-band execution, file descriptors in messages, messages above <see cref="MaximumMessage"/> bytes.
/// </remarks>
internal sealed class QmpConnection : IAsyncDisposable
{
    /// <summary>Longest message accepted, in bytes.</summary>
    public const int MaximumMessage = 1 << 20;

    private readonly Stream _stream;
    private readonly Action<QmpEvent> _onEvent;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource<JsonElement>? _answer;
    private Exception? _end;
    private Task _reading = Task.CompletedTask;

    private QmpConnection(Stream stream, Action<QmpEvent> onEvent)
    {
        _stream = stream;
        _onEvent = onEvent;
    }

    /// <summary>Completes when the other side has closed; every event was reported then.</summary>
    public Task Closed => _reading;

    /// <summary>Reads the greeting and leaves capabilities negotiation mode (§ "Capabilities Negotiation").</summary>
    /// <param name="stream">Owned by the connection from now on.</param>
    /// <param name="onEvent">Called for each event, on the reading task, in order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The other side does not speak the protocol.</exception>
    /// <exception cref="IOException">It has closed the connection.</exception>
    public static async Task<QmpConnection> OpenAsync(Stream stream, Action<QmpEvent> onEvent, CancellationToken cancellationToken)
    {
        QmpConnection connection = new(stream, onEvent);
        try
        {
            TaskCompletionSource<JsonElement> greeting = connection.Expect();
            connection._reading = connection.ReadAllAsync();
            await greeting.Task.WaitAsync(cancellationToken);
            await connection.ExecuteAsync("qmp_capabilities", cancellationToken: cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command and returns its <c>return</c> member.</summary>
    /// <param name="command">Name of the command.</param>
    /// <param name="arguments">Its string arguments, or null.</param>
    /// <param name="cancellationToken">Stops waiting; the connection is useless afterwards.</param>
    /// <exception cref="StrataException">QEMU refused it or is gone.</exception>
    public async Task<JsonElement> ExecuteAsync(
        string command, IReadOnlyDictionary<string, string>? arguments = null, CancellationToken cancellationToken = default)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            TaskCompletionSource<JsonElement> answer = Expect();
            await _stream.WriteAsync(Encode(command, arguments), cancellationToken);
            JsonElement message = await answer.Task.WaitAsync(cancellationToken);
            if (message.TryGetProperty("return", out JsonElement result))
            {
                return result;
            }
            string why = message.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("desc", out JsonElement description) && description.ValueKind == JsonValueKind.String
                ? description.GetString()!
                : "the answer has neither 'return' nor 'error'";
            throw new StrataException($"cannot run the QEMU command {command}: {why}");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new StrataException($"cannot run the QEMU command {command}: QEMU has gone", innerException: e);
        }
        finally
        {
            lock (_lock)
            {
                _answer = null;
            }
            _oneAtATime.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _stream.DisposeAsync();
        await _reading;
        _stop.Dispose();
        _oneAtATime.Dispose();
    }

    private static byte[] Encode(string command, IReadOnlyDictionary<string, string>? arguments)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("execute", command);
            if (arguments is not null)
            {
                json.WriteStartObject("arguments");
                foreach ((string name, string value) in arguments.OrderBy(a => a.Key, StringComparer.Ordinal))
                {
                    json.WriteString(name, value);
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private TaskCompletionSource<JsonElement> Expect()
    {
        TaskCompletionSource<JsonElement> expected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_end is not null)
            {
                expected.SetException(_end);
            }
            _answer = expected;
        }
        return expected;
    }

    private async Task ReadAllAsync()
    {
        Exception end = new IOException("the connection was closed");
        PipeReader reader = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(_stop.Token);
                ReadOnlySequence<byte> rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } lineEnd)
                {
                    Dispatch(rest.Slice(0, lineEnd));
                    rest = rest.Slice(rest.GetPosition(1, lineEnd));
                }
                if (rest.Length > MaximumMessage)
                {
                    throw new StrataException($"cannot talk to QEMU: a message is longer than {MaximumMessage} bytes");
                }
                reader.AdvanceTo(rest.Start, rest.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException or StrataException)
        {
            end = e is StrataException ? e : end;
        }
        finally
        {
            await reader.CompleteAsync();
        }
        lock (_lock)
        {
            _end = end;
            _answer?.TrySetException(end);
        }
    }

    private void Dispatch(ReadOnlySequence<byte> line)
    {
        JsonElement message;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            message = document.RootElement.Clone();
            DecodeTexts(message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new StrataException($"cannot talk to QEMU: a message is no JSON ({e.Message})", innerException: e);
        }
        if (message.ValueKind != JsonValueKind.Object)
        {
            throw new StrataException($"cannot talk to QEMU: a message is a JSON {message.ValueKind}, expected an object");
        }
        if (message.TryGetProperty("event", out JsonElement name) && name.ValueKind == JsonValueKind.String)
        {
            message.TryGetProperty("data", out JsonElement data);
            _onEvent(new QmpEvent(name.GetString()!, data));
            return;
        }
        lock (_lock)
        {
            _answer?.TrySetResult(message);
        }
    }

    /// <summary>
    /// Decodes every text of a message once: an escape of half a character is JSON, and would throw wherever the text, or a member beside
    /// it, is asked for.
    /// </summary>
    private static void DecodeTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    _ = member.Name;
                    DecodeTexts(member.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    DecodeTexts(item);
                }
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }
}
