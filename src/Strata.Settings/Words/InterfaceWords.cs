using Strata.Yaml;

namespace Strata.Settings.Words;

/// <summary>What an interface is.</summary>
public enum InterfaceKind
{
    /// <summary>A wired port.</summary>
    Port,

    /// <summary>A radio.</summary>
    Wifi,

    /// <summary>A tagged network on another interface.</summary>
    Vlan,

    /// <summary>A switch of other interfaces.</summary>
    Bridge,

    /// <summary>Several ports that act as one.</summary>
    Bond,

    /// <summary>A tunnel of WireGuard.</summary>
    WireGuard,
}

/// <summary>Who gives an interface its addresses.</summary>
[Flags]
public enum DhcpKind
{
    /// <summary>Nobody.</summary>
    No,

    /// <summary>A DHCP server.</summary>
    V4 = 1,

    /// <summary>Router advertisements, and DHCPv6 where they say so.</summary>
    V6 = 2,
}

/// <summary>An interface of the network, under a name of one's own.</summary>
public sealed record InterfaceWords
{
    /// <summary>The name it has on the machine: at most 15 characters.</summary>
    public required YamlScalar Name { get; init; }

    /// <summary>What it is.</summary>
    public InterfaceKind Kind { get; init; }

    /// <summary>How a port or radio is found; null when the kernel gives it its name.</summary>
    public InterfaceMatch? Match { get; init; }

    /// <summary>Who gives it addresses.</summary>
    public DhcpKind Dhcp { get; init; }

    /// <summary>Addresses with the length of their network.</summary>
    public IReadOnlyList<NetAddress> Addresses { get; init; } = [];

    /// <summary>Where everything goes that no route says otherwise; at most one for each version of IP.</summary>
    public IReadOnlyList<NetAddress> Gateways { get; init; } = [];

    /// <summary>Routes: a network, and the address that leads there.</summary>
    public IReadOnlyList<(NetAddress To, NetAddress Via)> Routes { get; init; } = [];

    /// <summary>Name servers.</summary>
    public IReadOnlyList<NetAddress> Dns { get; init; } = [];

    /// <summary>Domains that are tried for short names.</summary>
    public IReadOnlyList<string> Search { get; init; } = [];

    /// <summary>Interfaces below it: of a VLAN one, of a bridge or bond several.</summary>
    public IReadOnlyList<YamlScalar> Below { get; init; } = [];

    /// <summary>Number of a VLAN, 1 … 4094.</summary>
    public int VlanId { get; init; }

    /// <summary>How a bond shares out (bonding.rst of the kernel).</summary>
    public string BondMode { get; init; } = "active-backup";

    /// <summary>Of a radio: the network it joins.</summary>
    public WifiWords? Wifi { get; init; }

    /// <summary>Of a tunnel.</summary>
    public WireGuardWords? WireGuard { get; init; }

    /// <summary>Largest packet in bytes; null for the usual one.</summary>
    public int? Mtu { get; init; }

    /// <summary>True when nobody misses it.</summary>
    public bool IsOptional { get; init; }

    /// <summary>True when what comes in by it may go on by others.</summary>
    public bool Forwards { get; init; }

    /// <summary>True when what goes on by it gets its address.</summary>
    public bool Masquerades { get; init; }

    /// <summary>True for what the machine makes itself; false for what has hardware behind it.</summary>
    public bool IsMade => Kind is not (InterfaceKind.Port or InterfaceKind.Wifi);
}

/// <summary>How an interface is found.</summary>
/// <param name="By"><c>name</c> (the kernel's), <c>mac</c> or <c>driver</c>.</param>
/// <param name="Value">Which.</param>
public sealed record InterfaceMatch(string By, string Value);

/// <summary>A network over the air. Its passphrase is not in the blueprint.</summary>
/// <param name="Ssid">Its name, 1 … 32 bytes.</param>
/// <param name="PassphraseFile">A file on the machine; null for an open network.</param>
/// <param name="Country">Two letters whose rules the radio keeps; null for those of the whole world.</param>
public sealed record WifiWords(string Ssid, string? PassphraseFile, string? Country);

/// <summary>A tunnel of WireGuard. Its private key is not in the blueprint.</summary>
/// <param name="Port">UDP port on which it listens; null for any.</param>
/// <param name="PrivateKeyFile">A file on the machine, as <c>wg genkey</c> writes it.</param>
/// <param name="Peers">The other ends.</param>
public sealed record WireGuardWords(int? Port, string PrivateKeyFile, IReadOnlyList<WireGuardPeer> Peers);

/// <summary>The other end of a tunnel.</summary>
/// <param name="Name">For people.</param>
/// <param name="PublicKey">32 bytes in base64.</param>
/// <param name="Allowed">Networks behind it.</param>
/// <param name="Endpoint"><c>host:port</c>; null when it calls itself.</param>
/// <param name="KeepaliveSeconds">1 … 65535; null for none.</param>
public sealed record WireGuardPeer(
    string Name, string PublicKey, IReadOnlyList<NetAddress> Allowed, string? Endpoint, int? KeepaliveSeconds);
