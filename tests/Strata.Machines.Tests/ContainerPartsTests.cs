using System.Text.Json.Nodes;
using Strata.Core;
using Strata.Machines.Containers;

namespace Strata.Machines.Tests;

/// <summary>What a container is started by, and what is read of it.</summary>
public class ContainerPartsTests
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:900:901::/srv:/bin/false\nbroken:x\n";
    private const string Group = "root:x:0:\napp:x:901:\nlogs:x:44:other,app\nboth:x:7:app\n";

    [Theory]
    [InlineData("", 0, 0, "")]
    [InlineData("app", 900, 901, "7,44")] // image-spec: without a group all that the accounts say
    [InlineData("900", 900, 901, "7,44")]
    [InlineData("app:logs", 900, 44, "")]
    [InlineData("app:12", 900, 12, "")]
    [InlineData("65532", 65532, 0, "")] // a number needs no account
    [InlineData("65532:65532", 65532, 65532, "")]
    public void Accounts_Find_AsTheImageSays(string user, uint number, uint group, string more)
    {
        ContainerUser found = new ContainerAccounts(Passwd, Group).Find(user);
        Assert.Equal((number, group, more), (found.User, found.Group, string.Join(',', found.MoreGroups)));
    }

    [Theory]
    [InlineData("nobody", "user 'nobody'")]
    [InlineData("app:nobodies", "group 'nobodies'")]
    [InlineData("2147483648", "user '2147483648'")]
    [InlineData("-1", "user '-1'")]
    public void Accounts_NobodyKnows_AreTold(string user, string named) =>
        Assert.Contains(
            named, Assert.Throws<StrataException>(() => new ContainerAccounts(Passwd, Group).Find(user)).Message, StringComparison.Ordinal);

    // as Linux 6.12 shows them: 0.0.0.0:8080 and [::]:53 listen, 127.0.0.1:5000 and [::1]:6000 too, and :443 is a connection
    [Fact]
    public void ListeningPorts_OfTables_AreThoseThatOthersReach()
    {
        const string Tcp = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
               1: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
               2: 0200000A:01BB 0300000A:C000 01 00000000:00000000 00:00000000 00000000     0        0 3 1
              sl  local_address                         remote_address                        st tx_queue rx_queue
               0: 00000000000000000000000000000000:0035 00000000000000000000000000000000:0000 0A 00000000:00000000
               1: 00000000000000000000000001000000:1770 00000000000000000000000000000000:0000 0A 00000000:00000000
            """;
        const string Udp = """
              sl  local_address rem_address   st tx_queue rx_queue
               0: 00000000:0035 00000000:0000 07 00000000:00000000
               1: 0200000A:D431 0300000A:0035 01 00000000:00000000
            """;
        ListeningPorts ports = ListeningPorts.Read(Tcp, Udp);
        Assert.Equal([53, 8080], ports.Tcp);
        Assert.Equal([53], ports.Udp);
        Assert.Empty(ListeningPorts.Read("", "nothing of it is a table").Tcp);
    }

    [Theory]
    [InlineData(true, 900, false)]
    [InlineData(false, 900, true)] // one account stands for all: it is the user's, in a namespace of its own
    [InlineData(false, 0, false)]
    public void Config_UserOfTheContainer_IsMappedWhereThereIsOneAccount(bool hasAccounts, uint user, bool maps)
    {
        ContainerStart start = new()
        {
            Arguments = ["/a", "b c"], Environment = ["A=b"], User = new ContainerUser(user, user, [44]), WorkingDirectory = "/srv",
            Volumes = ["/data"], IsReadOnly = true,
        };
        JsonNode config = JsonNode.Parse(ContainerConfig.Write(
            start, "/somewhere/root", new Dictionary<string, string> { ["/etc/hosts"] = "/somewhere/hosts" }, hasAccounts))!;
        JsonNode process = config["process"]!;
        Assert.Equal(["/a", "b c"], process["args"]!.AsArray().Select(a => (string)a!));
        Assert.Equal(hasAccounts, process["user"]!["additionalGids"] is not null);
        Assert.Equal(user == 0, process["capabilities"]!["effective"] is not null);
        Assert.True((bool)config["root"]!["readonly"]!);
        string[] mounts = [.. config["mounts"]!.AsArray().Select(m => $"{m!["type"]} {m["destination"]}")];
        Assert.Superset(
            new HashSet<string> { "tmpfs /data", "tmpfs /tmp", "tmpfs /run", "bind /etc/hosts", "proc /proc" }, mounts.ToHashSet());
        JsonNode linux = config["linux"]!;
        string[] namespaces = [.. linux["namespaces"]!.AsArray().Select(n => (string)n!["type"]!)];
        Assert.Equal(maps, namespaces.Contains("user"));
        Assert.DoesNotContain("network", namespaces); // that of the room, which asks it
        Assert.Equal(maps ? user : null, (uint?)linux["uidMappings"]?[0]!["containerID"]);
    }
}
