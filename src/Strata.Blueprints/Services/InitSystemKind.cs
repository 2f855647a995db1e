using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>Programs that can be process 1 and start services.</summary>
public enum InitSystemKind
{
    /// <summary>That of BusyBox.</summary>
    BusyBox,

    /// <summary>OpenRC, with its own process 1.</summary>
    OpenRc,

    /// <summary>systemd.</summary>
    Systemd,
}

/// <summary>What init systems are called.</summary>
public static class InitSystemNames
{
    /// <summary>All of them by the name that files give them; the first is that of an edition that names none.</summary>
    public static IReadOnlyList<(string Name, InitSystemKind Kind)> All { get; } =
        [("busybox", InitSystemKind.BusyBox), ("openrc", InitSystemKind.OpenRc), ("systemd", InitSystemKind.Systemd)];

    /// <summary>The name of one.</summary>
    public static string Of(InitSystemKind kind) => All.First(n => n.Kind == kind).Name;
}

/// <summary>An init system that a capability provides.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Place">Where it stands, for messages.</param>
public sealed record ProvidedInit(InitSystemKind Kind, YamlValue Place);
