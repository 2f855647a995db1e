using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Testing;

namespace Strata.Composition.Tests.InitSystems;

public sealed class SystemdInitTests : IDisposable
{
    private const string Units = "/usr/lib/systemd/system/";

    private readonly Workbench _bench = new();
    private readonly TemporaryFolder _folder = new();

    public SystemdInitTests() => _bench.Capability(
        "init", "provides: {init-system: systemd}\nfiles: {/usr/lib/systemd/systemd: {content: x, mode: \"0755\"}}");

    public static TheoryData<string, string> Kinds => new()
    {
        {
            "s: {kind: setup, command: [/boot, -v]}", """
            [Unit]
            Description=s of capability c
            DefaultDependencies=no
            Wants=network-pre.target
            After=sysinit.target
            Before=basic.target network-pre.target shutdown.target
            Conflicts=shutdown.target

            [Service]
            Type=oneshot
            RemainAfterExit=yes
            ExecStart=/boot -v
            ExecStopPost=+/usr/lib/strata/init/ended s once

            [Install]
            WantedBy=basic.target

            """
        },
        {
            "s: {kind: once, command: [/once]}", """
            [Unit]
            Description=s of capability c

            [Service]
            Type=oneshot
            RemainAfterExit=yes
            ExecStart=/once
            ExecStopPost=+/usr/lib/strata/init/ended s once

            [Install]
            WantedBy=multi-user.target

            """
        },
        {
            "s: {command: [/daemon]}", """
            [Unit]
            Description=s of capability c
            StartLimitIntervalSec=0

            [Service]
            Type=exec
            ExecStart=/daemon
            ExecStopPost=+/usr/lib/strata/init/ended s always
            Restart=always
            RestartSec=1
            RestartSteps=6
            RestartMaxDelaySec=60
            KillSignal=SIGTERM
            TimeoutStopSec=10

            [Install]
            WantedBy=multi-user.target

            """
        },
        {
            "s: {kind: console, command: [/bin/sh, -i], terminal: ttyS0}", """
            [Unit]
            Description=s of capability c
            ConditionPathExists=/dev/ttyS0
            IgnoreOnIsolate=yes
            StartLimitIntervalSec=0

            [Service]
            Type=idle
            ExecStart=-@/bin/sh -/bin/sh -i
            Restart=always
            RestartSec=1
            StandardInput=tty
            StandardOutput=tty
            TTYPath=/dev/ttyS0
            TTYReset=yes
            TTYVHangup=yes
            KillMode=process
            SendSIGHUP=yes
            IgnoreSIGPIPE=no

            [Install]
            WantedBy=multi-user.target

            """
        },
        {
            "s: {kind: shutdown, command: [/down]}", """
            [Unit]
            Description=s of capability c
            After=multi-user.target

            [Service]
            Type=oneshot
            RemainAfterExit=yes
            ExecStop=/down

            [Install]
            WantedBy=multi-user.target

            """
        },
    };

    // what a word of a service becomes, as lines of its unit
    public static TheoryData<string, string> Words => new()
    {
        { "user: www, group: www", "User=www\nGroup=www\n" },
        { "environment: {A: 'x y', B: '50% $1 \\ \"q\"'}", "Environment=\"A=x y\"\nEnvironment=\"B=50%% $1 \\\\ \\\"q\\\"\"\n" },
        { "working-directory: /srv/a b%", "WorkingDirectory=/srv/a b%%\n" },
        { "after: [o]", "After=o.service\n" },
        { "requires: [o], after: [p]", "Requires=o.service\nAfter=o.service p.service\n" },
        { "ready: {file: /run/x.sock}", "ExecStartPost=/usr/lib/strata/init/wait-ready file /run/x.sock 30\nTimeoutStartSec=35\n" },
        { "ready: {port: 80, within: 9}", "ExecStartPost=/usr/lib/strata/init/wait-ready port 80 9\nTimeoutStartSec=14\n" },
        { "ready: {notify: true, within: 9}", "Type=notify\nExecStart=/daemon\nTimeoutStartSec=9\n" },
        { "restart: never", "ExecStopPost=+/usr/lib/strata/init/ended d never\nKillSignal=SIGTERM\n" },
        { "restart: failure", "ended d failure\nRestart=on-failure\nRestartSec=1\n" },
        { "restart: {when: always, delay: 0, longest: 10}", "RestartSec=100ms\nRestartSteps=7\nRestartMaxDelaySec=10\nKill" },
        { "restart: {when: always, delay: 5, longest: 5}", "RestartSec=5\nKillSignal=" },
        { "stop: {signal: QUIT, within: 3}", "KillSignal=SIGQUIT\nTimeoutStopSec=3\n" },
        { "nice: -5", "Nice=-5\n" },
        {
            "limits: {memory: 64 MiB, cpu: 150, files: 1024, processes: 20}",
            "MemoryMax=67108864\nCPUQuota=150%\nLimitNOFILE=1024\nLimitNPROC=20\n"
        },
        { "capabilities: [net_bind_service, chown]", "=10\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_CHOWN\n\n[Install]" },
        { "user: www, capabilities: [chown]", "User=www\nCapabilityBoundingSet=CAP_CHOWN\nAmbientCapabilities=CAP_CHOWN\n" },
        { "capabilities: []", "CapabilityBoundingSet=\n\n[Install]" },
        { "read-only: [/etc, /srv]", "ReadOnlyPaths=/etc /srv\n" },
        { "private-tmp: true, no-new-privileges: true", "NoNewPrivileges=yes\nPrivateTmp=yes\n" },
        {
            "directories: [/run/a, /run/b, /var/lib/a, /var/cache/a, /var/log/a]",
            "RuntimeDirectory=a b\nRuntimeDirectoryPreserve=yes\nStateDirectory=a\nCacheDirectory=a\nLogsDirectory=a\n"
        },
        { "log: console", "StandardOutput=journal+console\n" },
        { "log: none", "StandardOutput=null\n" },
    };

    // systemd.syntax(7), systemd.service(5): words in which systemd sees more than their letters
    public static TheoryData<string, string> Arguments => new()
    {
        { "a;b", "\"a;b\"" },
        { ";", "\";\"" },
        { "50%n", "\"50%%n\"" },
        { "a b", "\"a b\"" },
        { "it's", "\"it's\"" },
        { "say \"x\"", "\"say \\\"x\\\"\"" },
        { "back\\slash\\", "\"back\\\\slash\\\\\"" },
        { "line\nand\ttab\x1", "\"line\\nand\\ttab\\x01\"" },
        { "", "\"\"" },
        { "größe", "\"größe\"" },
        { "#no comment", "\"#no comment\"" },
        { "{}", "\"{}\"" },
    };

    public void Dispose()
    {
        _bench.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Apply_Service_BecomesAUnitOfItsCapability(string service, string unit)
    {
        FileTree tree = await ApplyAsync(service);
        Assert.Equal(unit, _bench.Text(tree, Units + "s.service"));
        Assert.True(tree.TryGet(GuestPath.Parse(Units + "s.service"), out TreeEntry entry));
        Assert.Equal("c", entry.Origin.Capability);
        string target = service.Contains("setup", StringComparison.Ordinal) ? "basic" : "multi-user";
        Assert.Contains($"/etc/systemd/system/{target}.target.wants/s.service -> {Units}s.service", Workbench.Names(tree));
        Assert.Contains("/init -> usr/lib/systemd/systemd", Workbench.Names(tree));
    }

    [Theory]
    [MemberData(nameof(Words))]
    public async Task Apply_Word_BecomesSettings(string word, string lines)
    {
        FileTree tree = await ApplyAsync($"d: {{command: [/daemon], {word}}}\n  o: {{command: [/once]}}\n  p: {{command: [/boot]}}");
        Assert.Contains(lines, _bench.Text(tree, Units + "d.service"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Apply_Argument_IsQuoted(string argument, string quoted)
    {
        FileTree tree = await ApplyAsync($"d: {{command: [/daemon, {Yaml(argument)}]}}");
        Assert.Contains($"\nExecStart=/daemon {quoted}\n", _bench.Text(tree, Units + "d.service"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_DollarSigns_AreLeftAlone()
    {
        FileTree tree = await ApplyAsync("d: {command: [/daemon, $HOME, \"${A}$$\"]}");
        Assert.Contains("\nExecStart=:/daemon \"$HOME\" \"${A}$$\"\n", _bench.Text(tree, Units + "d.service"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_Setups_ComeOneAfterTheOther()
    {
        FileTree tree = await ApplyAsync(
            "b: {kind: setup, command: [/boot]}\n  a: {kind: setup, command: [/once]}\n  c: {kind: setup, command: [/down]}");
        Assert.False(tree.Contains(GuestPath.Parse(Units + "b.service.d")));
        Assert.Equal("[Unit]\nAfter=b.service\n", _bench.Text(tree, Units + "a.service.d/order.conf"));
        Assert.Equal("[Unit]\nAfter=b.service a.service\n", _bench.Text(tree, Units + "c.service.d/order.conf"));
        Assert.True(tree.TryGet(GuestPath.Parse(Units + "c.service.d/order.conf"), out TreeEntry entry));
        Assert.Null(entry.Origin.Capability); // no layer says what others have
    }

    // a failure of the one is none of the other: systemd.service(5), RestartMode=
    [Fact]
    public async Task Apply_RequiredService_IsWaitedForWhileItFails()
    {
        FileTree tree = await ApplyAsync("a: {command: [/daemon], requires: [b]}\n  b: {command: [/once]}");
        Assert.Equal("[Service]\nRestartMode=direct\n", _bench.Text(tree, Units + "b.service.d/order.conf"));
        Assert.False(tree.Contains(GuestPath.Parse(Units + "a.service.d")));
    }

    [Fact]
    public async Task Apply_UnitOfAPackage_IsNotReplacedInSilence()
    {
        _bench.Package(new DebBuilder("nginx").File(Units + "nginx.service", "[Service]\nExecStart=/daemon\n"));
        StrataException e = await Assert.ThrowsAsync<StrataException>(
            () => ApplyAsync("nginx: {command: [/daemon]}", "packages: {nginx: {dependencies: ignore}}"));
        Assert.Contains($"cannot write {Units}nginx.service for a service of capability 'c': package 'nginx' has that file", e.Message,
            StringComparison.Ordinal);
        Assert.Contains("units:", e.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("working-directory: \"/a\\nb\"", "systemd cannot be told the working directory")]
    [InlineData("working-directory: '/a\\'", "systemd cannot be told the working directory")]
    public async Task Apply_WhatNoUnitCanSay_IsAnErrorThatNamesIt(string word, string problem)
    {
        StrataException e = await Assert.ThrowsAsync<StrataException>(() => ApplyAsync($"d: {{command: [/daemon], {word}}}"));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains("c.yaml:", e.Message, StringComparison.Ordinal);
    }

    // What it dumps is what it understood. Older ones do not know all settings and say so.
    [SkippableFact]
    public async Task Apply_Everything_IsWhatSystemdReads()
    {
        string[] kept =
            ["environment", "after", "nice", "limits", "capabilities", "read-only", "private-tmp", "directories", "log", "stop"];
        string words = string.Join(
            ", ", kept.Select(k => Words.Select(w => (string)w[0]).First(w => w.StartsWith(k + ":", StringComparison.Ordinal))));
        string arguments = string.Join(", ", Arguments.Select(a => Yaml((string)a[0])).Append("\"$HOME\""));
        FileTree tree = await ApplyAsync(
            $"d: {{command: [/daemon, {arguments}], user: root, ready: {{port: 80}}, {words}}}\n"
            + "  o: {kind: once, command: [/once]}\n  s: {kind: setup, command: [/boot]}\n  u: {kind: setup, command: [/boot]}\n"
            + "  x: {kind: shutdown, command: [/down]}\n  n: {command: [/daemon], ready: {notify: true}}\n"
            + "  t: {kind: console, command: [/bin/sh, -i], terminal: ttyS0}");
        string root = Extract(tree);
        foreach (string target in new[] { "sysinit", "basic", "network-pre", "multi-user", "shutdown" })
        {
            File.WriteAllText(Path.Combine(root, $"usr/lib/systemd/system/{target}.target"), "[Unit]\nDescription=of a test\n");
        }
        string analyze = Oracle.FindOptional("systemd-analyze");
        IEnumerable<string> units = "dosuxnt".Select(n => Path.Combine(root, $"usr/lib/systemd/system/{n}.service"));
        (int exitCode, string output) = Oracle.Run(
            "env", ["SYSTEMD_LOG_LEVEL=debug", analyze, "verify", "--man=no", "--generators=no", $"--root={root}", .. units]);
        Assert.True(exitCode == 0, output);
        string[] complaints = [.. output.Split('\n').Where(l => l.Contains(root, StringComparison.Ordinal)
            && (l.Contains("gnoring", StringComparison.Ordinal) || l.Contains("nknown", StringComparison.Ordinal)))];
        Assert.Empty(complaints);
    }

    private static string Yaml(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private string Extract(FileTree tree)
    {
        string root = _folder["root"];
        foreach (TreeEntry entry in tree.Entries)
        {
            string path = Path.Combine(root, entry.Path.Relative);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            if (entry.Node is FileNode)
            {
                File.WriteAllBytes(path, _bench.Bytes(tree, entry.Path.ToString()));
                File.SetUnixFileMode(path, (UnixFileMode)entry.Node.Permissions);
            }
        }
        return root;
    }

    private Task<FileTree> ApplyAsync(string services, string rest = "")
    {
        string programs = string.Join(
            ", ", new[] { "/boot", "/once", "/daemon", "/bin/sh", "/down" }.Select(p => p + ": {content: x, mode: \"0755\"}"));
        _bench.Capability("c", $"files: {{{programs}}}\n{rest}\nservices:\n  {services}");
        return _bench.ApplyAsync(new ServicesEffect(), "init, c");
    }
}
