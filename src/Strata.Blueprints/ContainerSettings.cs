using Strata.Formats.Oci;

namespace Strata.Blueprints;

/// <summary>What an edition says about itself as a container image (<c>container:</c> in its blueprint).</summary>
public sealed record ContainerSettings
{
    /// <summary>Program and arguments that always run; empty for none.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Arguments unless somebody gives others; empty for none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment, <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>User that runs it, by name or number, optionally with a group; root when null.</summary>
    public string? User { get; init; }

    /// <summary>Folder it starts in; <c>/</c> when null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Ports on which it answers, each with its protocol: <c>80/tcp</c>; for whoever publishes them, nothing is opened.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Folders whose contents outlive the container.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Signal that ends it, <c>SIGQUIT</c>; the engine's (SIGTERM) when null.</summary>
    public string? StopSignal { get; init; }

    /// <summary>How an engine finds out whether it is well; null for not at all.</summary>
    public OciHealthCheck? HealthCheck { get; init; }

    /// <summary>Labels beside those that follow from the edition; one of the same name stands instead of it.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Compression of its layers; gzip unless told otherwise, because not every tool reads zstd yet (umoci 0.4 does not).</summary>
    public OciCompression Compression { get; init; }
}
