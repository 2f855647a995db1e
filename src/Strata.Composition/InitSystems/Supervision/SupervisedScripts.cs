using System.Globalization;
using System.Text;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Composition.InitSystems.Supervision;

/// <summary>The scripts of services that <c>supervise.sh</c> keeps running: each says what its service is, and reads that.</summary>
internal sealed class SupervisedScripts
{
    private readonly ServicePlan _plan;
    private readonly Dictionary<string, DeclaredService> _supervised;

    /// <summary>Finds out whom it takes care of.</summary>
    public SupervisedScripts(ServicePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _plan = plan;
        HashSet<string> waitedFor =
            [.. plan.Services.SelectMany(s => Names(s.Service.Options.Requires).Concat(Names(s.Service.Options.After)))];
        _supervised = plan.Services
            .Where(s => s.Service.Kind == ServiceKind.Daemon
                || (s.Service.Kind != ServiceKind.Console && (s.Service.Options.Places.Count > 0 || waitedFor.Contains(s.Service.Name))))
            .ToDictionary(s => s.Service.Name, StringComparer.Ordinal);
    }

    /// <summary>True when there is one at all.</summary>
    public bool Any => _supervised.Count > 0;

    /// <summary>Stops all of them.</summary>
    public string StopProgram => _plan.ProviderFolder + "/stop-services";

    /// <summary>What they need beside themselves.</summary>
    public IEnumerable<InitFile> OwnFiles =>
    [
        new(GuestPath.Parse(_plan.ProviderFolder + "/supervise"), Modes.File, InitScripts.Waiting("supervise.sh"), _plan.Provider.Name),
        new(GuestPath.Parse(StopProgram), Modes.Program, InitScripts.Read("stop-services.sh"), _plan.Provider.Name),
    ];

    /// <summary>The script of a service; null for one that init starts without.</summary>
    public InitFile? Of(DeclaredService declared)
    {
        ArgumentNullException.ThrowIfNull(declared);
        if (!_supervised.ContainsKey(declared.Service.Name))
        {
            return null;
        }
        Service service = declared.Service;
        ServiceOptions options = service.Options;
        RestartPolicy restart = options.Restart ?? RestartPolicy.Usual;
        StopPolicy stop = options.Stop ?? StopPolicy.Usual;
        StringBuilder text = new("#!/bin/sh\n");
        Set("name", service.Name);
        Set("kind", service.Kind == ServiceKind.Daemon ? "daemon" : "once");
        Set("user", options.User);
        Set("owner", options.User is null && options.Group is null ? null : AccountOf(options));
        Set("directories", options.Directories is null ? null : string.Join(' ', options.Directories));
        Set("after", ScriptsOf(Names(options.After), service));
        Set("requires", ScriptsOf(Names(options.Requires), service));
        Set("dependents", ScriptsOf(Dependents(service), service));
        Set("ready", options.Ready switch
        {
            { Kind: ReadyKind.File } file => "file " + file.What,
            { Kind: ReadyKind.Port } port => "port " + port.What,
            _ => null,
        });
        Set("ready_within", options.Ready is null ? null : Number(options.Ready.Within));
        Set("restart", restart.When switch { RestartWhen.Always => "always", RestartWhen.Failure => "failure", _ => "never" });
        Set("delay", Number(restart.Delay));
        Set("longest", Number(restart.Longest));
        Set("stop", stop.Signal);
        Set("stop_within", Number(stop.Within));
        Set("log", options.Log switch { ServiceLog.Console => "console", ServiceLog.None => "none", _ => "system" });
        Set("room", HasRoom(options) ? "1" : null);
        if (HasRoom(options))
        {
            text.Append("make_room() {\n").AppendJoin('\n', RoomLines(options).Select(l => "    " + l)).Append("\n}\n");
        }
        text.Append("run() {\n").AppendJoin('\n', RunLines(service).Select(l => "    " + l)).Append("\n}\n");
        text.Append(". ").Append(_plan.ProviderFolder).Append("/supervise\n");
        return new InitFile(declared.ScriptPath, Modes.Program, text.ToString(), declared.Capability.Name);

        void Set(string name, string? value) =>
            text.Append(name).Append('=').Append(value is null ? "" : ShellArgument.Quote(value)).Append('\n');
    }

    private static bool HasRoom(ServiceOptions options) => options.PrivateTmp == true || options.ReadOnly is { Count: > 0 };

    private static IEnumerable<string> RoomLines(ServiceOptions options)
    {
        if (options.PrivateTmp == true)
        {
            yield return "mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp || return";
        }
        foreach (GuestPath path in options.ReadOnly ?? [])
        {
            string word = ShellArgument.Quote(path.ToString());
            yield return $"mount -o bind {word} {word} && mount -o remount,bind,ro {word} || return";
        }
    }

    private static IEnumerable<string> RunLines(Service service)
    {
        ServiceOptions options = service.Options;
        if (options.Limits?.Files is int files)
        {
            yield return $"ulimit -n {Number(files)} || exit 126";
        }
        if (options.Limits?.Processes is int processes)
        {
            yield return $"ulimit -u {Number(processes)} || exit 126";
        }
        foreach ((string name, string value) in options.Environment ?? [])
        {
            yield return $"export {name}={ShellArgument.Quote(value)}";
        }
        if (options.WorkingDirectory is GuestPath folder)
        {
            yield return $"cd {ShellArgument.Quote(folder.ToString())} || exit 126";
        }
        List<string> words = [.. service.Command];
        if (options.NoNewPrivileges == true)
        {
            words.InsertRange(0, ["/usr/bin/setpriv", "--no-new-privs"]);
        }
        if (options.Nice is int nice)
        {
            yield return $"renice {Number(nice)} -p $$ >/dev/null || exit 126"; // Debian's BusyBox has no nice
        }
        if (options.User is not null || options.Group is not null)
        {
            // BusyBox by its name: OpenRC has one of its own, which takes other words; -p names no file that is there: without it, another
            // process of the same program would count as this service
            string account = ShellArgument.Quote(AccountOf(options));
            string arguments = words.Count > 1 ? " " + ShellArgument.QuoteAll(words.Skip(1)) : "";
            yield return $"exec busybox start-stop-daemon -S -p /run/strata/none -c {account} -x "
                + $"{ShellArgument.Quote(words[0])} --{arguments}";
        }
        else
        {
            yield return $"exec {ShellArgument.QuoteAll(words)}";
        }
    }

    private static string AccountOf(ServiceOptions options) =>
        options.Group is null ? options.User! : $"{options.User ?? "root"}:{options.Group}";

    private IEnumerable<string> Dependents(Service service) => _plan.Services
        .Where(s => Names(s.Service.Options.After).Concat(Names(s.Service.Options.Requires)).Contains(service.Name))
            .Select(s => s.Service.Name);

    // setups have ended before anything else starts, and have an order among themselves
    private string? ScriptsOf(IEnumerable<string> names, Service service)
    {
        string[] scripts =
        [
            .. names.Distinct(StringComparer.Ordinal).Where(_supervised.ContainsKey).Select(n => _supervised[n])
                .Where(s => s.Service.Kind != ServiceKind.Setup || service.Kind != ServiceKind.Setup).Select(s => s.ScriptPath.ToString()),
        ];
        return scripts.Length == 0 ? null : string.Join(' ', scripts);
    }

    private static IEnumerable<string> Names(IReadOnlyList<YamlScalar>? names) => (names ?? []).Select(n => n.Text);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
