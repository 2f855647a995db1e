using Strata.Yaml;

namespace Strata.Agent.CloudConfig;

/// <summary>Turns <c>network-config</c> of version 2 (cloud-init, "Networking config Version 2") into the word <c>network</c>.</summary>
internal static class NetworkConfigReader
{
    // sections, and what makes their interfaces what they are
    private static readonly (string Section, string Kind)[] s_sections =
        [("ethernets", ""), ("vlans", "vlan"), ("bridges", "bridge"), ("bonds", "bond")];

    /// <summary>
    /// The word; null when there is nothing or something is wrong: a part of a network would be another network.
    /// </summary>
    public static YamlMapping? Read(YamlMapping config, FaultList faults)
    {
        FaultList own = new();
        YamlMapping? network = ReadWhole(config, own);
        foreach (Fault fault in own.Faults)
        {
            faults.Add(fault);
        }
        return own.Any ? null : network;
    }

    private static YamlMapping? ReadWhole(YamlMapping config, FaultList faults)
    {
        MappingReader top = new(config, faults);
        MappingReader reader = top;
        if (top.Value("network") is not null)
        {
            if (top.Mapping("network") is not MappingReader below)
            {
                return null;
            }
            reader = below;
            top.Done();
        }
        if (reader.Scalar("version", required: true) is { Text: not "2" } version)
        {
            faults.Add(version, $"'version' is '{version.Text}'; expected 2");
            return null;
        }
        if (reader.Scalar("renderer") is { Text: not "networkd" } renderer)
        {
            faults.Add(renderer, $"'renderer' is '{renderer.Text}'; who brings the network up is the image's, so leave it out");
        }
        Node.Pairs network = new(config);
        foreach ((string section, string kind) in s_sections)
        {
            foreach ((YamlScalar key, YamlValue value) in reader.Pairs(section))
            {
                if (MappingReader.Of(value, $"interface '{key.Text}'", faults) is MappingReader one)
                {
                    (YamlScalar name, YamlMapping words) = ReadInterface(key, one, kind);
                    one.Done();
                    if (network.Has(name.Text))
                    {
                        faults.Add(name, $"interface '{name.Text}' is here twice");
                        continue;
                    }
                    network.Add(name, words);
                }
            }
        }
        if (reader.Value("wifis") is YamlValue radios)
        {
            faults.Add(radios, "'wifis' would have passphrases in it; say 'wifi' with a 'passphrase-file' in strata/machine.yaml");
        }
        reader.Done();
        return network.ToMappingOrNothing();
    }

    private static (YamlScalar Name, YamlMapping Words) ReadInterface(YamlScalar key, MappingReader one, string kind)
    {
        Node.Pairs words = new(key);
        YamlScalar name = kind.Length == 0 ? ReadMatch(key, one, words) : key;
        bool v4 = one.Flag("dhcp4", otherwise: false);
        bool v6 = one.Flag("dhcp6", otherwise: false) | one.Flag("accept-ra", otherwise: false);
        if (v4 || v6)
        {
            words.Add("dhcp", Node.Text(key, v4 && v6 ? "both" : v4 ? "v4" : "v6"));
        }
        words.Add("addresses", one.Value("addresses"));
        words.Add("mtu", one.Scalar("mtu"));
        words.Add("optional", one.Scalar("optional"));
        List<YamlValue> gateways = [];
        Node.Pairs routes = new(key);
        foreach (string gateway in (ReadOnlySpan<string>)["gateway4", "gateway6"])
        {
            gateways.AddRange(one.Scalar(gateway) is YamlScalar address ? [address] : []);
        }
        ReadRoutes(one, gateways, routes);
        words.Add("gateway", gateways.Count == 0 ? null : new YamlSequence(key.File, key.Line, key.Column, gateways));
        words.Add("routes", routes.ToMappingOrNothing());
        if (one.Mapping("nameservers") is MappingReader servers)
        {
            words.Add("dns", servers.Value("addresses"));
            words.Add("search", servers.Value("search"));
            servers.Done();
        }
        AddParts(key, one, kind, words);
        return (name, words.ToMapping());
    }

    private static YamlScalar ReadMatch(YamlScalar key, MappingReader one, Node.Pairs words)
    {
        YamlScalar? newName = one.Scalar("set-name");
        if (one.Mapping("match") is not MappingReader match)
        {
            if (newName is not null && one.Value("match") is null)
            {
                one.Faults.Add(newName, "'set-name' needs 'match', which says what gets that name");
            }
            return key;
        }
        YamlScalar? found = null;
        foreach ((string theirs, string ours) in (ReadOnlySpan<(string, string)>)
            [("macaddress", "mac"), ("name", "name"), ("driver", "driver")])
        {
            if (match.Scalar(theirs) is YamlScalar value)
            {
                if (found is not null)
                {
                    one.Faults.Add(value, "'match' needs one of macaddress, name and driver");
                }
                else if (value.Text.AsSpan().ContainsAny('*', '?', '['))
                {
                    one.Faults.Add(value, $"'{theirs}' is a pattern, '{value.Text}'; expected one interface");
                }
                found ??= value;
                words.Add("match", new Node.Pairs(value).Add(ours, value).ToMapping());
            }
        }
        match.Done();
        if (found is null && !one.Faults.Any)
        {
            one.Faults.Add(one.Value("match")!, "'match' needs one of macaddress, name and driver");
        }
        return newName ?? key;
    }

    private static void ReadRoutes(MappingReader one, List<YamlValue> gateways, Node.Pairs routes)
    {
        foreach (YamlValue item in one.List("routes"))
        {
            if (MappingReader.Of(item, "an entry of 'routes'", one.Faults) is not MappingReader route)
            {
                continue;
            }
            YamlScalar? to = route.Scalar("to", required: true);
            YamlScalar? via = route.Scalar("via", required: true);
            route.Done();
            if (to is null || via is null)
            {
                continue;
            }
            if (to.Text is "default" or "0.0.0.0/0" or "::/0")
            {
                gateways.Add(via);
            }
            else if (routes.Has(to.Text))
            {
                one.Faults.Add(to, $"the route to {to.Text} is here twice");
            }
            else
            {
                routes.Add(to, via);
            }
        }
    }

    private static void AddParts(YamlScalar key, MappingReader one, string kind, Node.Pairs words)
    {
        switch (kind)
        {
            case "vlan":
                Node.Pairs vlan = new(key);
                vlan.Add("of", one.Scalar("link", required: true)).Add("id", one.Scalar("id", required: true));
                words.Add("vlan", vlan.ToMapping());
                break;
            case "bridge":
                words.Add("bridge", one.Value("interfaces", required: true));
                break;
            case "bond":
                Node.Pairs bond = new(key);
                bond.Add("of", one.Value("interfaces", required: true));
                if (one.Mapping("parameters") is MappingReader parameters)
                {
                    bond.Add("mode", parameters.Scalar("mode"));
                    parameters.Done();
                }
                words.Add("bond", bond.ToMapping());
                break;
            default:
                break;
        }
    }
}
