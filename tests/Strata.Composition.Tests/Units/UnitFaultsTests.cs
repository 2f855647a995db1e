using Strata.Composition.Trees;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Deb;
using Strata.Testing;

namespace Strata.Composition.Tests.Units;

/// <summary>Services of systemd that would fail at the first start are told when the image is built.</summary>
public class UnitFaultsTests
{
    private const string Accounts = "/etc/passwd: {content: \"root:x:0:0::/root:/bin/sh\\nann:x:7:7::/home/ann:/bin/sh\\n\"}, "
        + "/etc/group: {content: \"root:x:0:\\nann:x:7:\\n\"}, ";

    [Theory]
    [InlineData("ExecStart=/usr/bin/gone", "it starts /usr/bin/gone, which is not in the image")]
    [InlineData("ExecStart=gone -v", "it starts gone, which is not in the image")]
    [InlineData("ExecStart=@/usr/bin/tool\\nExecStartPre=/usr/bin/gone x", "it starts /usr/bin/gone, which is not in the image")]
    [InlineData("ExecStart=/etc/passwd", "it starts /etc/passwd, which is no file that may be executed")]
    [InlineData("ExecStart=/usr/bin/tool\\nUser=bob", "it runs as user bob, whom no account names")]
    [InlineData("ExecStart=/usr/bin/tool\\nGroup=staff", "it runs with group staff, which is not there")]
    [InlineData("ExecStart=/usr/bin/tool\\nSupplementaryGroups=ann video", "it runs with group video, which is not there")]
    [InlineData("ExecStart=tool\\nUser=ann\\nWorkingDirectory=~", "it works in the home of ann, and /home/ann is not in the image")]
    [InlineData("ExecStart=/usr/bin/tool\\nWorkingDirectory=/srv/gone", "it works in /srv/gone, which is not in the image")]
    public async Task Check_OwnUnitThatWouldFail_IsAnError(string settings, string expected)
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(Own(settings)));
        string said = $"/etc/systemd/system/mine.service (capability 'c'): mine.service fails when it starts: {expected}\n";
        Assert.Contains(said, e.Message + "\n", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ExecStart=/usr/bin/tool")]
    [InlineData("ExecStart=tool")]
    [InlineData("ExecStart=-/usr/bin/gone")] // may fail
    [InlineData("ExecStart=/usr/bin/gone\\nExecStart=\\nExecStart=/usr/bin/tool")] // taken back
    [InlineData("ExecStart=/run/made/at-start")]
    [InlineData("ExecStart=/usr/lib/%p/x")]
    [InlineData("ExecStart=/usr/bin/gone\\n[Unit]\\nConditionPathExists=/usr/bin/gone")] // passed over, which is no fault
    [InlineData("ExecStart=/usr/bin/tool\\nUser=bob\\nDynamicUser=yes")]
    [InlineData("ExecStart=/usr/bin/tool\\nUser=1000\\nGroup=%i")]
    [InlineData("ExecStart=/usr/bin/tool\\nUser=ann\\nGroup=ann\\nWorkingDirectory=-/srv/gone")]
    [InlineData("ExecStart=/usr/bin/tool\\nWorkingDirectory=/var/lib/mine\\nStateDirectory=mine:other")]
    [InlineData("ExecStart=/usr/bin/tool\\nWorkingDirectory=/var/lib/kept")] // tmpfiles.d makes it
    [InlineData("ExecStart=/usr/bin/tool\\nWorkingDirectory=/usr/bin")]
    public async Task Check_OwnUnitThatStarts_IsNone(string settings) => Assert.Empty(await CheckAsync(Own(settings)));

    [Fact]
    public async Task Check_WithoutSystemd_ReadsNoUnits() =>
        Assert.Empty(await CheckAsync(Own("ExecStart=/usr/bin/gone"), systemd: "usr/lib/elsewhere"));

    [Fact]
    public async Task Check_UnitsOfAPackage_AreToldWhenSomethingWantsThem()
    {
        DebBuilder package = new DebBuilder("services")
            .File("/usr/lib/systemd/system/wanted.service", "[Service]\nExecStart=/usr/bin/gone\n")
            .File("/usr/lib/systemd/system/idle.service", "[Service]\nExecStart=/usr/bin/gone\n")
            .File("/usr/lib/systemd/system/on@.service", "[Service]\nUser=nobody-%i\nExecStart=/usr/bin/gone\n")
            .File("/usr/lib/systemd/system/masked.service", "[Service]\nExecStart=/usr/bin/gone\n")
            .File("/usr/lib/systemd/system/by-socket.service", "[Service]\nExecStart=/usr/bin/gone\n");
        const string Links = "links: {"
            + "/etc/systemd/system/multi-user.target.wants/wanted.service: /usr/lib/systemd/system/wanted.service, "
            + "/etc/systemd/system/multi-user.target.wants/on@tty1.service: /usr/lib/systemd/system/on@.service, "
            + "/etc/systemd/system/multi-user.target.wants/masked.service: /usr/lib/systemd/system/masked.service, "
            + "/etc/systemd/system/masked.service: /dev/null, "
            + "/etc/systemd/system/sockets.target.wants/by-socket.socket: /usr/lib/systemd/system/by-socket.service}";
        Assert.Equal(
            [
                "services that fail when they start, as it starts /usr/bin/gone, which is not in the image: "
                + "/usr/lib/systemd/system/by-socket.service of services, /usr/lib/systemd/system/on@.service of services, "
                + "/usr/lib/systemd/system/wanted.service of services",
            ],
            await CheckAsync(Links, package));
    }

    [Fact]
    public async Task Check_DropInOfOnesOwn_MakesAPackagesUnitOnesOwn()
    {
        DebBuilder package = new DebBuilder("services")
            .File("/usr/lib/systemd/system/idle.service", "[Service]\nExecStart=/usr/bin/tool\n");
        const string DropIn = "files: {/etc/systemd/system/idle.service.d/mine.conf: {content: \"[Service]\\nUser=bob\\n\"}}";
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(DropIn, package));
        Assert.Contains("idle.service fails when it starts: it runs as user bob, whom no account names", e.Message,
            StringComparison.Ordinal);
    }

    /// <summary>Of a setting that has one value the last word counts, whether the unit or a drop-in has it.</summary>
    [Theory]
    [InlineData("User=ann", "User=bob", "it runs as user bob, whom no account names")]
    [InlineData("User=bob", "User=ann", null)]
    [InlineData("User=bob", "User=", null)]
    [InlineData("User=bob\\nUser=ann", "Nice=1", null)]
    [InlineData("Group=ann", "Group=staff", "it runs with group staff, which is not there")]
    [InlineData("Group=staff", "Group=ann", null)]
    [InlineData("User=bob\\nDynamicUser=no", "DynamicUser=yes", null)]
    [InlineData("User=bob\\nDynamicUser=yes", "DynamicUser=no", "it runs as user bob, whom no account names")]
    [InlineData("WorkingDirectory=/usr", "WorkingDirectory=/srv/gone", "it works in /srv/gone, which is not in the image")]
    [InlineData("WorkingDirectory=/srv/gone", "WorkingDirectory=/usr", null)]
    public async Task Check_SettingSaidTwice_IsWhatWasSaidLast(string unit, string dropIn, string? expected)
    {
        string own = Own($"ExecStart=/usr/bin/tool\\n{unit}");
        string files = own[..^1] + $", /etc/systemd/system/mine.service.d/x.conf: {{content: \"[Service]\\n{dropIn}\\n\"}}}}";
        if (expected is null)
        {
            Assert.Empty(await CheckAsync(files));
            return;
        }
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(files));
        Assert.Contains($"mine.service fails when it starts: {expected}\n", e.Message + "\n", StringComparison.Ordinal);
    }

    // systemd.unit(5): a unit whose condition does not hold is passed over; what is made at the start may be there by then
    [Theory]
    [InlineData("ConditionPathExists=/usr/bin/tool", true)]
    [InlineData("ConditionPathExists=/sys/fs/cgroup", true)]
    [InlineData("ConditionPathExists=/dev/kvm", true)]
    [InlineData("ConditionPathExists=/run/systemd/x", true)]
    [InlineData("ConditionPathExists=/proc/acpi", true)]
    [InlineData("ConditionPathIsDirectory=/tmp/x", true)]
    [InlineData("ConditionPathExists=/srv/gone", false)]
    [InlineData("ConditionFileIsExecutable=/srv/gone", false)]
    [InlineData("ConditionFileNotEmpty=/srv/gone", false)]
    [InlineData("ConditionDirectoryNotEmpty=/srv/gone", false)]
    [InlineData("ConditionPathIsDirectory=/srv/gone", false)]
    [InlineData("ConditionPathExists=/usr/bin/tool\\nConditionPathExists=/srv/gone", false)]
    [InlineData("ConditionPathExists=!/srv/gone", true)]
    [InlineData("ConditionPathExists=|/srv/gone", true)]
    [InlineData("ConditionKernelCommandLine=x", true)] // nobody knows here
    public async Task Check_UnitWithConditions_IsJudgedWhenItMayStart(string conditions, bool isJudged)
    {
        string files = Own($"ExecStart=/usr/bin/gone\\n[Unit]\\n{conditions}");
        if (isJudged)
        {
            Assert.Contains("it starts /usr/bin/gone", (await Assert.ThrowsAsync<StrataException>(() => CheckAsync(files))).Message,
                StringComparison.Ordinal);
        }
        else
        {
            Assert.Empty(await CheckAsync(files));
        }
    }

    [Fact]
    public async Task Check_DropInBelowEtc_StandsForThePackagesOfItsName()
    {
        DebBuilder package = new DebBuilder("services")
            .File("/usr/lib/systemd/system/idle.service", "[Service]\nExecStart=/usr/bin/tool\n")
            .File("/usr/lib/systemd/system/idle.service.d/10.conf", "[Service]\nUser=bob\n");
        Assert.Empty(await CheckAsync(
            "files: {/etc/systemd/system/idle.service.d/10.conf: {content: \"[Service]\\nNice=1\\n\"}}", package));
    }

    [Fact]
    public async Task Check_ScriptThatAnOwnUnitStarts_NeedsItsInterpreter()
    {
        DebBuilder package = new DebBuilder("scripts").File("/usr/bin/script", "#!/usr/bin/perl\n", Modes.Program);
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => CheckAsync(Own("ExecStart=/usr/bin/script"), package));
        Assert.Contains("/usr/bin/script (capability 'c'): nothing can start it, as /usr/bin/perl is not in the image", e.Message,
            StringComparison.Ordinal);
    }

    private static string Own(string settings) =>
        $"files: {{{Accounts}/usr/lib/tmpfiles.d/mine.conf: {{content: \"d  /var/lib/kept 0755 root root\\n\"}}, "
        + $"/etc/systemd/system/mine.service: {{content: \"[Service]\\n{settings}\\n\"}}}}";

    private static async Task<IReadOnlyList<string>> CheckAsync(
        string rest, DebBuilder? package = null, string systemd = "usr/lib/systemd/systemd")
    {
        using Workbench bench = new Workbench().Package(new DebBuilder("tool").Elf("/usr/bin/tool", new TinyElf { IsPie = true })
            .Elf("/" + systemd, new TinyElf { IsPie = true }));
        if (package is not null)
        {
            bench.Package(package);
        }
        bench.Capability("c", $"packages: {{tool: {{}}{(package is null ? "" : $", {package.Name}: {{}}")}}}\n{rest}");
        (FileTree tree, _, _) = await bench.ComposeAsync("c");
        using PackageContentReader contents = new(bench.Store.OpenRead);
        return LateFaults.Check(bench.Load("c"), tree, await bench.ListAsync(), contents);
    }
}
