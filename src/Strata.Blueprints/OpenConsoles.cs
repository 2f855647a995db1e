using Strata.Blueprints.Services;

namespace Strata.Blueprints;

/// <summary>Terminals on which an edition gives a shell to whoever sits there, and asks for no password.</summary>
public static class OpenConsoles
{
    private static readonly string[] s_shells = ["sh", "ash", "dash", "bash", "zsh", "fish"];

    /// <summary>What to know before such an image leaves the house, for people; null when there is no such terminal.</summary>
    public static string? WarningOf(Blueprint blueprint)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        List<(string Capability, string Terminal)> open =
        [
            .. from capability in blueprint.Capabilities
               from service in capability.Services
               let program = service.Command[0]
               where service.Kind == ServiceKind.Console && s_shells.Contains(program[(program.LastIndexOf('/') + 1)..])
               select (capability.Name, service.Terminal!),
        ];
        return open.Count == 0 ? null
            : $"{blueprint.Edition.Name} gives a root shell without a password to whoever has its "
                + $"{string.Join(" or ", open.Select(o => o.Terminal).Distinct())} "
              + $"(capability {string.Join(" and ", open.Select(o => o.Capability).Distinct())}): for trying, and not for an image "
                  + "that others get";
    }
}
