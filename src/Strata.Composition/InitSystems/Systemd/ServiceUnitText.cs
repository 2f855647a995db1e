using System.Globalization;
using Strata.Blueprints.Services;
using Strata.Core;

namespace Strata.Composition.InitSystems.Systemd;

/// <summary>The unit of one service: systemd.unit(5), systemd.service(5), systemd.exec(5).</summary>
/// <param name="waitReady">The program that waits until a service is ready.</param>
/// <param name="ended">The program that counts how often a service ended.</param>
internal sealed class ServiceUnitText(GuestPath waitReady, GuestPath ended)
{
    /// <summary>What pulls services in.</summary>
    public const string Target = "multi-user.target";

    /// <summary>What is pulled in before everything but the first steps of systemd, and so is where setups belong.</summary>
    public const string SetupTarget = "basic.target";

    private const int Spare = 5; // seconds from when the program that waits gives up until systemd does
    private const double UsualRestart = 0.1; // systemd's own, in seconds: a delay of none would be a program started without pause

    private static readonly (string Folder, string Key)[] s_directories =
        [("/run/", "RuntimeDirectory"), ("/var/lib/", "StateDirectory"), ("/var/cache/", "CacheDirectory"), ("/var/log/", "LogsDirectory")];

    /// <summary>What pulls in a service of a kind.</summary>
    public static string WantedBy(ServiceKind kind) => kind == ServiceKind.Setup ? SetupTarget : Target;

    /// <summary>Its text.</summary>
    public string Of(DeclaredService declared)
    {
        ArgumentNullException.ThrowIfNull(declared);
        Service service = declared.Service;
        UnitLines unit = new();
        AddUnit(unit, declared);
        unit.Section("Service");
        switch (service.Kind)
        {
            case ServiceKind.Daemon:
                AddDaemon(unit, service);
                break;
            case ServiceKind.Console:
                AddConsole(unit, service);
                break;
            case ServiceKind.Shutdown:
                unit.Add("Type", "oneshot").Add("RemainAfterExit", "yes").Add("ExecStop", UnitLines.Command(service.Command));
                break;
            default:
                unit.Add("Type", "oneshot").Add("RemainAfterExit", "yes").Add("ExecStart", UnitLines.Command(service.Command))
                    .Add("ExecStopPost", Ended(service.Name, "once"));
                AddStop(unit, service.Options.Stop);
                break;
        }
        AddRights(unit, service.Options);
        AddSurroundings(unit, service);
        return unit.Section("Install").Add("WantedBy", WantedBy(service.Kind)).ToString();
    }

    private static void AddUnit(UnitLines unit, DeclaredService declared)
    {
        Service service = declared.Service;
        IEnumerable<string> required = Units(service.Options.Requires);
        unit.Section("Unit").Add("Description", $"{service.Name} of capability {declared.Capability.Name}");
        unit.AddSome("Requires", string.Join(' ', required));
        unit.AddSome("After", string.Join(' ', required.Concat(Units(service.Options.After)).Distinct()));
        switch (service.Kind)
        {
            case ServiceKind.Setup: // between what systemd does first and everything that is not told to be earlier, as the network is
                unit.Add("DefaultDependencies", "no").Add("Wants", "network-pre.target").Add("After", "sysinit.target")
                    .Add("Before", "basic.target network-pre.target shutdown.target").Add("Conflicts", "shutdown.target");
                break;
            case ServiceKind.Shutdown:
                unit.Add("After", Target); // stopped in the opposite order: before all else
                break;
            case ServiceKind.Console:
                unit.Add("ConditionPathExists", $"/dev/{service.Terminal}").Add("IgnoreOnIsolate", "yes").Add("StartLimitIntervalSec", 0);
                break;
            case ServiceKind.Daemon:
                unit.Add("StartLimitIntervalSec", 0); // never given up
                break;
            default:
                break;
        }
    }

    private void AddDaemon(UnitLines unit, Service service)
    {
        Readiness? ready = service.Options.Ready;
        unit.Add("Type", ready?.Kind == ReadyKind.Notify ? "notify" : "exec").Add("ExecStart", UnitLines.Command(service.Command));
        if (ready is { Kind: ReadyKind.File or ReadyKind.Port })
        {
            string kind = ready.Kind == ReadyKind.File ? "file" : "port";
            string within = ready.Within.ToString(CultureInfo.InvariantCulture);
            unit.Add("ExecStartPost", UnitLines.Command([waitReady.ToString(), kind, ready.What, within]));
        }
        if (ready is not null)
        {
            unit.Add("TimeoutStartSec", ready.Within + (ready.Kind == ReadyKind.Notify ? 0 : Spare));
        }
        RestartPolicy restart = service.Options.Restart ?? RestartPolicy.Usual;
        string when = restart.When.ToString().ToLowerInvariant();
        unit.Add("ExecStopPost", Ended(service.Name, when));
        if (restart.When != RestartWhen.Never)
        {
            unit.Add("Restart", restart.When == RestartWhen.Always ? "always" : "on-failure");
            AddDelays(unit, restart);
        }
        AddStop(unit, service.Options.Stop ?? StopPolicy.Usual);
    }

    // the delay grows by the same factor from step to step, here about two: systemd.service(5)
    private static void AddDelays(UnitLines unit, RestartPolicy restart)
    {
        double first = restart.Delay == 0 ? UsualRestart : restart.Delay;
        unit.Add("RestartSec", restart.Delay == 0 ? "100ms" : restart.Delay.ToString(CultureInfo.InvariantCulture));
        if (restart.Longest > first)
        {
            unit.Add("RestartSteps", (int)Math.Ceiling(Math.Log2(restart.Longest / first))).Add("RestartMaxDelaySec", restart.Longest);
        }
    }

    // like getty@.service of systemd, for any program
    private static void AddConsole(UnitLines unit, Service service) => unit
        .Add("Type", "idle") // after the messages of the start
        .Add("ExecStart", UnitLines.Command(service.Command, "-", "-" + service.Command[0])) // the dash makes it a login shell
        .Add("Restart", "always").Add("RestartSec", 1)
        .Add("StandardInput", "tty").Add("StandardOutput", "tty").Add("TTYPath", $"/dev/{service.Terminal}")
        .Add("TTYReset", "yes").Add("TTYVHangup", "yes").Add("KillMode", "process").Add("SendSIGHUP", "yes").Add("IgnoreSIGPIPE", "no");

    private static void AddStop(UnitLines unit, StopPolicy? stop)
    {
        if (stop is not null)
        {
            unit.Add("KillSignal", "SIG" + stop.Signal).Add("TimeoutStopSec", stop.Within);
        }
    }

    private static void AddRights(UnitLines unit, ServiceOptions options)
    {
        unit.AddSome("User", options.User).AddSome("Group", options.Group);
        if (options.Capabilities is IReadOnlyList<string> kept)
        {
            string names = string.Join(' ', kept.Select(c => "CAP_" + c.ToUpperInvariant()));
            unit.Add("CapabilityBoundingSet", names);
            if (options.User is not null)
            {
                unit.AddSome("AmbientCapabilities", names); // a user has none of its own
            }
        }
        if (options.NoNewPrivileges == true)
        {
            unit.Add("NoNewPrivileges", "yes");
        }
        if (options.PrivateTmp == true)
        {
            unit.Add("PrivateTmp", "yes");
        }
        unit.AddSome("ReadOnlyPaths", string.Join(' ', (options.ReadOnly ?? []).Select(p => UnitLines.Word(p.ToString()))));
        if (options.Limits is ServiceLimits limits)
        {
            unit.AddSome("MemoryMax", limits.Memory?.Bytes.ToString(CultureInfo.InvariantCulture));
            unit.AddSome("CPUQuota", limits.Cpu is int cpu ? $"{cpu.ToString(CultureInfo.InvariantCulture)}%" : null);
            unit.AddSome("LimitNOFILE", limits.Files?.ToString(CultureInfo.InvariantCulture));
            unit.AddSome("LimitNPROC", limits.Processes?.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void AddSurroundings(UnitLines unit, Service service)
    {
        ServiceOptions options = service.Options;
        foreach ((string name, string value) in options.Environment ?? [])
        {
            unit.Add("Environment", UnitLines.Word($"{name}={value}"));
        }
        if (options.WorkingDirectory is GuestPath folder)
        {
            unit.Add("WorkingDirectory", OneLine(folder, service));
        }
        foreach ((string below, string key) in s_directories)
        {
            string[] names =
            [
                .. (options.Directories ?? []).Select(d => d.ToString()).Where(d => d.StartsWith(below, StringComparison.Ordinal))
                    .Select(d => d[below.Length..]),
            ];
            unit.AddSome(key, string.Join(' ', names.Select(UnitLines.Word)));
            if (names.Length > 0 && key == "RuntimeDirectory")
            {
                unit.Add("RuntimeDirectoryPreserve", "yes"); // others may have files there when this one is started anew
            }
        }
        if (options.Nice is int nice)
        {
            unit.Add("Nice", nice);
        }
        if (service.Kind != ServiceKind.Console)
        {
            unit.AddSome(
                "StandardOutput", options.Log switch { ServiceLog.Console => "journal+console", ServiceLog.None => "null", _ => null });
        }
    }

    // the value is the rest of the line: it knows specifiers, and neither quotes nor escapes
    private static string OneLine(GuestPath path, Service service)
    {
        string text = path.ToString();
        return text.Any(char.IsControl) || text.EndsWith('\\') || text.EndsWith(' ')
            ? throw new StrataException(
                $"cannot start service '{service.Name}' ({service.PlaceText}): systemd cannot be told the working directory '{text}'",
                "Name it without control characters, and without a blank or a backslash at its end.")
            : text.Replace("%", "%%", StringComparison.Ordinal);
    }

    private static IEnumerable<string> Units(IReadOnlyList<Yaml.YamlScalar>? services) => (services ?? []).Select(s => s.Text + ".service");

    private string Ended(string service, string restart) => UnitLines.Command([ended.ToString(), service, restart], "+");
}
