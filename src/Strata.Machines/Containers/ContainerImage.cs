namespace Strata.Machines.Containers;

/// <summary>A container image as whoever starts it sees it (image-spec 1.1, config.md).</summary>
public sealed record ContainerImage
{
    /// <summary>Its layers, lowest first: each writes itself as a plain tar archive, once for every container.</summary>
    public required IReadOnlyList<Func<Stream, CancellationToken, Task>> Layers { get; init; }

    /// <summary>Program and arguments that always run; empty for none.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>Arguments unless somebody gives others; empty for none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Environment, <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>User that runs it, by name or number, optionally with a group; root when empty.</summary>
    public string User { get; init; } = "";

    /// <summary>Folder it starts in.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Folders whose contents outlive the container.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>Signal that ends it, such as <c>SIGTERM</c>.</summary>
    public string StopSignal { get; init; } = "SIGTERM";

    /// <summary>Program and arguments that tell whether it is well; empty when the image has no such check.</summary>
    public IReadOnlyList<string> HealthCheck { get; init; } = [];

    /// <summary>Its accounts.</summary>
    public ContainerAccounts Accounts { get; init; } = new("", "");
}
