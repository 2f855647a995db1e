using Strata.Core;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Settings.Reading;

/// <summary>What one word says of another: known only when all words of a machine are together.</summary>
internal static class WholeChecks
{
    /// <summary>Notes what does not go together.</summary>
    public static void Check(MachineWords words, FaultList faults)
    {
        Dictionary<string, InterfaceWords> interfaces = (words.Network ?? []).ToDictionary(i => i.Name.Text, StringComparer.Ordinal);
        Dictionary<string, YamlScalar> owners = new(StringComparer.Ordinal); // of members of bridges and bonds
        foreach (InterfaceWords one in interfaces.Values)
        {
            foreach (YamlScalar below in one.Below)
            {
                if (!interfaces.ContainsKey(below.Text))
                {
                    string near = NearMiss.Suggestion(below.Text, interfaces.Keys);
                    faults.Add(below,
                        $"'network' says nothing of an interface '{below.Text}'{near}; add it there, if only as '{below.Text}: {{}}'");
                }
                else if (one.Kind != InterfaceKind.Vlan && !owners.TryAdd(below.Text, below))
                {
                    YamlScalar first = owners[below.Text];
                    faults.Add(below, $"'{below.Text}' is a part of another interface already ({first.File}:{first.Line}:{first.Column})");
                }
            }
            if (IsBelowItself(one, interfaces))
            {
                faults.Add(one.Name, $"'{one.Name.Text}' is made of interfaces that are made of it");
            }
        }
        foreach (InterfaceWords part in interfaces.Values.Where(
            i => owners.ContainsKey(i.Name.Text) && (i.Dhcp != DhcpKind.No || i.Addresses.Count > 0)))
        {
            faults.Add(part.Name, $"'{part.Name.Text}' is a part of another interface, and has addresses itself; give them to that one");
        }
        foreach (AllowWords allow in words.Firewall?.Allow ?? [])
        {
            foreach (YamlScalar on in allow.On.Where(o => words.Network is not null && !interfaces.ContainsKey(o.Text)))
            {
                faults.Add(on, $"'network' says nothing of an interface '{on.Text}'{NearMiss.Suggestion(on.Text, interfaces.Keys)}");
            }
        }
        Dictionary<int, UserWords> ids = [];
        foreach (UserWords user in words.Users)
        {
            if (user.Id is int id && !ids.TryAdd(id, user))
            {
                faults.Add(user.Name, $"'{user.Name.Text}' has id {id}, and so has '{ids[id].Name.Text}'");
            }
        }
    }

    private static bool IsBelowItself(InterfaceWords start, Dictionary<string, InterfaceWords> interfaces)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        Stack<InterfaceWords> open = new([start]);
        while (open.TryPop(out InterfaceWords? one))
        {
            foreach (YamlScalar below in one.Below)
            {
                if (below.Text == start.Name.Text)
                {
                    return true;
                }
                if (seen.Add(below.Text) && interfaces.TryGetValue(below.Text, out InterfaceWords? next))
                {
                    open.Push(next);
                }
            }
        }
        return false;
    }
}
