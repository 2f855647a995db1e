using System.Net;

namespace Strata.Store.Downloads;

/// <summary>How files are fetched. Immutable; the defaults are for the public internet.</summary>
public sealed record DownloadOptions
{
    /// <summary>True to use only what is in the store.</summary>
    public bool Offline { get; init; }

    /// <summary>Most transfers at once, at least 1.</summary>
    public int Connections { get; init; } = 6;

    /// <summary>Most connections to one host, at least 1.</summary>
    public int ConnectionsPerHost { get; init; } = 4;

    /// <summary>Most tries in a row that bring nothing new, for each source, at least 1.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>Most redirects followed in one request.</summary>
    public int Redirects { get; init; } = 5;

    /// <summary>Wait before the second try; doubled for each further one.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait; a server that asks for more with <c>Retry-After</c> is given up.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest time to reach a server.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest time in which nothing arrives on a connection.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// User name and password for an address that carries none itself; null for none. Sent as Basic authentication (RFC 7617).
    /// </summary>
    public Func<Uri, NetworkCredential?> Credentials { get; init; } = _ => null;

    /// <summary>
    /// Through what addresses are reached; null for the environment (<c>http_proxy</c>, <c>https_proxy</c>, <c>no_proxy</c>).
    /// </summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Certificates for a server by its name; null for those of the host and none of our own.</summary>
    public Func<string, ServerCertificates?> Certificates { get; init; } = _ => null;

    /// <summary>What is wrong with the values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        foreach ((string name, int value) in new[]
        {
            (nameof(Connections), Connections), (nameof(ConnectionsPerHost), ConnectionsPerHost), (nameof(Tries), Tries),
        })
        {
            if (value is < 1 or > 100)
            {
                yield return $"{name} is {value}, allowed 1..100";
            }
        }
        if (Redirects is < 0 or > 50)
        {
            yield return $"{nameof(Redirects)} is {Redirects}, allowed 0..50";
        }
        foreach ((string name, TimeSpan value) in new[]
        {
            (nameof(FirstPause), FirstPause), (nameof(LongestPause), LongestPause),
            (nameof(ConnectTimeout), ConnectTimeout), (nameof(StallTimeout), StallTimeout),
        })
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromHours(1))
            {
                yield return $"{name} is {value}, allowed more than 0 and at most 1 h";
            }
        }
    }
}
