using System.Net;

namespace Strata.Machines.Testing;

/// <summary>A network of a test.</summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
/// <param name="Host">Who is on it besides the guests; null for nobody.</param>
public sealed record TestWire(string Name, TestWireHost? Host);

/// <summary>A host on a wire, played by the test (<see cref="Network.WireHost"/>).</summary>
public sealed record TestWireHost
{
    /// <summary>Its IPv4 address; the network is the 256 addresses around it.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>True gives the guests addresses by DHCP.</summary>
    public bool GivesAddresses { get; init; }

    /// <summary>Names that its name server knows.</summary>
    public IReadOnlyDictionary<string, IPAddress> Names { get; init; } = new Dictionary<string, IPAddress>(StringComparer.Ordinal);

    /// <summary>
    /// Container images that it serves as a registry, by name and tag: folders of editions from that of the file, or archives there.
    /// </summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How paths of archives among them end.</summary>
    public const string ArchiveEnding = ".tar";

    /// <summary>Texts served by HTTP on port 80, by path without the first slash.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
