using System.Globalization;
using System.Text;
using Strata.Blueprints.Services;
using Strata.Composition.InitSystems.Supervision;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Composition.InitSystems.OpenRc;

/// <summary>
/// OpenRC: each service becomes a script of its name in <c>/etc/init.d</c> and a link in a run level: setups in <c>boot</c>, what
/// runs when the system goes down in <c>shutdown</c>, all else in <c>default</c>. Daemons and consoles run under supervise-daemon(8).
/// </summary>
/// <remarks>
/// supervise-daemon starts a program again after one pause that never grows, and looks neither at how it ended nor whether it is ready.
/// So what it keeps running is the same small script that does this under BusyBox; OpenRC itself orders, limits, shows and stops.
/// A layer that is not mounted has no script here and its link leads nowhere, which OpenRC passes over.
/// </remarks>
internal sealed class OpenRcInit : IInitSystem
{
    /// <inheritdoc/>
    public GuestPath Program => GuestPath.Parse("/usr/sbin/openrc-init");

    /// <inheritdoc/>
    public IReadOnlyList<InitFile> FilesFor(ServicePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        SupervisedScripts supervised = new(plan);
        List<InitFile> files = [.. supervised.OwnFiles.Where(f => f.Path.ToString() != supervised.StopProgram)]; // OpenRC stops them
        List<DeclaredService> setups = [];
        foreach (DeclaredService declared in plan.Sorted)
        {
            Service service = declared.Service;
            string capability = declared.Capability.Name;
            InitFile? script = supervised.Of(declared);
            if (script is null && service.Kind == ServiceKind.Console)
            {
                // getty(8) starts a program without arguments, and gives it "--"
                script = new InitFile(
                    declared.ScriptPath, Modes.Program, $"#!/bin/sh\nexec {ShellArgument.QuoteAll(service.Command)}\n", capability);
            }
            if (script is not null)
            {
                files.Add(script);
            }
            GuestPath path = GuestPath.Parse("/etc/init.d/" + service.Name);
            files.Add(new InitFile(path, Modes.Program, TextOf(service, script?.Path, setups), capability));
            string level = service.Kind switch { ServiceKind.Setup => "boot", ServiceKind.Shutdown => "shutdown", _ => "default" };
            files.Add(InitFile.Link(GuestPath.Parse($"/etc/runlevels/{level}/{service.Name}"), path.ToString(), capability));
            if (service.Kind == ServiceKind.Setup)
            {
                setups.Add(declared);
            }
        }
        return files;
    }

    private static string TextOf(Service service, GuestPath? script, List<DeclaredService> setups)
    {
        StringBuilder text = new("#!/usr/sbin/openrc-run\n");
        string[] after =
        [
            .. (service.Options.After ?? []).Concat(service.Options.Requires ?? []).Select((YamlScalar n) => n.Text)
                .Concat(service.Kind == ServiceKind.Setup ? setups.TakeLast(1).Select(s => s.Service.Name) : [])
                    .Distinct(StringComparer.Ordinal),
        ];
        text.Append("depend() {\n    keyword -timeout\n"); // it ends when it ends
        if (after.Length > 0)
        {
            text.Append("    after ").AppendJoin(' ', after).Append('\n');
        }
        text.Append("}\n");
        ServiceLimits? limits = service.Options.Limits;
        if (limits?.Memory is not null || limits?.Cpu is not null)
        {
            // cgroup-v2: microseconds of every tenth of a second
            string memory = limits.Memory is ByteSize size ? $"memory.max {size.Bytes.ToString(CultureInfo.InvariantCulture)}\n" : "";
            string cpu = limits.Cpu is int percent ? $"cpu.max {(percent * 1000L).ToString(CultureInfo.InvariantCulture)} 100000\n" : "";
            text.Append("rc_cgroup_settings=").Append(ShellArgument.Quote(memory + cpu)).Append('\n');
        }
        string command = script is GuestPath own ? ShellArgument.Quote(own.ToString()) : ShellArgument.QuoteAll(service.Command);
        switch (service.Kind)
        {
            case ServiceKind.Daemon:
                text.Append("supervisor=supervise-daemon\ncommand=").Append(command).Append("\nrespawn_delay=1\nrespawn_max=0\n");
                text.Append("pidfile=/run/").Append(service.Name).Append(".pid\n");
                text.Append("start_pre() { ").Append(command).Append(" start; }\nstop_pre() { ").Append(command).Append(" stop; }\n");
                break;
            case ServiceKind.Console:
                text.Append("supervisor=supervise-daemon\ncommand=/usr/sbin/getty\nrespawn_delay=1\nrespawn_max=0\n");
                text.Append("retry=SIGHUP/2/SIGKILL/2\n"); // a shell that somebody types into does not listen to SIGTERM
                text.Append("command_args=").Append(ShellArgument.Quote($"-n -l {script} 0 {service.Terminal}")).Append('\n');
                text.Append("pidfile=/run/").Append(service.Name).Append(".pid\n");
                break;
            case ServiceKind.Once:
                text.Append("start() { ").Append(command).Append(" & }\n");
                break;
            default:
                text.Append("start() { ").Append(command).Append("; }\n");
                break;
        }
        return text.ToString();
    }
}
