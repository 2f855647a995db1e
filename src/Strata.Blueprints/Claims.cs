using Strata.Blueprints.Services;
using Strata.Kernel.Profiles;
using Strata.Packages.Locks;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>
/// Sees that whatever the capabilities of an edition ask for has somebody who reads it. What nobody reads would be missing in silence, so
/// it is a fault; so are two that ask for what only one can have.
/// </summary>
/// <remarks>
/// Who claims the rest of a <see cref="Capability"/>, and fails where it cannot: the catalogue claims <c>requires</c>; the composer
/// packages, files, directories, links and <c>replaces</c>; effects that are part of every build users, groups, owners and device programs; the build the
/// effects that are asked for. <c>optional-modules</c> count where the kernel has them, <c>optional-fragments</c> where it is built, and
/// <c>budget: layer</c> in an edition of layers: that is their meaning.
/// </remarks>
internal static class Claims
{
    private const string NoKernel = "this edition has no kernel";

    /// <summary>Notes what nobody claims, and what two claim.</summary>
    /// <param name="edition">The edition.</param>
    /// <param name="capabilities">Its capabilities, all of them read without a fault.</param>
    /// <param name="kernel">The kernel that is built for it; null without one and for one that is taken as it is.</param>
    /// <param name="faults">Where faults go.</param>
    public static void Check(Edition edition, IReadOnlyList<Capability> capabilities, KernelProfile? kernel, FaultList faults)
    {
        CheckKernel(edition, capabilities, kernel, faults);
        CheckInit(edition, capabilities, faults);
        CheckServices(capabilities, faults);
        ServiceOrder.Check([.. capabilities.SelectMany(c => c.Services)], faults);
        CheckWords(capabilities, faults);
        ContainerClaims.Check(edition, capabilities, faults);
        UnitClaims.Check(capabilities, edition.OwnNames, faults);
        CheckOwnPackages(edition, capabilities, faults);
    }

    private static void CheckOwnPackages(Edition edition, IReadOnlyList<Capability> capabilities, FaultList faults)
    {
        Dictionary<string, (Capability Capability, LockedPackage Package)> names = new(StringComparer.Ordinal);
        foreach (Capability capability in capabilities)
        {
            foreach ((YamlScalar place, OwnPackage own) in capability.Packages.Where(p => p.Deb is not null).Select(p => p.Deb!.Value))
            {
                LockedPackage package = own.Locked;
                if (package.Architecture != "all" && package.Architecture != edition.Architecture.Name)
                {
                    faults.Add(place, $"'{place.Text}' is for {package.Architecture}; the edition is for {edition.Architecture}");
                }
                if (!names.TryAdd(package.Name, (capability, package)) && names[package.Name].Package.Sha256 != package.Sha256)
                {
                    faults.Add(
                        place,
                        $"capability '{capability.Name}' takes package '{package.Name}' from '{place.Text}', and "
                        + $"'{names[package.Name].Capability.Name}' from another file; a system has one");
                }
            }
        }
    }

    private static void CheckKernel(Edition edition, IReadOnlyList<Capability> capabilities, KernelProfile? kernel, FaultList faults)
    {
        foreach (Capability capability in capabilities)
        {
            foreach (YamlScalar fragment in kernel is null ? capability.KernelFragments : [])
            {
                string why = edition.HasKernel ? $"kernel '{edition.Kernel.Name}' is taken from a package as it is" : NoKernel;
                faults.Add(
                    fragment,
                    $"no kernel is built with fragment '{fragment.Text}' of capability '{capability.Name}': {why}; "
                    + "name a kernel that is built from a profile");
            }
            if (!edition.HasKernel && capability.KernelModules is [YamlScalar module, ..])
            {
                string others = capability.KernelModules.Count > 1 ? $" and {capability.KernelModules.Count - 1} more" : "";
                faults.Add(
                    module,
                    $"nothing loads module '{module.Text}'{others} of capability '{capability.Name}': {NoKernel}; "
                    + "what a system can do without belongs into 'optional-modules'");
            }
            foreach (YamlScalar package in edition.HasKernel ? [] : capability.FirmwarePackages)
            {
                faults.Add(package, $"nothing loads firmware of '{package.Text}' of capability '{capability.Name}': {NoKernel}");
            }
        }
    }

    private static void CheckInit(Edition edition, IReadOnlyList<Capability> capabilities, FaultList faults)
    {
        List<Capability> providers = [.. capabilities.Where(c => c.InitSystem is not null)];
        if (edition.Init is ProvidedInit asked && !providers.Any(p => p.InitSystem!.Kind == asked.Kind))
        {
            string provided = providers is [Capability other, ..]
                ? $"capability '{other.Name}' ({other.File}) provides {InitSystemNames.Of(other.InitSystem!.Kind)}"
                    : "none provides an init-system";
            string name = InitSystemNames.Of(asked.Kind);
            faults.Add(
                asked.Place,
                $"no capability of this edition provides init-system {name}: {provided}; one for {name} alone is a file "
                    + $"capabilities/{name}/NAME.yaml");
        }
        foreach (Capability second in providers.Skip(1))
        {
            faults.Add(
                second.InitSystem!.Place,
                $"capability '{second.Name}' provides an init-system, and so does '{providers[0].Name}'; a system has one");
        }
        foreach (Capability capability in providers.Count == 0 ? capabilities : [])
        {
            foreach (Service service in capability.Services)
            {
                faults.Add(
                    service.Place,
                    $"nobody starts service '{service.Name}' of capability '{capability.Name}': "
                    + "no capability of this edition provides an init-system; one that does is 'init'");
            }
        }
    }

    private static void CheckServices(IReadOnlyList<Capability> capabilities, FaultList faults)
    {
        Dictionary<string, (Capability Capability, Service Service)> names = new(StringComparer.Ordinal);
        Dictionary<string, (Capability Capability, Service Service)> terminals = new(StringComparer.Ordinal);
        Dictionary<string, (Capability Capability, Service Service)> ports = new(StringComparer.Ordinal);
        foreach (Capability capability in capabilities)
        {
            foreach (Service service in capability.Services)
            {
                if (!names.TryAdd(service.Name, (capability, service)))
                {
                    (Capability other, Service first) = names[service.Name];
                    faults.Add(
                        service.Place,
                        $"a service '{service.Name}' is declared by capability '{capability.Name}' "
                        + $"and by '{other.Name}' ({first.PlaceText}); rename one, or leave one capability out");
                }
                if (service.Options.Ready is { Kind: ReadyKind.Port, What: string port } && !ports.TryAdd(port, (capability, service)))
                {
                    (Capability other, Service first) = ports[port];
                    faults.Add(
                        service.Options.Places["ready.port"],
                        $"port {port} is what service '{service.Name}' of capability '{capability.Name}' listens on "
                        + $"and '{first.Name}' of '{other.Name}' ({first.PlaceText}); only one of them can");
                }
                if (service.Terminal is string terminal && !terminals.TryAdd(terminal, (capability, service)))
                {
                    (Capability other, Service first) = terminals[terminal];
                    faults.Add(
                        service.Place,
                        $"terminal '{terminal}' is taken by service '{service.Name}' of capability '{capability.Name}' "
                        + $"and by '{first.Name}' of '{other.Name}' ({first.PlaceText}); leave one of the capabilities out");
                }
            }
        }
    }

    private static void CheckWords(IReadOnlyList<Capability> capabilities, FaultList faults)
    {
        if (capabilities.FirstOrDefault(c => c.InitSystem is not null)?.InitSystem is not ProvidedInit init)
        {
            return; // that nobody starts them is said already
        }
        foreach (Service service in capabilities.SelectMany(c => c.Services))
        {
            foreach (ServiceWord word in ServiceWord.All.Where(w => service.Options.Places.ContainsKey(w.Name)))
            {
                YamlValue place = service.Options.Places[word.Name];
                if (!word.Inits.Contains(init.Kind))
                {
                    faults.Add(
                        place,
                        $"'{word.Name}' of service '{service.Name}' is nothing that init-system {InitSystemNames.Of(init.Kind)} can do; "
                        + $"{string.Join(" and ", word.Inits.Select(InitSystemNames.Of))} can");
                }
                else if (!word.IsFor(service.Kind))
                {
                    faults.Add(place, $"'{word.Name}' means nothing for service '{service.Name}', which is a "
                        + $"{service.Kind.ToString().ToLowerInvariant()}");
                }
            }
        }
    }
}
