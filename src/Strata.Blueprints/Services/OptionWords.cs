using System.Text.RegularExpressions;
using Strata.Blueprints.Names;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints.Services;

/// <summary>Reads how a service runs. Faults are collected, none is thrown.</summary>
internal static partial class OptionWords
{
    private const int LongestSeconds = 3600;
    private const int LongestStop = 600;
    private const int MostVariables = 256;
    private const int LongestValue = 8192;

    // systemd makes directories there, and nothing else on a system whose rest may be read only
    private static readonly string[] s_madeBelow = ["/run", "/var/lib", "/var/cache", "/var/log"];

    // signal(7), less those that cannot be caught
    private static readonly string[] s_signals = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "WINCH"];

    // capabilities(7) of Linux 6.12
    private static readonly string[] s_capabilities =
    [
        "audit_control", "audit_read", "audit_write", "block_suspend", "bpf", "checkpoint_restore", "chown", "dac_override",
        "dac_read_search", "fowner", "fsetid", "ipc_lock", "ipc_owner", "kill", "lease", "linux_immutable", "mac_admin", "mac_override", "mknod", "net_admin",
        "net_bind_service", "net_broadcast", "net_raw", "perfmon", "setfcap", "setgid", "setpcap", "setuid", "sys_admin", "sys_boot",
        "sys_chroot", "sys_module", "sys_nice", "sys_pacct", "sys_ptrace", "sys_rawio", "sys_resource", "sys_time", "sys_tty_config",
        "syslog", "wake_alarm",
    ];

    /// <summary>Reads all words but those that every service has (kind, command, terminal).</summary>
    public static ServiceOptions Read(MappingReader service)
    {
        ArgumentNullException.ThrowIfNull(service);
        ServiceOptions options = new()
        {
            User = ReadAccount(service, "user"),
            Group = ReadAccount(service, "group"),
            Environment = ReadEnvironment(service),
            WorkingDirectory = service.Path("working-directory"),
            After = ReadNames(service, "after"),
            Requires = ReadNames(service, "requires"),
            Ready = ReadReady(service),
            Restart = ReadRestart(service),
            Stop = ReadStop(service),
            Nice = (int?)service.Number("nice", -20, 19),
            Limits = ReadLimits(service),
            Capabilities = ReadCapabilities(service),
            ReadOnly = ReadPaths(service, "read-only"),
            PrivateTmp = ReadFlag(service, "private-tmp"),
            NoNewPrivileges = ReadFlag(service, "no-new-privileges"),
            Directories = ReadDirectories(service),
            Log = service.Value("log") is null ? null
                : service.Choice("log", [("system", ServiceLog.System), ("console", ServiceLog.Console), ("none", ServiceLog.None)]),
        };
        Dictionary<string, YamlValue> places = new(StringComparer.Ordinal);
        foreach (ServiceWord word in ServiceWord.All)
        {
            string[] keys = word.Name.Split('.');
            if (service.Value(keys[0]) is YamlValue value
                && (keys.Length == 1 || (value is YamlMapping mapping && mapping.Items.Any(i => i.Key.Text == keys[1]))))
            {
                places.Add(word.Name, value);
            }
        }
        return options with { Places = places };
    }

    private static string? ReadAccount(MappingReader service, string key)
    {
        YamlScalar? name = service.Scalar(key);
        if (name is not null && !NamePatterns.Account().IsMatch(name.Text))
        {
            service.Faults.Add(name, $"'{name.Text}' is no account name; expected lower-case letters, digits, '_' and '-', at most 31");
        }
        return name?.Text;
    }

    /// <summary>Variables: <c>environment</c>.</summary>
    public static List<(string, string)>? ReadEnvironment(MappingReader service)
    {
        if (service.Value("environment") is null)
        {
            return null;
        }
        List<(string, string)> variables = [];
        foreach ((YamlScalar key, YamlValue value) in service.Pairs("environment"))
        {
            if (!VariablePattern().IsMatch(key.Text))
            {
                service.Faults.Add(key, $"'{key.Text}' is no name of a variable; expected letters, digits and '_'");
            }
            if (value is not YamlScalar text)
            {
                service.Faults.Add(value, $"variable '{key.Text}' is {value.Kind}; expected a text");
            }
            else if (text.Text.Length > LongestValue || text.Text.Any(char.IsControl))
            {
                // a line feed would end the line of a unit or table that it is written into
                service.Faults.Add(text, $"variable '{key.Text}' has control characters or more than {LongestValue} of others");
            }
            else
            {
                variables.Add((key.Text, text.Text));
            }
        }
        if (variables.Count > MostVariables)
        {
            service.Faults.Add(
                service.Value("environment")!, $"more than {MostVariables} variables; a file that the program reads is better");
        }
        return variables;
    }

    /// <summary>Other services: <c>after</c> and <c>requires</c>.</summary>
    public static IReadOnlyList<YamlScalar>? ReadNames(MappingReader service, string key)
    {
        IReadOnlyList<YamlScalar> names = service.Texts(key);
        return service.Value(key) is null ? null : names;
    }

    private static Readiness? ReadReady(MappingReader service)
    {
        if (service.Value("ready") is not YamlValue place || MappingReader.Of(place, "'ready'", service.Faults) is not MappingReader ready)
        {
            return null;
        }
        GuestPath? file = ready.Path("file");
        long? port = ready.Number("port", 1, 65535);
        bool notify = ready.Flag("notify", otherwise: false);
        int within = (int)(ready.Number("within", 1, LongestSeconds) ?? Readiness.UsualWithin);
        ready.Done();
        Readiness? first = file is GuestPath path ? new Readiness(ReadyKind.File, path.ToString(), within)
            : port is long number
                ? new Readiness(ReadyKind.Port, number.ToString(System.Globalization.CultureInfo.InvariantCulture), within)
            : notify ? new Readiness(ReadyKind.Notify, "", within) : null;
        if ((file is null ? 0 : 1) + (port is null ? 0 : 1) + (notify ? 1 : 0) != 1)
        {
            service.Faults.Add(place, "'ready' names one thing to look at: expected file, port or 'notify: true'");
        }
        return first;
    }

    /// <summary>What happens at its end: <c>restart</c>.</summary>
    public static RestartPolicy? ReadRestart(MappingReader service)
    {
        RestartPolicy usual = RestartPolicy.Usual;
        (string, RestartWhen)[] words = [("always", RestartWhen.Always), ("failure", RestartWhen.Failure), ("never", RestartWhen.Never)];
        switch (service.Value("restart"))
        {
            case null:
                return null;
            case YamlScalar:
                return usual with { When = service.Choice("restart", words) };
            case YamlValue place when MappingReader.Of(place, "'restart'", service.Faults) is MappingReader restart:
                RestartWhen when = restart.Choice("when", words);
                int delay = (int)(restart.Number("delay", 0, LongestSeconds) ?? usual.Delay);
                int longest = (int)(restart.Number("longest", 0, LongestSeconds) ?? Math.Max(usual.Longest, delay));
                if (longest < delay)
                {
                    service.Faults.Add(
                        restart.Value("longest") ?? place, $"the longest delay is {longest} s, and the first already {delay} s");
                }
                restart.Done();
                return new RestartPolicy(when, delay, Math.Max(longest, delay));
            default:
                return null;
        }
    }

    /// <summary>How it is stopped: <c>stop</c>.</summary>
    public static StopPolicy? ReadStop(MappingReader service)
    {
        if (service.Mapping("stop") is not MappingReader stop)
        {
            return null;
        }
        StopPolicy policy = new(
            stop.Choice("signal", StopPolicy.Usual.Signal, s_signals),
                (int)(stop.Number("within", 1, LongestStop) ?? StopPolicy.Usual.Within));
        stop.Done();
        return policy;
    }

    /// <summary>What it may take: <c>limits</c>.</summary>
    public static ServiceLimits? ReadLimits(MappingReader service)
    {
        if (service.Mapping("limits") is not MappingReader limits)
        {
            return null;
        }
        ServiceLimits read = new()
        {
            Memory = limits.Size("memory"),
            Cpu = (int?)limits.Number("cpu", 1, 100_000),
            Files = (int?)limits.Number("files", 16, 1 << 20),
            Processes = (int?)limits.Number("processes", 1, 1 << 22),
        };
        if (read.Memory is ByteSize memory && memory < ByteSize.FromMiB(1))
        {
            service.Faults.Add(limits.Value("memory")!, "less than 1 MiB of memory starts no program");
        }
        limits.Done();
        return read;
    }

    /// <summary>What of root's rights it keeps: <c>capabilities</c>.</summary>
    public static List<string>? ReadCapabilities(MappingReader service)
    {
        IReadOnlyList<YamlScalar> names = service.Texts("capabilities");
        foreach (YamlScalar name in names.Where(n => !s_capabilities.Contains(n.Text, StringComparer.Ordinal)))
        {
            string near = NearMiss.Suggestion(name.Text, s_capabilities);
            service.Faults.Add(
                name, $"'{name.Text}' is no capability of the kernel{near}; expected one of capabilities(7) such as net_bind_service");
        }
        return service.Value("capabilities") is null ? null : [.. names.Select(n => n.Text)];
    }

    private static List<GuestPath>? ReadPaths(MappingReader service, string key)
    {
        List<GuestPath> paths = [.. service.Texts(key).Select(service.ToPath).OfType<GuestPath>()];
        foreach (YamlScalar text in service.Texts(key).Where(t => t.Text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))))
        {
            service.Faults.Add(text, $"'{text.Text}' has blanks or control characters; no init can be told such a path here");
        }
        return service.Value(key) is null ? null : paths;
    }

    private static List<GuestPath>? ReadDirectories(MappingReader service)
    {
        List<GuestPath>? paths = ReadPaths(service, "directories");
        foreach (YamlScalar text in service.Texts("directories"))
        {
            if (!s_madeBelow.Any(b => text.Text.StartsWith(b + "/", StringComparison.Ordinal)))
            {
                service.Faults.Add(
                    text, $"'{text.Text}' cannot be made when the service starts; expected a directory below "
                        + $"{string.Join(", ", s_madeBelow)}");
            }
        }
        return paths;
    }

    private static bool? ReadFlag(MappingReader service, string key) =>
        service.Value(key) is null ? null : service.Flag(key, otherwise: false);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex VariablePattern();
}
