using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>
/// How a service runs, in words that mean the same for every init system. Null where nothing is said; what that means stands at each.
/// </summary>
public sealed record ServiceOptions
{
    /// <summary>The account it runs under; root when null.</summary>
    public string? User { get; init; }

    /// <summary>Its group; the primary one of its user when null.</summary>
    public string? Group { get; init; }

    /// <summary>Variables that it sees, in the order of the file; no variable of anybody else is promised.</summary>
    public IReadOnlyList<(string Name, string Value)>? Environment { get; init; }

    /// <summary>Where it starts; <c>/</c> when null.</summary>
    public GuestPath? WorkingDirectory { get; init; }

    /// <summary>Services that are started before it.</summary>
    public IReadOnlyList<YamlScalar>? After { get; init; }

    /// <summary>Services that must be ready before it is started.</summary>
    public IReadOnlyList<YamlScalar>? Requires { get; init; }

    /// <summary>How one sees that it is ready; when null it is as soon as it runs, or, if it runs to its end, when it ended well.</summary>
    public Readiness? Ready { get; init; }

    /// <summary>What happens when it ends.</summary>
    public RestartPolicy? Restart { get; init; }

    /// <summary>How it is stopped.</summary>
    public StopPolicy? Stop { get; init; }

    /// <summary>Its priority, -20 (first) to 19 (last); 0 when null.</summary>
    public int? Nice { get; init; }

    /// <summary>What it may take at most.</summary>
    public ServiceLimits? Limits { get; init; }

    /// <summary>Capabilities of the kernel that it keeps, as <c>net_bind_service</c>; all that its user has when null.</summary>
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Paths that it cannot write to, whoever it is.</summary>
    public IReadOnlyList<GuestPath>? ReadOnly { get; init; }

    /// <summary>True for a <c>/tmp</c> that it shares with nobody.</summary>
    public bool? PrivateTmp { get; init; }

    /// <summary>True when neither it nor what it starts can gain rights, by setuid programs for example.</summary>
    public bool? NoNewPrivileges { get; init; }

    /// <summary>
    /// Directories below <c>/run</c>, <c>/var/lib</c>, <c>/var/cache</c> and <c>/var/log</c> that are made before it starts and belong to
    /// its user.
    /// </summary>
    public IReadOnlyList<GuestPath>? Directories { get; init; }

    /// <summary>Where what it prints goes; the log of the system when null.</summary>
    public ServiceLog? Log { get; init; }

    /// <summary>The words that are said, and where each stands.</summary>
    public IReadOnlyDictionary<string, YamlValue> Places { get; init; } = new Dictionary<string, YamlValue>(StringComparer.Ordinal);

    /// <summary>The same with other words said over them.</summary>
    public ServiceOptions With(ServiceOptions over)
    {
        ArgumentNullException.ThrowIfNull(over);
        Dictionary<string, YamlValue> places = new(Places, StringComparer.Ordinal);
        foreach ((string word, YamlValue place) in over.Places)
        {
            places[word] = place;
        }
        return new ServiceOptions
        {
            User = over.User ?? User,
            Group = over.Group ?? (over.User is null ? Group : null), // the group goes with the user
            Environment = over.Environment ?? Environment,
            WorkingDirectory = over.WorkingDirectory ?? WorkingDirectory,
            After = over.After ?? After,
            Requires = over.Requires ?? Requires,
            Ready = over.Ready ?? Ready,
            Restart = over.Restart ?? Restart,
            Stop = over.Stop ?? Stop,
            Nice = over.Nice ?? Nice,
            Limits = over.Limits ?? Limits,
            Capabilities = over.Capabilities ?? Capabilities,
            ReadOnly = over.ReadOnly ?? ReadOnly,
            PrivateTmp = over.PrivateTmp ?? PrivateTmp,
            NoNewPrivileges = over.NoNewPrivileges ?? NoNewPrivileges,
            Directories = over.Directories ?? Directories,
            Log = over.Log ?? Log,
            Places = places,
        };
    }
}

/// <summary>How one sees that a service is ready.</summary>
public enum ReadyKind
{
    /// <summary>A file or socket is there.</summary>
    File,

    /// <summary>Something listens on a TCP port.</summary>
    Port,

    /// <summary>It says so itself, as sd_notify(3) describes.</summary>
    Notify,
}

/// <summary>How one sees that a service is ready, and how long that may take.</summary>
/// <param name="Kind">What is looked at.</param>
/// <param name="What">The path or the port; empty for <see cref="ReadyKind.Notify"/>.</param>
/// <param name="Within">Seconds until it counts as failed, 1 … 3600.</param>
public sealed record Readiness(ReadyKind Kind, string What, int Within)
{
    /// <summary>Seconds when nothing is said.</summary>
    public const int UsualWithin = 30;
}

/// <summary>When a service that ended is started again.</summary>
public enum RestartWhen
{
    /// <summary>However it ended.</summary>
    Always,

    /// <summary>When it failed.</summary>
    Failure,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>
/// What happens when a service ends. The delay doubles from one failure in a row to the next; one that ran for <see cref="SettledAfter"/>
/// starts anew with the first. After <see cref="ToldAfter"/> failures in a row it is told on the console, and it is tried on.
/// </summary>
/// <param name="When">When it is started again.</param>
/// <param name="Delay">Seconds before it is, at first, 0 … 3600.</param>
/// <param name="Longest">Seconds at most, <paramref name="Delay"/> … 3600.</param>
public sealed record RestartPolicy(RestartWhen When, int Delay, int Longest)
{
    /// <summary>Failures in a row after which it is told.</summary>
    public const int ToldAfter = 10;

    /// <summary>Seconds of running after which an end is no longer one in a row.</summary>
    public const int SettledAfter = 300;

    /// <summary>When nothing is said.</summary>
    public static RestartPolicy Usual { get; } = new(RestartWhen.Always, 1, 60);
}

/// <summary>How a service is stopped.</summary>
/// <param name="Signal">Name of the first signal without <c>SIG</c>.</param>
/// <param name="Within">Seconds until it is killed, 1 … 600.</param>
public sealed record StopPolicy(string Signal, int Within)
{
    /// <summary>When nothing is said.</summary>
    public static StopPolicy Usual { get; } = new("TERM", 10);
}

/// <summary>What a service may take at most; null where nothing is said.</summary>
public sealed record ServiceLimits
{
    /// <summary>Memory of all its processes together.</summary>
    public ByteSize? Memory { get; init; }

    /// <summary>Processor time in percent of one processor, 1 … 100,000.</summary>
    public int? Cpu { get; init; }

    /// <summary>Open files of a process.</summary>
    public int? Files { get; init; }

    /// <summary>Processes and threads of its user.</summary>
    public int? Processes { get; init; }
}

/// <summary>Where what a service prints goes.</summary>
public enum ServiceLog
{
    /// <summary>To the log of the system: systemd's journal, else a file <c>/var/log/NAME.log</c> that is kept small.</summary>
    System,

    /// <summary>To the console.</summary>
    Console,

    /// <summary>Nowhere.</summary>
    None,
}
