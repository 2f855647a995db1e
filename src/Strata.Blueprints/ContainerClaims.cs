using Strata.Blueprints.Hosted;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>What containers of an edition ask for and nobody can give them.</summary>
internal static class ContainerClaims
{
    // what is made anew at each start, as its name says
    private static readonly GuestPath[] s_passing = [GuestPath.Parse("/run"), GuestPath.Parse("/tmp")];

    /// <summary>Notes an init system that keeps no control groups, folders that would be lost, and ports that two want.</summary>
    public static void Check(Edition edition, IReadOnlyList<Capability> capabilities, FaultList faults)
    {
        List<(string Port, HostedContainer Container)> taken = [];
        foreach (HostedContainer container in capabilities.SelectMany(c => c.Containers))
        {
            string name = container.Service.Name;
            if (capabilities.FirstOrDefault(c => c.InitSystem is not null)?.InitSystem is { Kind: InitSystemKind.BusyBox })
            {
                faults.Add(
                    container.Place,
                    $"container '{name}' needs control groups, and init-system busybox mounts none; 'init: openrc' and 'init: systemd' do");
            }
            foreach ((GuestPath path, YamlValue place) in container.Written.Where(w => !IsKept(edition, w.Path)))
            {
                faults.Add(
                    place,
                    $"what container '{name}' writes to '{path}' is gone after a restart: add it to 'keep' of 'state', "
                    + "say 'read-only: true', or take a folder below /run");
            }
            foreach (PublishedPort port in container.Ports)
            {
                string text = $"{port.Host}/{port.Protocol}";
                int first = taken.FindIndex(t => t.Port == text && t.Container.Ports.Any(p =>
                    p.Host == port.Host && p.Protocol == port.Protocol && p != port
                    && (p.Address.Length == 0 || port.Address.Length == 0 || p.Address == port.Address)));
                if (first >= 0)
                {
                    faults.Add(
                        port.Place,
                        $"port {text} leads to container '{taken[first].Container.Service.Name}' already; only one of them can have it");
                }
                taken.Add((text, container));
            }
        }
    }

    private static bool IsKept(Edition edition, GuestPath path) =>
        s_passing.Any(path.IsAtOrBelow)
        || edition.State is { IsEverything: true }
        || edition.State?.Kept.Any(k => path.IsAtOrBelow(k.Path)) == true;
}
