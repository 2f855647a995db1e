using Strata.Advice.Servers;
using Strata.Blueprints;
using Strata.Core;
using Strata.Testing;

namespace Strata.Advice.Tests;

public class ServerAdviserTests
{
    private static readonly Catalog s_catalog = new([Repository.Root]);

    private static ServerSuggestion Suggest(MadeServer server) => ServerAdviser.Suggest(server.Root, Repository.Root, s_catalog);

    /// <summary>Reads a proposal as every blueprint is read.</summary>
    private static Blueprint Load(ServerSuggestion suggestion)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["edition.yaml"], suggestion.Blueprint);
        return s_catalog.Load(folder.Path);
    }

    private static string[] LeftOut(ServerSuggestion suggestion, string reason) =>
        [.. suggestion.LeftOut.Where(l => l.Why.Contains(reason, StringComparison.Ordinal)).SelectMany(l => l.What)];

    [Fact]
    public void Suggest_TreeOfDebootstrapWithNginxAndMosquitto_IsABlueprintThatLoads()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        ServerSuggestion suggestion = Suggest(server);
        Blueprint blueprint = Load(suggestion);
        Assert.Equal("old-box", blueprint.Edition.Name);
        Assert.Equal(["htop", "mosquitto", "nginx"], suggestion.Packages.Select(p => p.Name));
        Assert.Equal(["mosquitto.service", "nginx.service"], suggestion.Units);
        Assert.Equal(["nginx.service"], suggestion.Packages[2].Units); // of nginx-common, which nginx brings
        Capability own = blueprint.Edition.Own!;
        Assert.All(own.Packages, p => Assert.True(p.IsWholeWithDepends));
        Assert.Equal(suggestion.Packages.Select(p => p.Name), own.Packages.Select(p => p.Package));
        Assert.Equal(suggestion.Units, own.Units.Enable.Select(u => u.Text));
        Assert.Contains("network", blueprint.Capabilities.Select(c => c.Name));
        Assert.Equal("old-box", blueprint.Machine.Hostname?.Text);
    }

    [Fact]
    public void Suggest_WhatIsLeftOut_HasItsReason()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        ServerSuggestion suggestion = Suggest(server);
        Assert.Equal(["linux-image-amd64"], LeftOut(suggestion, "kernels"));
        Assert.Equal(["grub-pc"], LeftOut(suggestion, "boots"));
        Assert.Equal(["manpages"], LeftOut(suggestion, "documentation"));
        Assert.Contains("e2fsprogs", LeftOut(suggestion, "upkeep"));
        Assert.Contains(suggestion.Notes, n => n.Contains("extended_states", StringComparison.Ordinal));
        // every package is taken, comes along with one that is, or is named with a reason
        string[] told = [.. suggestion.Packages.Select(p => p.Name), .. suggestion.LeftOut.SelectMany(l => l.What)];
        string[] all = ["apt", "dpkg", "e2fsprogs", "grub-pc", "htop", "libc6", "libmosquitto1", "libpcre2-8-0", "linux-image-amd64",
            "manpages",
            "mosquitto", "nginx", "nginx-common", "systemd"];
        Assert.Equal(["libc6", "libmosquitto1", "libpcre2-8-0", "nginx-common"], all.Except(told));
    }

    [Fact]
    public void Suggest_WhatALeftOutPackageNeeds_IsNotWantedForItself()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install("sqv", "optional", "utils", "libc6");
        server.Install("apt-more", "optional", "admin", "sqv");
        Assert.Equal(["sqv"], LeftOut(Suggest(server), "came along with apt-more"));
    }

    [Fact]
    public void Suggest_PackagesThatCameAlong_AreNotNamed()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install("perl-stuff", "optional", "perl", automatic: true);
        server.Install("cached", "optional", "net", automatic: true, units: ["cached.service"]);
        server.Enable("cached.service", "multi-user.target");
        ServerSuggestion suggestion = Suggest(server);
        // what serves is wanted, whoever brought it
        Assert.Equal(["cached", "htop", "mosquitto", "nginx"], suggestion.Packages.Select(p => p.Name));
        Assert.Contains("cached.service", suggestion.Units);
        Load(suggestion);
    }

    [Theory]
    [InlineData("openssh-server", "net", "ssh.service", "ssh")]
    [InlineData("nftables", "net", "nftables.service", "firewall")]
    [InlineData("ufw", "admin", "ufw.service", "firewall")]
    [InlineData("wireguard-tools", "net", "wg-quick@wg0.service", "wireguard")]
    [InlineData("curl", "web", null, "download")]
    [InlineData("network-manager", "net", "NetworkManager.service", "network")]
    public void Suggest_PackageThatACapabilityStandsFor_TakesTheCapability(string package, string section, string? unit, string capability)
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install(package, "optional", section, units: unit is null ? [] : [unit.Replace("wg0", "", StringComparison.Ordinal)]);
        if (unit is not null)
        {
            server.Enable(unit, "multi-user.target", unit.Replace("wg0", "", StringComparison.Ordinal));
        }
        ServerSuggestion suggestion = Suggest(server);
        Assert.Contains(package, Assert.Single(suggestion.Capabilities, c => c.Name == capability).For);
        Assert.DoesNotContain(package, suggestion.Packages.Select(p => p.Name));
        Assert.DoesNotContain(unit ?? "", suggestion.Units);
        Assert.Contains(capability, Load(suggestion).Capabilities.Select(c => c.Name));
    }

    [Theory]
    [InlineData("pv", "utils")] // 'rescue-data' takes it, and is about much else
    [InlineData("lvm2", "admin")] // 'storage' too
    public void Suggest_PackageThatACapabilityOfOtherThingsTakes_StaysAPackage(string package, string section)
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install(package, "optional", section);
        Assert.Contains(package, Suggest(server).Packages.Select(p => p.Name));
    }

    [Fact]
    public void Suggest_Users_ComeWithTheirKeysAndNeverWithAPassword()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install("openssh-server", "optional", "net");
        server.Write("etc/passwd", "anna:x:1000:1000::/home/anna:/bin/bash\nbert:x:1001:1001::/home/bert:/bin/sh\n"
            + "robot:x:1002:1002::/home/robot:/usr/sbin/nologin\n");
        server.Write("etc/shadow", "anna:$y$j9T$hash:1::::::\n");
        server.Write("home/anna/.ssh/authorized_keys",
            $"# mine\n{MadeServer.Key}\ncommand=\"/bin/false\" {MadeServer.Key}\nssh-rsa AAAA short\n");
        ServerSuggestion suggestion = Suggest(server);
        Assert.Equal(["anna"], suggestion.Users);
        Assert.Equal(["bert"], LeftOut(suggestion, "without a key"));
        Assert.Contains(suggestion.Notes, n => n.StartsWith("2 of the keys of anna", StringComparison.Ordinal));
        Assert.DoesNotContain("$y$", suggestion.Blueprint, StringComparison.Ordinal);
        Assert.Equal([MadeServer.Key], Assert.Single(Load(suggestion).Machine.Users).SshKeys);
    }

    [Fact]
    public void Suggest_ConfigurationThatWasChanged_IsNamed()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        Assert.Empty(Suggest(server).Packages.SelectMany(p => p.ChangedFiles));
        server.Write("etc/nginx/nginx.conf", "by hand\n");
        ServerSuggestion suggestion = Suggest(server);
        Assert.Equal(["/etc/nginx/nginx.conf"], suggestion.Packages.Single(p => p.Name == "nginx").ChangedFiles);
        Assert.Contains("# changed there: /etc/nginx/nginx.conf", suggestion.Blueprint, StringComparison.Ordinal);
        Load(suggestion);
    }

    [Fact]
    public void Suggest_PackagesOfOtherArchives_AreLeftOutWithTheirArchive()
    {
        const string Lists = "var/lib/apt/lists/";
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install("agent", "optional", "net", version: "9");
        server.Install("home-made", "optional", "net");
        server.Install("newer", "optional", "net", version: "2");
        server.Write(Lists + "deb.example_debian_dists_trixie_InRelease", "Origin: Debian\nSuite: stable\n");
        server.Write(Lists + "deb.example_debian_dists_trixie_main_binary-amd64_Packages", string.Concat(((string[])
            ["nginx", "nginx-common", "mosquitto", "libpcre2-8-0", "libmosquitto1", "htop", "newer", "agent"])
                .Select(p => $"Package: {p}\nVersion: 1.26\n\n")));
        server.Write(Lists + "vendor.example_dists_any_Release", "Origin: Vendor Inc\n");
        server.Write(Lists + "vendor.example_dists_any_main_binary-amd64_Packages", "Package: agent\nVersion: 9\n\n");
        ServerSuggestion suggestion = Suggest(server);
        Assert.Equal(["agent"], LeftOut(suggestion, "Vendor Inc"));
        Assert.Equal(["home-made"], LeftOut(suggestion, "of no archive"));
        Assert.Equal(["htop", "mosquitto", "newer", "nginx"], suggestion.Packages.Select(p => p.Name));
    }

    [Fact]
    public void Suggest_UnitsWithoutAPackage_AreTold()
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Write("etc/systemd/system/mine.service", "[Service]\nExecStart=/opt/mine\n");
        server.Link("etc/systemd/system/multi-user.target.wants/mine.service", "../mine.service");
        server.Write("etc/systemd/system/nginx.service.d/limits.conf", "[Service]\n");
        server.Link("etc/systemd/system/ugly.service", "/dev/null");
        ServerSuggestion suggestion = Suggest(server);
        Assert.Equal(["mine.service"], LeftOut(suggestion, "no package has them"));
        Assert.Equal(["mine.service", "nginx.service.d"], LeftOut(suggestion, "by hand"));
        Assert.Contains(suggestion.Notes, n => n.StartsWith("ugly.service", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("network", "my-network")] // a capability of that name is there
    [InlineData("web01.example.org", "web01")]
    [InlineData("1st", "server")]
    [InlineData("Bad Name\": {x", "server")]
    public void Suggest_Hostname_BecomesANameThatIsAllowed(string hostname, string edition)
    {
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Write("etc/hostname", hostname + "\n");
        Assert.Equal(edition, Load(Suggest(server)).Edition.Name);
    }

    // everything below the root may be somebody else's trap
    [Fact]
    public void Suggest_HostileTree_StaysInItsFolderAndOneBlueprint()
    {
        using TemporaryFolder outside = new();
        File.WriteAllText(outside["secret"], MadeServer.Key + "\n");
        using MadeServer server = MadeServer.WithNginxAndMosquitto();
        server.Install("openssh-server", "optional", "net");
        server.Write("etc/passwd", $"anna:x:1000:1000::/home/anna:/bin/sh\nb:x:1001:1001::{outside.Path}/../..{outside.Path}:/bin/sh\n");
        server.Link("home/anna/.ssh/authorized_keys", outside["secret"]);
        server.Link("etc/systemd/system/evil.target.wants", outside.Path);
        server.Link("etc/systemd/system/multi-user.target.wants/x\nowner: [root].service", "/x");
        server.Install("odd", "optional", "net\u2028capabilities: [console]");
        server.Write("usr/lib/os-release", "ID=\"x\u001b[31m\"\nVERSION_CODENAME=a b\n");
        ServerSuggestion suggestion = Suggest(server);
        Assert.DoesNotContain("AAAAC3", suggestion.Blueprint, StringComparison.Ordinal);
        Assert.Contains(suggestion.Notes, n => n.Contains("it is or passes a link", StringComparison.Ordinal));
        Blueprint blueprint = Load(suggestion);
        Assert.DoesNotContain("console", blueprint.Capabilities.Select(c => c.Name));
        Assert.Null(blueprint.Edition.Owner);
        Assert.DoesNotContain(suggestion.Blueprint, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void Suggest_WithoutDebian_SaysWhatIsMissing()
    {
        using TemporaryFolder folder = new();
        StrataException none = Assert.Throws<StrataException>(() => ServerAdviser.Suggest(folder.Path, Repository.Root, s_catalog));
        Assert.Contains("it has no var/lib/dpkg/status", none.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["var/lib/dpkg"]);
        File.WriteAllText(folder["var/lib/dpkg/status"], "Package: a\nStatus: deinstall ok config-files\nVersion: 1\n");
        StrataException empty = Assert.Throws<StrataException>(() => ServerAdviser.Suggest(folder.Path, Repository.Root, s_catalog));
        Assert.Contains("names none that is installed", empty.Message, StringComparison.Ordinal);
    }
}
