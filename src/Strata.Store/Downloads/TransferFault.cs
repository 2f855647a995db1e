using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using Strata.Core;

namespace Strata.Store.Downloads;

/// <summary>Why one try of a transfer ended, and what to do about it.</summary>
/// <param name="reason">For a person, without the file: <c>mirror.example: connection refused</c>.</param>
/// <param name="canRetry">True when the same request may succeed later.</param>
internal sealed class TransferFault(string reason, bool canRetry) : Exception(reason)
{
    /// <summary>True when the same request may succeed later.</summary>
    public bool CanRetry { get; } = canRetry;

    /// <summary>What the server answered, if it did.</summary>
    public HttpStatusCode? Status { get; private init; }

    /// <summary>When the server says that the wrong file it sent was changed; null when it says nothing.</summary>
    public DateTimeOffset? LastModified { get; init; }

    /// <summary>How long the server asks to wait; null when it does not.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>True when the server was not reached at all.</summary>
    public bool Unreachable { get; private init; }

    /// <summary>An answer that is neither content nor "not changed" (RFC 9110 §15).</summary>
    public static TransferFault FromAnswer(HttpResponseMessage answer, Uri asked, DateTimeOffset now)
    {
        HttpStatusCode status = answer.StatusCode;
        string host = asked.Authority;
        if ((int)status is >= 300 and < 400)
        {
            return new TransferFault(
                $"{host}: redirected too often or to a less safe address ({WebAddress.Shown(asked)})", canRetry: false) { Status = status };
        }
        string text = string.IsNullOrEmpty(answer.ReasonPhrase) ? status.ToString() : answer.ReasonPhrase;
        bool canRetry = (int)status is 408 or 425 or 429 or 500 or 502 or 503 or 504;
        return new TransferFault(string.Create(CultureInfo.InvariantCulture, $"{host}: answered {(int)status} {Printable(text)}"), canRetry)
        {
            Status = status,
            RetryAfter = WaitAsked(answer.Headers.RetryAfter, now),
        };
    }

    /// <summary>A connection that could not be made or broke.</summary>
    public static TransferFault FromConnection(Exception failure, Uri asked)
    {
        (string why, bool canRetry, bool unreachable) = Explain(failure);
        return new TransferFault($"{asked.Authority}: {why}", canRetry) { Unreachable = unreachable };
    }

    /// <summary>A server that sent nothing for too long.</summary>
    public static TransferFault Stalled(Uri asked, TimeSpan limit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{asked.Authority}: sent nothing for {limit.TotalSeconds:0.#} s"), canRetry: true)
        {
            Unreachable = true,
        };

    private static (string Why, bool CanRetry, bool Unreachable) Explain(Exception failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case AuthenticationException:
                    return ($"its TLS certificate or connection was refused ({OneLine(e.Message)})", false, true);
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return ("connection refused", true, true);
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData }:
                    return ("its name is not known (DNS)", true, true);
                case SocketException { SocketErrorCode: SocketError.TryAgain }:
                    return ("its name cannot be looked up at the moment (DNS)", true, true);
                case SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable }:
                    return ("there is no way to it from this network", true, true);
                case SocketException { SocketErrorCode: SocketError.ConnectionReset }:
                    return ("the connection was reset", true, false);
                case TimeoutException:
                    return ("no connection within the time allowed", true, true);
                default:
                    break;
            }
        }
        return failure is HttpRequestException request
            ? request.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => ("its name is not known (DNS)", true, true),
                HttpRequestError.SecureConnectionError => ("no safe connection (TLS)", false, true),
                HttpRequestError.ConnectionError => ($"cannot connect ({OneLine(request.Message)})", true, true),
                HttpRequestError.ProxyTunnelError => ($"the proxy refused ({OneLine(request.Message)})", false, true),
                HttpRequestError.ResponseEnded => ("the connection ended too early", true, false),
                HttpRequestError.InvalidResponse => ("its answer is no valid HTTP", true, false),
                _ => (OneLine(request.Message), true, false),
            }
            : failure is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
                ? ("the connection ended too early", true, false)
                : (OneLine(failure.Message), true, false);
    }

    private static TimeSpan? WaitAsked(RetryConditionHeaderValue? asked, DateTimeOffset now) =>
        asked?.Delta ?? (asked?.Date is { } date ? (date > now ? date - now : TimeSpan.Zero) : null);

    // .NET names the proxy in its messages, with the password that the environment gives it
    private static string OneLine(string text) => Printable(WebAddress.Shown(text.ReplaceLineEndings(" ")));

    /// <summary>A server's words without what could command a terminal, cut to a bearable length.</summary>
    private static string Printable(string text) =>
        string.Concat(text.Take(200).Select(c => char.IsControl(c) ? '?' : c));
}
