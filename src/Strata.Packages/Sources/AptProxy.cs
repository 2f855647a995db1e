using System.Net;

namespace Strata.Packages.Sources;

/// <summary>
/// Through which proxy an address is reached, as apt decides it (apt-transport-http(1)): <c>Acquire::http::Proxy::HOST</c>,
/// <c>Acquire::http::Proxy</c>, else the variables of the environment; <c>no_proxy</c> is before all of them.
/// </summary>
/// <remarks>
/// <c>https</c> has options of its own and takes those of <c>http</c> where it has none. <c>DIRECT</c> means none. Programs that detect
/// proxies are not started.
/// </remarks>
/// <param name="options">The host's.</param>
/// <param name="environment">What the environment says.</param>
/// <param name="noProxy">Value of <c>no_proxy</c>: hosts and domains with commas between; or null.</param>
public sealed class AptProxy(AptOptions options, IWebProxy environment, string? noProxy) : IWebProxy
{
    private readonly AptOptions _options = options;
    private readonly IWebProxy _environment = environment;
    private readonly string[] _direct =
        noProxy?.Split((char[])[',', ' '], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>User names and passwords that stand in the addresses of proxies.</summary>
    public ICredentials? Credentials
    {
        get => new Known(this);
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return IsDirect(destination) ? null
            : SettingFor(destination) is not { } setting ? _environment.IsBypassed(destination) ? null : _environment.GetProxy(destination)
            : AddressOf(setting) is { } proxy ? new UriBuilder(proxy) { UserName = "", Password = "" }.Uri
            : null;
    }

    /// <inheritdoc/>
    public bool IsBypassed(Uri host) => GetProxy(host) is null;

    private bool IsDirect(Uri destination) => _direct.Any(d => d == "*"
        || destination.Host.Equals(d.TrimStart('.'), StringComparison.OrdinalIgnoreCase)
        || destination.Host.EndsWith("." + d.TrimStart('.'), StringComparison.OrdinalIgnoreCase));

    private string? SettingFor(Uri destination)
    {
        string[] methods = destination.Scheme == "https" ? ["https", "http"] : ["http"];
        return methods.Select(m => _options.Find($"Acquire::{m}::Proxy::{destination.Host}") ?? _options.Find($"Acquire::{m}::Proxy"))
            .FirstOrDefault(s => s is not null);
    }

    // socks5h leaves the look-up of names to the proxy, as socks5 does here
    private static Uri? AddressOf(string setting) =>
        !setting.Equals("DIRECT", StringComparison.OrdinalIgnoreCase)
        && Uri.TryCreate(
            setting.StartsWith("socks5h:", StringComparison.Ordinal) ? "socks5:" + setting[8..] : setting, UriKind.Absolute, out Uri? uri)
        && uri.Scheme is "http" or "https" or "socks5" ? uri : null;

    private sealed class Known(AptProxy proxies) : ICredentials
    {
        public NetworkCredential? GetCredential(Uri uri, string authType)
        {
            string? pair = proxies._options.Values("Acquire::http::Proxy", "Acquire::https::Proxy").Select(AddressOf)
                .FirstOrDefault(p => p is not null && p.UserInfo.Length > 0 && p.Host == uri.Host && p.Port == uri.Port)?.UserInfo;
            string[] words = pair?.Split(':', 2) ?? [];
            return words.Length == 2 ? new NetworkCredential(Uri.UnescapeDataString(words[0]), Uri.UnescapeDataString(words[1]))
                : proxies._environment.Credentials?.GetCredential(uri, authType);
        }
    }
}
