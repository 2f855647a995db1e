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

    /// <summary>Compression of its layers; gzip unless told otherwise, because not every tool reads zstd yet (umoci 0.4 does not).</summary>
    public OciCompression Compression { get; init; }
}
