using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Strata.Yaml;

namespace Strata.Machines.Testing;

/// <summary>Reads <c>wires:</c> of a test.</summary>
internal static partial class TestWireSection
{
    private const int MostEntries = 100;
    private const int MostImages = 16;

    /// <summary>The wires; none without the key.</summary>
    public static IReadOnlyList<TestWire> ReadAll(TestSection test, FaultList faults)
    {
        List<TestWire> wires = [];
        switch (test.Node("wires"))
        {
            case null:
                break;
            case YamlMapping { Items: { Count: > 0 and <= EditionTestFile.MaximumWires } items }:
                foreach ((YamlScalar key, YamlValue value) in items)
                {
                    if (!EditionTestFile.IsName(key.Text))
                    {
                        faults.Add(key, $"a wire is called '{key.Text}', {EditionTestFile.NameRule}");
                    }
                    TestSection wire = TestSection.Of(value, "a wire", ["host"], faults);
                    wires.Add(new TestWire(key.Text, wire.Node("host") is { } host ? ReadHost(host, faults) : null));
                }
                break;
            default:
                test.Fault("wires", $"'wires' is wrong, expected a mapping with 1 to {EditionTestFile.MaximumWires} networks by name");
                break;
        }
        return wires;
    }

    private static TestWireHost ReadHost(YamlValue node, FaultList faults)
    {
        TestSection host = TestSection.Of(node, "'host'", ["address", "dhcp", "names", "files", "images"], faults);
        if (node is YamlMapping && !host.Has("address"))
        {
            host.Fault("address", "a host lacks 'address', such as 10.0.2.2");
        }
        IPAddress? address = host.Text("address") is string text ? Address(text) : null;
        if (host.Text("address") is string given && (address is null || address.GetAddressBytes()[3] is 0 or >= 100))
        {
            host.Fault(
                "address", $"'address' is '{given}', expected an IPv4 address that ends in 1 to 99, such as 10.0.2.2; "
                + "guests get those from .100 on");
        }
        Dictionary<string, string> files = Entries(
            host, "files", faults, path => FilePath().IsMatch(path), "a path such as /hello.txt", t => t, "a text");
        Dictionary<string, string> images = Entries(
            host, "images", faults, name => ImageName().IsMatch(name), "a name with a tag, such as tools/app:1",
            t => t.Length > 0 ? t : null, "the folder of an edition or the path of an OCI archive, image.tar", MostImages);
        if (images.Count > 0 && files.Keys.FirstOrDefault(f => f.StartsWith("/v2/", StringComparison.Ordinal)) is string hidden)
        {
            host.Fault("files", $"'files' has '{hidden}', and below /v2/ are the images");
        }
        return new TestWireHost
        {
            Address = address ?? IPAddress.Loopback,
            GivesAddresses = host.Choice("dhcp", [("true", true), ("false", false)]) ?? false,
            Names = Entries(
                host, "names", faults, name => HostName().IsMatch(name), "a host name in lower case", Address, "an IPv4 address"),
            Images = images,
            Files = files.ToDictionary(f => f.Key[1..], f => f.Value, StringComparer.Ordinal),
        };
    }

    /// <summary>A mapping of names to values, both checked.</summary>
    private static Dictionary<string, T> Entries<T>(
        TestSection section, string key, FaultList faults, Func<string, bool> isName, string nameWords,
        Func<string, T?> read, string valueWords, int most = MostEntries)
        where T : class
    {
        Dictionary<string, T> entries = new(StringComparer.Ordinal);
        if (section.Node(key) is not { } node)
        {
            return entries;
        }
        if (node is not YamlMapping { Items: { Count: > 0 } items } || items.Count > most)
        {
            section.Fault(key, $"'{key}' is wrong, expected a mapping with 1 to {most} entries");
            return entries;
        }
        foreach ((YamlScalar name, YamlValue value) in items)
        {
            if (!isName(name.Text))
            {
                faults.Add(name, $"'{key}' has '{name.Text}', expected {nameWords}");
            }
            else if (value is YamlScalar scalar && read(scalar.Text) is { } entry)
            {
                entries[name.Text] = entry;
            }
            else
            {
                string found = value is YamlScalar wrong ? $"'{wrong.Text}'" : value.Kind;
                faults.Add(value, $"'{name.Text}' in '{key}' is {found}, expected {valueWords}");
            }
        }
        return entries;
    }

    private static IPAddress? Address(string text) =>
        Ipv4().IsMatch(text) && IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetwork
            ? address
            : null;

    [GeneratedRegex("^[0-9]{1,3}(\\.[0-9]{1,3}){3}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ipv4();

    [GeneratedRegex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();

    // distribution-spec 1.1, "Pulling manifests"
    [GeneratedRegex(
        "^(?=.{1,255}:)[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex ImageName();

    [GeneratedRegex("^/[A-Za-z0-9._/-]{1,200}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex FilePath();
}
