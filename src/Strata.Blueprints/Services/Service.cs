using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>When and how a service runs.</summary>
public enum ServiceKind
{
    /// <summary>Runs to its end before anything after it starts.</summary>
    Setup,

    /// <summary>Runs once, nobody waits for it.</summary>
    Once,

    /// <summary>Runs always; started again when it ends.</summary>
    Daemon,

    /// <summary>Runs always on a terminal, started again when it ends.</summary>
    Console,

    /// <summary>Runs when the system goes down.</summary>
    Shutdown,
}

/// <summary>A program to start at boot.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">When and how.</param>
/// <param name="Command">Program and arguments; no shell is involved.</param>
/// <param name="Terminal">Device name without <c>/dev/</c> for <see cref="ServiceKind.Console"/>.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record Service(string Name, ServiceKind Kind, IReadOnlyList<string> Command, string? Terminal, YamlValue Place)
{
    /// <summary>The rest that is said of it.</summary>
    public ServiceOptions Options { get; init; } = new();

    /// <summary>The place as messages give it: <c>FILE:LINE:COLUMN</c>.</summary>
    public string PlaceText => $"{Place.File}:{Place.Line}:{Place.Column}";
}
