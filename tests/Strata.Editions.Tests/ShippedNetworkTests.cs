using System.Text;
using Strata.Blueprints;
using Strata.Core;
using Strata.Settings.Rendering;
using Strata.Testing;

namespace Strata.Editions.Tests;

/// <summary>What capability <c>network</c> does where nobody says <c>network:</c> of the machine.</summary>
public class ShippedNetworkTests
{
    [Fact]
    public void Network_OfSystemd_AsksOnAnyWiredPortUnlessTheMachineHidesThat()
    {
        Blueprint blueprint = new Catalog([Repository.Root]).Load(Path.Combine(Repository.Root, "examples", "web"));
        Capability network = blueprint.Capabilities.Single(c => c.Name == "network");
        string name = GuestPath.Parse(NetworkdFiles.HiddenDefault).Name; // hidden by a file of the same name: systemd.network(5)
        string text = Encoding.UTF8.GetString(
            network.Files.Single(f => f.Path == GuestPath.Parse("/usr/lib/systemd/network/" + name)).Bytes.Span);
        Assert.Contains("Type=ether\n", text, StringComparison.Ordinal);
        Assert.Contains("DHCP=yes\n", text, StringComparison.Ordinal);
    }
}
