namespace Strata.Blueprints.Services;

/// <summary>A word that may be said of a service, and the init systems that can do what it says.</summary>
/// <param name="Name">The word; <c>limits.memory</c> for one below another.</param>
/// <param name="Inits">Who can; every other refuses it by name when the blueprint is read.</param>
internal sealed record ServiceWord(string Name, IReadOnlyList<InitSystemKind> Inits)
{
    // what runs to its end is not kept running or watched
    private static readonly string[] s_ofDaemons = ["ready.file", "ready.port", "ready.notify", "restart", "stop"];

    private static readonly InitSystemKind[] s_every = [InitSystemKind.BusyBox, InitSystemKind.OpenRc, InitSystemKind.Systemd];
    private static readonly InitSystemKind[] s_notBusyBox = [InitSystemKind.OpenRc, InitSystemKind.Systemd];
    private static readonly InitSystemKind[] s_systemd = [InitSystemKind.Systemd];

    /// <summary>Whether it means something for a service of a kind.</summary>
    public bool IsFor(ServiceKind kind) => kind switch
    {
        ServiceKind.Daemon => true,
        ServiceKind.Console => false, // it belongs to whoever sits there
        _ => !s_ofDaemons.Contains(Name),
    };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ServiceWord> All { get; } =
    [
        new("user", s_every),
        new("group", s_every),
        new("environment", s_every),
        new("working-directory", s_every),
        new("after", s_every),
        new("requires", s_every),
        new("ready.file", s_every),
        new("ready.port", s_every),
        new("ready.notify", s_systemd),
        new("restart", s_every),
        new("stop", s_every),
        new("nice", s_every),
        new("limits.files", s_every),
        new("limits.processes", s_every),
        new("limits.memory", s_notBusyBox), // BusyBox has nothing that keeps groups of processes
        new("limits.cpu", s_notBusyBox),
        new("capabilities", s_systemd), // BusyBox's setpriv cannot take any away
        new("no-new-privileges", s_every),
        new("private-tmp", s_every),
        new("read-only", s_every),
        new("directories", s_every),
        new("log", s_every),
    ];
}
