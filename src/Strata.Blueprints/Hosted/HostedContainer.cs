using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Hosted;

/// <summary>A container that the machine runs (<c>containers:</c>), as the service that keeps it running; docs/containers.md.</summary>
/// <param name="Service">The service, which has the container's name.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record HostedContainer(Service Service, YamlScalar Place)
{
    /// <summary>The program that keeps one; capability <see cref="CapabilityName"/> has it.</summary>
    public const string Program = "/usr/lib/strata/containers/run";

    /// <summary>The capability with the engine.</summary>
    public const string CapabilityName = "containers";

    /// <summary>
    /// What lies in the system for it: an image that comes along as an OCI image layout, names of its secrets, who signs its image.
    /// </summary>
    public IReadOnlyList<(GuestPath Path, ReadOnlyMemory<byte> Bytes)> Files { get; init; } = [];

    /// <summary>Folders of the machine that it may write to, and where that is said.</summary>
    public IReadOnlyList<(GuestPath Path, YamlValue Place)> Written { get; init; } = [];

    /// <summary>Ports of the machine that lead to it.</summary>
    public IReadOnlyList<PublishedPort> Ports { get; init; } = [];
}
