using Strata.Blueprints.Services;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>Sees that what <c>units:</c> of capabilities say has somebody who reads it, and agrees.</summary>
internal static class UnitClaims
{
    /// <summary>Notes what nobody reads because process 1 is none of systemd, and what two capabilities say differently.</summary>
    internal static void Check(IReadOnlyList<Capability> capabilities, IReadOnlyList<string> editions, FaultList faults)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        InitSystemKind? init = capabilities.FirstOrDefault(c => c.InitSystem is not null)?.InitSystem?.Kind;
        HashSet<string> decided =
            [.. capabilities.Where(c => editions.Contains(c.Name)).SelectMany(c => c.Units.Names).Select(n => n.Text)];
        Dictionary<string, (string What, Capability Whose)> said = new(StringComparer.Ordinal);
        foreach (Capability capability in capabilities)
        {
            if (init != InitSystemKind.Systemd && capability.Units.Names.FirstOrDefault() is YamlScalar first)
            {
                string why = init is InitSystemKind kind ? $"init-system {InitSystemNames.Of(kind)} reads none"
                    : "nothing of this edition reads units";
                faults.Add(first, $"'units' of '{capability.Name}' name {first.Text}, and {why}; 'init: systemd' does");
            }
            foreach ((string what, YamlScalar name) in capability.Units.Enable.Select(n => ("enable", n))
                .Concat(capability.Units.Disable.Select(n => ("disable", n))).Concat(capability.Units.Mask.Select(n => ("mask", n))))
            {
                if (!decided.Contains(name.Text) && said.TryGetValue(name.Text, out (string What, Capability Whose) other)
                    && other.What != what)
                {
                    faults.Add(
                        name,
                        $"capability '{capability.Name}' wants to {what} {name.Text}, and '{other.Whose.Name}' to {other.What} it; "
                        + "the blueprint can say which");
                }
                said[name.Text] = (what, capability);
            }
        }
    }
}
