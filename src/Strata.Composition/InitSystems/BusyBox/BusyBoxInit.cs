using System.Buffers;
using System.Text;
using Strata.Blueprints.Services;
using Strata.Composition.InitSystems.Supervision;
using Strata.Core;

namespace Strata.Composition.InitSystems.BusyBox;

/// <summary>
/// BusyBox init: services become lines of <c>/etc/inittab</c>. What init itself cannot do (waits, restarts with pauses, accounts,
/// limits) is done by <c>supervise.sh</c>, for every daemon and whatever else asks for more than to be started.
/// </summary>
/// <remarks>
/// Lines are <c>terminal::action:command</c>; the command is the rest of the line, colons included, up to a <c>#</c> (BusyBox,
/// init/init.c and libbb/parse_config.c, <c>PARSE_GREEDY</c>). init splits the command at spaces, unless it holds one of
/// <c>~`!$^&amp;*()=|\{}[];"'&lt;&gt;?</c>: then it gives all of it to a shell. Of two lines with one command and terminal it keeps the
/// second. So what init would change or drop is written into a script of its own, and the line names that.
/// </remarks>
internal sealed class BusyBoxInit : IInitSystem
{
    private const int ProgramMode = Modes.Program;
    private const int FileMode = Modes.File;

    // one table for every composition: which layers are mounted is known at boot only
    private const string IfThereScript = """
        #!/bin/sh
        # Starts a service whose layer is mounted. One that should always run and has no layer is waited for, lest init start it again and again.
        mode=$1
        shift
        [ -x "$1" ] && exec "$@"
        [ "$mode" = once ] || exec sleep 2147483647

        """;

    private static readonly SearchValues<char> s_notAsTheyAre = SearchValues.Create("~`!$^&*()=|\\{}[];\"'<>?# \t\n\r\v\f");

    /// <inheritdoc/>
    public GuestPath Program => GuestPath.Parse("/usr/sbin/init");

    /// <inheritdoc/>
    public IReadOnlyList<InitFile> FilesFor(ServicePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        List<InitFile> files = [];
        StringBuilder table = new();
        HashSet<(string? Terminal, string Command)> known = []; // as init compares lines
        SupervisedScripts supervised = new(plan);
        files.AddRange(supervised.OwnFiles); // in every edition, whatever it starts: the layer of a capability is the same in all
        if (supervised.Any)
        {
            table.Append("::shutdown:").Append(supervised.StopProgram).Append('\n'); // before what capabilities do then
        }
        foreach (DeclaredService declared in plan.Sorted)
        {
            Service service = declared.Service;
            string command = string.Join(' ', service.Command);
            if (supervised.Of(declared) is InitFile script)
            {
                files.Add(script);
                command = script.Path.ToString();
            }
            else if (service.Command.Any(a => a.Length == 0 || a.AsSpan().ContainsAny(s_notAsTheyAre))
                || known.Contains((service.Terminal, Started(service, command, plan))))
            {
                InitFile own = ScriptOf(declared);
                files.Add(own);
                command = own.Path.ToString();
            }
            string started = Started(service, command, plan);
            known.Add((service.Terminal, started));
            table.Append(service.Kind switch
            {
                ServiceKind.Setup => $"::sysinit:{started}",
                ServiceKind.Once => $"::once:{started}",
                ServiceKind.Daemon => $"::respawn:{started}",
                ServiceKind.Console => $"{service.Terminal}::respawn:{started}",
                _ => $"::shutdown:{started}",
            }).Append('\n');
        }
        table.Append("::ctrlaltdel:/usr/sbin/reboot\n");
        files.Add(new InitFile(GuestPath.Parse("/etc/inittab"), FileMode, table.ToString(), null));
        if (plan.IsComposed)
        {
            files.Add(new InitFile(GuestPath.Parse(IfThere(plan)), ProgramMode, IfThereScript, plan.Provider.Name));
        }
        return files;
    }

    private static string Started(Service service, string command, ServicePlan plan) =>
        service.Kind == ServiceKind.Console ? "-" + command // the dash makes it a login shell with the terminal as its own
        : !plan.IsComposed ? command
        : $"{IfThere(plan)} {(service.Kind == ServiceKind.Daemon ? "always" : "once")} {command}";

    private static string IfThere(ServicePlan plan) => $"{plan.ProviderFolder}/if-there";

    private static InitFile ScriptOf(DeclaredService declared)
    {
        if (declared.Service.Kind == ServiceKind.Console
            && declared.Service.Command.Any(a => a.Length == 0 || a.AsSpan().ContainsAny(s_notAsTheyAre)))
        {
            throw new StrataException(
                $"cannot start {declared} ({declared.Service.PlaceText}): BusyBox init gives words with blanks or special "
                    + "characters to a shell",
                "Put the command into a script file of the capability and start that on the terminal.");
        }
        return new InitFile(
            declared.ScriptPath, ProgramMode, $"#!/bin/sh\nexec {ShellArgument.QuoteAll(declared.Service.Command)}\n",
                declared.Capability.Name);
    }
}
