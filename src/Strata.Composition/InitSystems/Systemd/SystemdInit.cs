using Strata.Blueprints.Services;
using Strata.Core;

namespace Strata.Composition.InitSystems.Systemd;

/// <summary>systemd: each service becomes a unit of its name in the layer of its capability, and a link that enables it.</summary>
/// <remarks>
/// A layer that is not mounted has no unit, and what names it goes on without, so nothing has to be looked for at the start.
/// </remarks>
internal sealed class SystemdInit : IInitSystem
{
    private const string Units = "/usr/lib/systemd/system";
    private const string Links = "/etc/systemd/system";

    /// <inheritdoc/>
    public GuestPath Program => GuestPath.Parse("/usr/lib/systemd/systemd");

    /// <inheritdoc/>
    public IReadOnlyList<InitFile> FilesFor(ServicePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        string provider = plan.Provider.Name;
        GuestPath waitReady = GuestPath.Parse($"/usr/lib/strata/{provider}/wait-ready");
        GuestPath ended = GuestPath.Parse($"/usr/lib/strata/{provider}/ended");
        List<InitFile> files =
        [
            new(waitReady, Modes.Program, InitScripts.Waiting("wait-ready.sh"), provider),
            new(ended, Modes.Program, InitScripts.Read("ended.sh"), provider),
        ];
        ServiceUnitText texts = new(waitReady, ended);
        HashSet<string> required =
            [.. plan.Services.SelectMany(d => d.Service.Options.Requires ?? []).Select(n => n.Text)];
        List<string> setups = [];
        foreach (DeclaredService declared in plan.Services)
        {
            Service service = declared.Service;
            string name = service.Name + ".service";
            string capability = declared.Capability.Name;
            files.Add(new InitFile(GuestPath.Parse($"{Units}/{name}"), Modes.File, texts.Of(declared), capability));
            files.Add(InitFile.Link(
                GuestPath.Parse($"{Links}/{ServiceUnitText.WantedBy(service.Kind)}.wants/{name}"), $"{Units}/{name}", capability));
            UnitLines order = new();
            if (service.Kind == ServiceKind.Setup)
            {
                _ = setups.Count > 0 ? order.Section("Unit").Add("After", string.Join(' ', setups)) : order;
                setups.Add(name);
            }
            else if (service.Kind == ServiceKind.Daemon && required.Contains(service.Name))
            {
                // who requires it waits on while it is started again, and does not fail with it; the start of the system waits as well
                order.Section("Service").Add("RestartMode", "direct");
            }
            if (order.ToString() is { Length: > 0 } text)
            {
                // of the whole system: which services there are is not for one capability to say
                files.Add(new InitFile(GuestPath.Parse($"{Units}/{name}.d/order.conf"), Modes.File, text, null));
            }
        }
        return files;
    }
}
