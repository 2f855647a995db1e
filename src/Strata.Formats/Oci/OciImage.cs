using Strata.Core;

namespace Strata.Formats.Oci;

/// <summary>How the layers of an image are compressed.</summary>
public enum OciCompression
{
    /// <summary>Every tool reads it.</summary>
    Gzip,

    /// <summary>Smaller and quicker to unpack; image-spec 1.1, containerd 1.5, podman 4.</summary>
    Zstd,
}

/// <summary>One layer of an OCI image: a compressed tar archive.</summary>
/// <param name="Compression">How it is compressed.</param>
/// <param name="Digest">SHA-256 of the compressed bytes.</param>
/// <param name="Size">Their length in bytes.</param>
/// <param name="DiffId">SHA-256 of the plain tar archive.</param>
/// <param name="Description">What it holds, for the image's history.</param>
/// <param name="Open">Opens the compressed bytes.</param>
public sealed record OciLayer(OciCompression Compression, Sha256Digest Digest, long Size, Sha256Digest DiffId, string Description, Func<Stream> Open)
{
    /// <summary>Its type in manifests (image-spec, media-types.md).</summary>
    public string MediaType => Compression == OciCompression.Zstd ? "application/vnd.oci.image.layer.v1.tar+zstd" : "application/vnd.oci.image.layer.v1.tar+gzip";
}

/// <summary>
/// How an engine finds out whether a container is well. Docker's addition to the configuration, which image-spec knows as reserved: Docker
/// heeds it, others pass it on.
/// </summary>
/// <param name="Command">Program and arguments; exit code 0 is well.</param>
public sealed record OciHealthCheck(IReadOnlyList<string> Command)
{
    /// <summary>Time between two checks; the engine's own when null.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>Time that one may take; the engine's own when null.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Time after the start in which a failure does not count; none when null.</summary>
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>Failures in a row that make it unwell; the engine's own when null.</summary>
    public int? Retries { get; init; }
}

/// <summary>A container image after image-spec 1.1.</summary>
public sealed record OciImage
{
    /// <summary>Debian architecture; Go, and so the specification, has the same names for <c>amd64</c> and <c>arm64</c>.</summary>
    public required GuestArchitecture Architecture { get; init; }

    /// <summary>
    /// Name under which tools find it in the layout, such as <c>shell:0.1</c>. image-spec allows more, but whoever loads it makes a
    /// repository and a tag of it; so the part behind the colon is one of <see cref="OciTag"/>.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>Layers, lowest first.</summary>
    public required IReadOnlyList<OciLayer> Layers { get; init; }

    /// <summary>Program and arguments that always run; empty for none.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Arguments unless somebody gives others; empty for none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment, <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>User that runs it, by name or number, optionally <c>user:group</c>; root when null.</summary>
    public string? User { get; init; }

    /// <summary>Folder it starts in; <c>/</c> when null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Ports on which it answers, each with its protocol: <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Folders whose contents outlive the container.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Signal that ends it, <c>SIGQUIT</c>; the engine's when null.</summary>
    public string? StopSignal { get; init; }

    /// <summary>How an engine finds out whether it is well; null for not at all.</summary>
    public OciHealthCheck? HealthCheck { get; init; }

    /// <summary>Annotations of manifest and configuration, such as <c>org.opencontainers.image.title</c>; written in ordinal order.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
}
