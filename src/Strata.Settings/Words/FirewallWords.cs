using Strata.Yaml;

namespace Strata.Settings.Words;

/// <summary>What may come in; all else may not.</summary>
/// <param name="Allow">By name, in the order of the file.</param>
public sealed record FirewallWords(IReadOnlyList<AllowWords> Allow);

/// <summary>Something that may come in.</summary>
/// <param name="Name">Of a known service, or one's own.</param>
/// <param name="Protocols"><c>tcp</c>, <c>udp</c>; empty for all of IP.</param>
/// <param name="Ports">Single ports, or first and last of a range; empty for all.</param>
/// <param name="From">Networks it may come from; all when empty.</param>
/// <param name="On">Interfaces it may come by; all when empty.</param>
public sealed record AllowWords(
    YamlScalar Name, IReadOnlyList<string> Protocols, IReadOnlyList<(int First, int Last)> Ports, IReadOnlyList<NetAddress> From,
    IReadOnlyList<YamlScalar> On)
{
    /// <summary>True when a port is among them.</summary>
    public bool Covers(string protocol, int port) =>
        (Protocols.Count == 0 || Protocols.Contains(protocol)) && (Ports.Count == 0 || Ports.Any(p => p.First <= port && port <= p.Last));
}
