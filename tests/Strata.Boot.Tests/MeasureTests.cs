using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Budgets, measurements and differences through the program; guests take part in the slow ones.</summary>
public class MeasureTests
{
    [SkippableFact]
    public void Build_PackageThatBreaksTheBudget_FailsAndSaysWhatChanged()
    {
        using TemporaryFolder folder = new();
        WriteEdition(folder, "image: 1 MB", "certificates, time-zones, unprivileged");
        StrataProgram.Outcome good = StrataProgram.Run(folder.Path, "build", "./mine");
        Assert.True(good.ExitCode == 0, good.All);
        // one package more
        WriteEdition(folder, "image: 1 MB", "certificates, time-zones, unprivileged, extra");
        Failure.Says(
            StrataProgram.Run(folder.Path, "build", "./mine"), 1,
            "cannot build mine: the container image takes", "its budget is 977 KiB", "since the last build within its budgets (version 1, ", "busybox", "(new)", "raise 'budget: image'");
        // and back again
        WriteEdition(folder, "image: 1 MB", "certificates, time-zones, unprivileged");
        Assert.Equal(0, StrataProgram.Run(folder.Path, "build", "./mine").ExitCode);
    }

    [SkippableTheory]
    [InlineData("installed: 200 KiB", "its files have", "installed", "tzdata")]
    [InlineData("packages: 0", "its files are from 2 packages, the budget is 0", "packages", "tzdata")]
    [InlineData("setuid: 0", "1 files run with the rights of their owner or group", "setuid", "/usr/bin/mine")]
    public void Build_BrokenBudgetOfTheTree_FailsBeforeItIsPacked(string budget, params string[] words)
    {
        using TemporaryFolder folder = new();
        WriteEdition(folder, budget, "certificates, time-zones, setuid");
        Failure.Says(StrataProgram.Run(folder.Path, "build", "./mine"), 1, ["cannot build mine:", .. words]);
    }

    [SkippableFact]
    public void Lock_EditionWithABudget_ForecastsItsSize()
    {
        using TemporaryFolder folder = new();
        WriteEdition(folder, "image: 1 MB", "certificates, time-zones");
        StrataProgram.Outcome locked = StrataProgram.Run(folder.Path, "lock", "./mine");
        Assert.True(locked.ExitCode == 0, locked.All);
        Assert.Contains("(a forecast: ", locked.Output, StringComparison.Ordinal);
        Assert.Contains("the budget is 977 KiB", locked.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Measure_Container_AddsUpAndComparesAndFails()
    {
        using TemporaryFolder folder = new();
        WriteEdition(folder, "image: 1 MB", "certificates, time-zones");
        StrataProgram.Outcome first = StrataProgram.Run(folder.Path, "measure", "./mine", "--json", "--record");
        Assert.True(first.ExitCode == 0, first.All);
        File.WriteAllText(folder["before.json"], first.Output);
        using JsonDocument measured = JsonDocument.Parse(first.Output);
        JsonElement download = measured.RootElement.GetProperty("download");
        Assert.Equal(download.GetProperty("bytes").GetInt64(), download.GetProperty("parts").EnumerateArray().Sum(p => p.GetProperty("packed").GetInt64()));
        Assert.Equal(download.GetProperty("bytes").GetInt64(), download.GetProperty("image-bytes").GetInt64());

        WriteEdition(folder, "image: 8 MB", "certificates, time-zones, extra, setuid");
        foreach (string against in (string[])["before.json", "last"])
        {
            StrataProgram.Outcome second = StrataProgram.Run(folder.Path, "measure", "./mine", "--against", against);
            Assert.True(second.ExitCode == 0, second.All);
            Assert.Contains("busybox-static (extra), new", second.Output, StringComparison.Ordinal);
            Assert.Contains("+ setuid /usr/bin/mine", second.Output, StringComparison.Ordinal);
        }
        Failure.Says(StrataProgram.Run(folder.Path, "measure", "./mine", "--against", "before.json", "--fail-above", "5"), 1, "download grew from", "more than 5 % since before.json");
        Failure.Says(StrataProgram.Run(folder.Path, "measure", "./mine", "--against", "lasst"), 2, "neither a file nor a commit", "did you mean 'last'");
        Assert.Equal(0, StrataProgram.Run(folder.Path, "report", "./mine", "-o", "mine.html").ExitCode);
        Assert.Contains("id=\"map\"", File.ReadAllText(folder["mine.html"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Diff_TwoEditions_TellsPackagesPathsAndBudgets()
    {
        using TemporaryFolder folder = new();
        WriteEdition(folder, "image: 8 MB", "certificates, time-zones, extra, setuid");
        StrataProgram.Outcome difference = StrataProgram.Run(folder.Path, "diff", "container-static", "./mine");
        Assert.True(difference.ExitCode == 0, difference.All);
        foreach (string line in (string[])["+ busybox-static ", "~ image 977 KiB -> 7.63 MiB", "+ /usr/bin/mine ", "file 4755 0:0"])
        {
            Assert.Contains(line, difference.Output, StringComparison.Ordinal);
        }
        Assert.Equal(1, StrataProgram.Run(folder.Path, "diff", "container-static", "./mine", "--exit-code").ExitCode);
        Failure.Says(StrataProgram.Run(folder.Path, "diff", "container-static", "./mine/edition.txt"), 1, "cannot find edition");
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Measure_GuestThatNeverGetsReady_ReportsWhatThereIs()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine"]);
        string blueprint = File.ReadAllText(Path.Combine(Repository.Root, "editions/nano/edition.yaml"));
        File.WriteAllText(folder["mine/edition.yaml"], blueprint.Replace("edition: nano", "edition: mine", StringComparison.Ordinal));
        File.WriteAllText(folder["mine/tests.yaml"], "format: 1\ntests:\n  - name: never\n    ready: \"what nobody says\"\n    within: 20\n    steps:\n      - run: id\n");
        Failure.Says(StrataProgram.Run(folder.Path, "measure", "./mine", "--emulate"), 1, "the guest did not get ready", "did not come within 20 s");
        Assert.Equal(0, StrataProgram.Run(folder.Path, "report", "./mine", "-o", "mine.html").ExitCode);
        string report = File.ReadAllText(folder["mine.html"]);
        Assert.Contains("The guest did not get ready", report, StringComparison.Ordinal);
        Assert.Contains("BdsDxe: starting", report, StringComparison.Ordinal); // the end of its log
        Assert.Contains("libssl3t64", report, StringComparison.Ordinal); // and what files tell
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Measure_Nano_TakesEveryNumber()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "measure", "nano", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        using JsonDocument measured = JsonDocument.Parse(outcome.Output);
        JsonElement guest = measured.RootElement.GetProperty("guest");
        JsonElement boot = guest.GetProperty("boot");
        Assert.Equal(["firmware", "loader", "kernel", "early init", "services"], boot.GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        Assert.Equal(boot.GetProperty("ready").GetInt64(), boot.GetProperty("phases").EnumerateArray().Sum(p => p.GetProperty("milliseconds").GetInt64()));
        Assert.True(boot.GetProperty("reference").GetInt64() > 0);
        Assert.InRange(guest.GetProperty("least").GetProperty("mib").GetInt32(), 64, 200);
        Assert.Equal([22], guest.GetProperty("scan").GetProperty("open").EnumerateArray().Select(p => p.GetInt32()));
        Assert.Equal(65534, guest.GetProperty("scan").GetProperty("closed").GetInt32());
        Assert.Contains("dropbear", guest.GetProperty("listening").EnumerateArray().Select(s => s.GetProperty("program").GetString()));
        Assert.InRange(guest.GetProperty("memory").GetProperty("used").GetInt64(), 16 << 20, 128 << 20);
        Assert.Equal(65535, guest.GetProperty("scan-udp").GetProperty("closed").GetInt32()); // the limit of its answers was lifted
        JsonElement[] rounds = [.. boot.GetProperty("rounds").EnumerateArray()];
        Assert.Equal(3, rounds.Length);
        Assert.All(rounds, r => Assert.InRange((double)r.GetProperty("guest").GetInt64() / r.GetProperty("reference").GetInt64(), 3, 20));
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Measure_GuestThatListensEverywhere_IsSeenFromInsideAndOutside()
    {
        using TemporaryFolder folder = new();
        WriteListener(folder);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "measure", "./mine", "--no-least", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        using JsonDocument measured = JsonDocument.Parse(outcome.Output);
        JsonElement guest = measured.RootElement.GetProperty("guest");
        string[] inside = [.. guest.GetProperty("listening").EnumerateArray().Select(s => $"{s.GetProperty("protocol")} {s.GetProperty("port")} {s.GetProperty("program")}")];
        foreach (string socket in (string[])["tcp 22 dropbear", "tcp6 22 dropbear", "udp 7777 nc.openbsd", "udp6 7778 nc.openbsd"])
        {
            Assert.Contains(socket, inside);
        }
        Assert.Equal("open 22 silent  of 65535", Scan("scan"));
        Assert.Equal("open  silent 7777,7778 of 65535", Scan("scan-udp")); // nobody has to answer a datagram; the socket of version 6 takes those of version 4, too
        Assert.Equal("open 22 silent  of 65535", Scan("scan-tcp6"));
        Assert.Equal("open  silent 7778 of 65535", Scan("scan-udp6"));

        string Scan(string name)
        {
            JsonElement scan = guest.GetProperty(name);
            return $"open {Ports(scan.GetProperty("open"))} silent {Ports(scan.GetProperty("silent-ports"))} of {scan.GetProperty("asked").GetInt32()}";
        }

        static string Ports(JsonElement list) => string.Join(',', list.EnumerateArray().Select(p => p.GetInt32()));
    }

    /// <summary>Debian's kernel and small programs; its network card has an IPv6 address, and somebody waits for datagrams of both versions.</summary>
    private static void WriteListener(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(
            folder["mine/edition.yaml"],
            "edition: mine\ntitle: Mine\nversion: \"1\"\ndescription: For a test\nkernel: debian-cloud\ncapabilities: [console, ssh, listener]\ninitramfs: xz\nunhandled-scripts: warn\n" +
            "command-line: console=ttyS0,115200 quiet panic=10\nrun:\n  memory: 256 MiB\n");
        File.WriteAllText(
            folder["mine/capabilities/listener.yaml"],
            """
            capability: listener
            description: Waits for datagrams
            requires: [network]
            packages:
              netcat-openbsd:
                programs: [/usr/bin/nc.openbsd]
            files:
              /usr/lib/mine/address:
                mode: "0755"
                content: |
                  #!/bin/sh
                  # the script of the DHCP client takes link-local addresses away: give one when it is done
                  until ip -4 addr show dev eth0 | grep -q 'inet '; do sleep 1; done
                  ip addr add fe80::2/64 dev eth0
                  while :; do sleep 1000; done
            services:
              four:
                kind: daemon
                command: [/usr/bin/nc.openbsd, "-4", -l, -u, -k, "7777"]
              six:
                kind: daemon
                command: [/usr/bin/nc.openbsd, "-6", -l, -u, -k, "7778"]
              address:
                kind: daemon
                command: [/usr/lib/mine/address]

            """);
    }

    private static void WriteEdition(TemporaryFolder folder, string budget, string capabilities)
    {
        Directory.CreateDirectory(folder["mine/capabilities"]);
        File.WriteAllText(
            folder["mine/edition.yaml"], $"edition: mine\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [{capabilities}]\nbudget:\n  {budget}\n");
        File.WriteAllText(
            folder["mine/capabilities/extra.yaml"], "capability: extra\ndescription: One package more\npackages:\n  busybox-static:\n    programs: [busybox]\n");
        File.WriteAllText(
            folder["mine/capabilities/setuid.yaml"], "capability: setuid\ndescription: A program with setuid\nfiles:\n  /usr/bin/mine:\n    mode: \"4755\"\n    content: |\n      #!/bin/sh\n");
    }
}
