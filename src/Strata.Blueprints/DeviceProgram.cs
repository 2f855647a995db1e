using Strata.Core;

namespace Strata.Blueprints;

/// <summary>A program of Strata's own that runs in a guest, compiled ahead of time for the edition's architecture.</summary>
/// <param name="Name">Its name in capability files.</param>
/// <param name="Project">The project that it is compiled from.</param>
public sealed record DeviceProgram(string Name, string Project)
{
    /// <summary>What the kernel of an edition of layers starts (<c>docs/init.md</c>).</summary>
    public static DeviceProgram EarlyInit { get; } = new("early-init", "Strata.Init");

    /// <summary>What learns from its owner who a machine is (<c>docs/machines.md</c>).</summary>
    public static DeviceProgram Agent { get; } = new("agent", "Strata.Agent");

    /// <summary>All programs that a capability can take.</summary>
    public static IReadOnlyList<DeviceProgram> All { get; } = [EarlyInit, Agent];

    /// <summary>The project file, below the checkout.</summary>
    public string ProjectFile => $"src/{Project}/{Project}.csproj";
}

/// <summary>A program of Strata's own that a capability takes.</summary>
/// <param name="Path">Where it lies in the guest.</param>
/// <param name="Program">Which.</param>
public sealed record TakenProgram(GuestPath Path, DeviceProgram Program);
