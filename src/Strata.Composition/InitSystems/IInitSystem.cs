using Strata.Blueprints;
using Strata.Blueprints.Services;
using Strata.Composition.InitSystems.BusyBox;
using Strata.Composition.InitSystems.OpenRc;
using Strata.Composition.InitSystems.Systemd;
using Strata.Core;

namespace Strata.Composition.InitSystems;

/// <summary>Turns the services of an edition into what its process 1 reads.</summary>
internal interface IInitSystem
{
    /// <summary>The program that becomes process 1.</summary>
    GuestPath Program { get; }

    /// <summary>Everything it reads and runs, for all services together.</summary>
    /// <exception cref="StrataException">A service asks for something that this init cannot do.</exception>
    IReadOnlyList<InitFile> FilesFor(ServicePlan plan);
}

/// <summary>A service and the capability that declares it.</summary>
internal sealed record DeclaredService(Capability Capability, Service Service)
{
    /// <summary>Where a script of its own stands, if it needs one: in the folder of its capability.</summary>
    public GuestPath ScriptPath => GuestPath.Parse($"{ServicePlan.Folder}/{Capability.Name}/services/{Service.Name}");

    /// <summary>For messages.</summary>
    public override string ToString() => $"service '{Service.Name}' of capability '{Capability.Name}'";
}

/// <summary>What an init has to start.</summary>
/// <param name="Services">Of all capabilities, in their order.</param>
/// <param name="Provider">The capability that brings the init.</param>
/// <param name="IsComposed">True when a service may lie in a layer that is not mounted.</param>
internal sealed record ServicePlan(IReadOnlyList<DeclaredService> Services, Capability Provider, bool IsComposed)
{
    /// <summary>Where files of ours lie in an image; each capability has a folder of its own below it.</summary>
    public const string Folder = "/usr/lib/strata";

    /// <summary>That of the capability that brings the init.</summary>
    public string ProviderFolder => $"{Folder}/{Provider.Name}";

    /// <summary>The services in an order in which each comes after those that it waits for.</summary>
    public IReadOnlyList<DeclaredService> Sorted
    {
        get
        {
            Dictionary<string, DeclaredService> named = Services.ToDictionary(s => s.Service.Name, StringComparer.Ordinal);
            return [.. ServiceOrder.Sort([.. Services.Select(s => s.Service)]).Select(s => named[s.Name])];
        }
    }

    /// <summary>All services of an edition; null when no capability of it brings an init.</summary>
    public static ServicePlan? Of(Blueprint blueprint) =>
        blueprint.Capabilities.FirstOrDefault(c => c.InitSystem is not null) is not Capability provider ? null : new ServicePlan(
            [.. blueprint.Capabilities.SelectMany(c => c.Services.Select(s => new DeclaredService(c, s)))],
            provider,
            blueprint.Edition.Layout == EditionLayout.Layers);
}

/// <summary>A file that an init reads or runs.</summary>
/// <param name="Path">Where.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="Text">Content.</param>
/// <param name="Capability">The capability whose services alone decide what it says; null when those of the whole system do.</param>
internal sealed record InitFile(GuestPath Path, int Mode, string Text, string? Capability)
{
    /// <summary>Where it leads, when it is a symbolic link and has neither mode nor text of its own; null for a file.</summary>
    public string? Target { get; private init; }

    /// <summary>A symbolic link.</summary>
    public static InitFile Link(GuestPath path, string target, string? capability) =>
        new(path, Modes.Link, "", capability) { Target = target };
}

/// <summary>All init systems there are.</summary>
internal static class InitSystemCatalog
{
    /// <summary>The one that a capability provides.</summary>
    public static IInitSystem Of(InitSystemKind kind) => kind switch
    {
        InitSystemKind.BusyBox => new BusyBoxInit(),
        InitSystemKind.OpenRc => new OpenRcInit(),
        InitSystemKind.Systemd => new SystemdInit(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no init system of that kind"),
    };
}
