using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Strata.Store.Downloads;

/// <summary>Certificates for one server.</summary>
/// <param name="Authorities">Who vouches for it, and nobody else; those of the host when null.</param>
/// <param name="Own">With a private key, to prove who we are; null for none.</param>
public sealed record ServerCertificates(X509Certificate2Collection? Authorities, X509Certificate2? Own)
{
    /// <summary>Options of a connection to the servers that have some.</summary>
    internal static SslClientAuthenticationOptions OptionsFor(Func<string, ServerCertificates?> of) => new()
    {
        LocalCertificateSelectionCallback = (_, host, _, _, _) => of(host)?.Own!,
        RemoteCertificateValidationCallback = (stream, certificate, chain, errors) =>
            stream is SslStream { TargetHostName: string host } && of(host)?.Authorities is { } authorities
                ? IsVouchedFor(certificate, chain, errors, authorities) : errors == SslPolicyErrors.None,
    };

    private static bool IsVouchedFor(
        X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 server || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false; // of another host, or none
        }
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // as without CAInfo
        foreach (X509ChainElement element in sent?.ChainElements.AsEnumerable() ?? [])
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }
        return chain.Build(server);
    }
}
