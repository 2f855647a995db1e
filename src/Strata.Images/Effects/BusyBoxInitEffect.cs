using System.Buffers;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Images.Blueprints;

namespace Strata.Images.Effects;

/// <summary>Makes BusyBox init process 1 and writes <c>/etc/inittab</c> from the services that capabilities declare, in their order.</summary>
/// <remarks>
/// Lines are <c>terminal::action:command</c> (BusyBox, init/init.c). init splits the command at spaces unless it holds one of
/// <c>~`!$^&amp;*()=|\{}[];"'&lt;&gt;?</c>, then it starts a shell; such commands are refused, a script file says it better.
/// </remarks>
public sealed class BusyBoxInitEffect : IEffect
{
    private static readonly SearchValues<char> s_shellCharacters = SearchValues.Create("~`!$^&*()=|\\{}[];\"'<>?:#\n\t ");

    /// <inheritdoc/>
    public string Name => "busybox-init";

    /// <inheritdoc/>
    public string Description => "BusyBox init as process 1, its table from the declared services";

    /// <inheritdoc/>
    public bool IsAlwaysOn => false;

    /// <inheritdoc/>
    public IReadOnlyList<string> Settings => [];

    private const string IfThere = "/usr/lib/strata/if-there";

    // one table for every composition: which layers are mounted is known at boot only
    private const string IfThereScript = """
        #!/bin/sh
        # Starts a service whose layer is mounted. One that should always run and has no layer is waited for, lest init start it again and again.
        mode=$1
        shift
        [ -x "$1" ] && exec "$@"
        [ "$mode" = once ] || exec sleep 2147483647

        """;

    /// <summary>Text of the table.</summary>
    /// <param name="services">What to start.</param>
    /// <param name="isComposed">True when a service may lie in a layer that is not mounted.</param>
    /// <exception cref="StrataException">A command needs a shell.</exception>
    public static string Inittab(IEnumerable<(Capability Capability, Service Service)> services, bool isComposed = false)
    {
        StringBuilder text = new();
        foreach ((Capability capability, Service service) in services)
        {
            foreach (string argument in service.Command)
            {
                if (argument.Length == 0 || argument.AsSpan().ContainsAny(s_shellCharacters))
                {
                    throw new StrataException(
                        $"cannot start service '{service.Name}' of capability '{capability.Name}': '{argument}' has characters that init would give to a shell",
                        "Put the command into a script file of the capability and start that.");
                }
            }
            string command = string.Join(' ', service.Command);
            if (isComposed && service.Kind != ServiceKind.Console)
            {
                command = $"{IfThere} {(service.Kind == ServiceKind.Daemon ? "always" : "once")} {command}";
            }
            text.Append(service.Kind switch
            {
                ServiceKind.Setup => $"::sysinit:{command}",
                ServiceKind.Once => $"::once:{command}",
                ServiceKind.Daemon => $"::respawn:{command}",
                ServiceKind.Console => $"{service.Terminal}::respawn:-{command}", // the dash makes it a login shell with the terminal as its own
                _ => $"::shutdown:{command}",
            }).Append('\n');
        }
        return text.Append("::ctrlaltdel:/usr/sbin/reboot\n").ToString();
    }

    /// <inheritdoc/>
    public void Apply(EffectContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Origin origin = EffectContext.OriginOf(this);
        bool isComposed = context.Blueprint.Edition.Layout == EditionLayout.Layers;
        string table = Inittab(context.Blueprint.Capabilities.SelectMany(c => c.Services.Select(s => (c, s))), isComposed);
        if (isComposed)
        {
            context.Tree.Add(GuestPath.Parse(IfThere), new FileNode { Permissions = 0x1ED, Content = InlineContent.FromText(IfThereScript) }, origin);
        }
        context.Tree.Replace(GuestPath.Parse("/etc/inittab"), new FileNode { Permissions = 0x1A4, Content = InlineContent.FromText(table) }, origin);
        context.Tree.Replace(GuestPath.Parse("/init"), new SymlinkNode { Permissions = 0x1FF, Target = "usr/sbin/init" }, origin);
    }
}
