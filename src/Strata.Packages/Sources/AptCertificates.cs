using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Strata.Core;
using Strata.Store.Downloads;

namespace Strata.Packages.Sources;

/// <summary>
/// Certificates that the host's apt has for servers (apt-transport-https(1)): who vouches for them, <c>Acquire::https::CAInfo</c>, and how
/// this host proves itself, <c>SSLCert</c> with <c>SSLKey</c>; each for all hosts, or for one with <c>::HOST</c> behind.
/// </summary>
/// <remarks><c>Verify-Peer</c> and <c>Verify-Host</c> are not obeyed: a server is always checked.</remarks>
public static class AptCertificates
{
    /// <summary>What is set for a server; null when nothing is.</summary>
    /// <param name="options">The host's.</param>
    /// <param name="host">Name of the server.</param>
    /// <param name="root">Folder that stands for <c>/</c>.</param>
    /// <exception cref="StrataException">A file cannot be read or is none in PEM form.</exception>
    public static ServerCertificates? For(AptOptions options, string host, string root = "/")
    {
        ArgumentNullException.ThrowIfNull(options);
        string? authorities = Find("CAInfo");
        string? certificate = Find("SSLCert");
        if (authorities is null && certificate is null)
        {
            return null;
        }
        string shown = authorities ?? certificate!;
        try
        {
            X509Certificate2Collection trusted = [];
            if (authorities is not null)
            {
                trusted.ImportFromPemFile(Below(authorities));
            }
            shown = certificate ?? shown;
            X509Certificate2? own = certificate is null ? null
                : X509Certificate2.CreateFromPemFile(Below(certificate), Find("SSLKey") is { } key ? Below(key) : null);
            return new ServerCertificates(authorities is null ? null : trusted, own);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StrataException(
                $"cannot use {shown}, which the host's apt has for {host}: {e.Message}",
                "It is a file in PEM form that this user may read: Acquire::https of /etc/apt/apt.conf.d.", e);
        }

        string? Find(string name) => options.Find($"Acquire::https::{name}::{host}") ?? options.Find($"Acquire::https::{name}");

        string Below(string path) => Path.Combine(root, path.TrimStart('/'));
    }
}
