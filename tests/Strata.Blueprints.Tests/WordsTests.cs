using Strata.Testing;
using Strata.Yaml;

namespace Strata.Blueprints.Tests;

/// <summary>What each form of each word of a blueprint and of a capability becomes, or what is told, at both sides of each edge.</summary>
public class WordsTests
{
    private const string Edition = "edition: e\nversion: '1'\nkernel: k\ncapabilities: [a]\n";

    private static readonly string[] s_services =
    [
        .. from words in (string[])["kind: daemon", "kind: once", "kind: setup", "kind: shutdown", "kind: console, terminal: tty1",
            "kind: other", "terminal: tty1",
            "user: a", "user: 'A'", "user: 1a", $"user: {Letters(31)}", $"user: {Letters(32)}", "group: g_-1", "group: ''",
            "environment: {A: b, _c: 'd=e'}", "environment: {1A: b}", "environment: {A: [b]}", "environment: {A: ''}", "environment: {}",
            "working-directory: /a", "working-directory: a", "after: [b, c]", "after: b", "after: []", "requires: [b]",
            "ready: {file: /a}", "ready: {port: 1}", "ready: {port: 65535, within: 1}", "ready: {port: 0}", "ready: {port: 65536}",
            "ready: {notify: true, within: 3600}", "ready: {notify: false}", "ready: {notify: true, within: 3601}",
                "ready: {notify: true, within: 0}",
            "ready: {file: /a, port: 1}", "ready: {port: 1, notify: true}", "ready: {file: /a, notify: true}", "ready: {}", "ready: yes",
            "restart: always", "restart: failure", "restart: never", "restart: maybe", "restart: {when: never}", "restart: {delay: 0}",
            "restart: {delay: 3600}", "restart: {delay: 3601}", "restart: {delay: -1}", "restart: {delay: 30, longest: 30}",
            "restart: {delay: 30, longest: 29}", "restart: {longest: 7}", "restart: {longest: 0}", "restart: {delay: 100}", "restart: [a]",
            "stop: {}", "stop: {signal: INT}", "stop: {signal: KILL}", "stop: {within: 1}", "stop: {within: 0}", "stop: {within: 600}",
            "stop: {within: 601}", "stop: {within: 3600}", "stop: {within: 3601}", "nice: -20", "nice: -21", "nice: 19", "nice: 20",
                "nice: 0",
            "limits: {}", "limits: {memory: 1 MiB}", "limits: {memory: 1048575}", "limits: {cpu: 1}", "limits: {cpu: 0}",
            "limits: {cpu: 100000}", "limits: {cpu: 100001}", "limits: {files: 16}", "limits: {files: 15}", "limits: {files: 1048576}",
            "limits: {files: 1048577}", "limits: {processes: 1}", "limits: {processes: 0}", "limits: {processes: 4194304}",
            "limits: {processes: 4194305}", "limits: {other: 1}", "capabilities: [net_raw, chown]", "capabilities: []",
                "capabilities: [net_rwa]",
            "read-only: [/a, /b]", "read-only: ['/a b']", "read-only: []", "read-only: [a]", "private-tmp: true", "private-tmp: false",
            "no-new-privileges: true", "no-new-privileges: false", "directories: [/run/a, /var/lib/b, /var/cache/c, /var/log/d]",
            "directories: [/run]", "directories: [/var/a]", "directories: [/runs/a]", "log: system", "log: console", "log: none",
                "log: file",
            "other: 1", "enabled: false"]
           select $"services: {{s: {{command: [/x, a], {words}}}}}",
        "services: {s: off}", "services: {s: {command: /x}}", "services: {s: {command: [/x]}, t: {command: [/y]}}", "services: {s: }",
        $"services: {{{Letters(64)}: {{command: [/x]}}}}", "services: {S: {command: [/x]}}", "services: {s.t: {command: [/x]}}",
    ];

    private static readonly string[] s_containers =
    [
        .. from words in (string[])["pull: newer", "pull: never", "pull: always", "command: [/a, '', b c]", "command: a",
            "ports: [80]", "ports: ['8080:80', '127.0.0.1:53:53/udp', '[fd00::1]:1:65535/sctp']", "ports: ['0:80']", "ports: ['1:65536']",
            "ports: ['1:2:3:4']", "ports: ['1.2.3:1:1']", "ports: ['127.1:1:1']", "ports: ['[::1]:80']", "ports: ['[fe80::1%1]:1:1']",
            "ports: ['80/icmp']", "ports: ['80/tcp/tcp']", "ports: ['127.0.0.1:80']", "ports: ['']",
            "volumes: {/data: /var/lib/app, /etc/a: {from: /etc/b, read-only: true}}", "volumes: {/data: {from: /x, read-only: false}}",
            "volumes: {data: /x}", "volumes: {/data: x}", "volumes: {/: /x}", "volumes: {/x: /}", "volumes: {'/a:b': /x}",
            "volumes: {/x: '/a,b'}", "volumes: {/x: [a]}", "volumes: {/x: {read-only: true}}", "volumes: {/x: {from: /y, mode: 1}}",
            "environment: {A: b, C: 'd e'}", "environment: {1A: b}", "network: own", "network: host", "network: none", "network: bridge",
            "network: host, ports: [80]", "user: 1000", "user: app:app", "user: 'a b'", "user: --privileged", "read-only: true",
            "read-only: [/a]", "no-new-privileges: true", "capabilities: []", "capabilities: [net_bind_service, chown]",
            "capabilities: [all]", "limits: {memory: 64 MiB, cpu: 150, files: 1024, processes: 32}", "limits: {memory: 1048575}",
            "after: [a]", "requires: [db]", "requires: db", "restart: failure", "restart: {delay: 5, longest: 9}", "restart: maybe",
            "stop: {signal: QUIT, within: 600}", "stop: {within: 601}", "privileged: true",
            "health: {command: [/a, '\"b']}", "health: {command: [a], every: 1, within: 3600, failures: 100, start: 0}", "health: {}",
            "health: {command: [/a]}", "health: {command: [a b]}",
            "health: {command: [a], every: 0}", "health: {command: [a], failures: 101}", "health: [a]",
            "secrets: {/run/a: x, /run/b: x, /run/c: y.z}", "secrets: {/run/a: machine}", "secrets: {/run/a: ../x}", "secrets: {a: x}",
            "secrets: {/: x}", "secrets: {'/a:b': x}", "secrets: {/a: {credential: x}}",
            "signed-by: none.pub", "signed-by: ../a.pub", "signed-by: [a]"]
           select $"containers: {{c: {{image: 'r.example:5000/team/app:1.0', {words}}}}}",
        .. from image in (string[])["nginx", "library/nginx:1", "r.example/nginx", "r.example/nginx:1", "localhost/a:1", "r.example/A:1",
            "https://r.example/a:1", "r.example/a:-1", "r.example/a@sha256:12", "r.example/a:1 --privileged", "--x.y/a:1", "[::1]:5/a:1",
            $"r.example/a@sha256:{new string('0', 64)}", $"r.example/a:1@sha256:{new string('f', 64)}", $"r.example/{Letters(600)}:1"]
           select $"containers: {{c: {{image: '{image}'}}}}",
        "containers: {c: {}}", "containers: {C: {image: r.example/a:1}}", "containers: {c: x}", "containers: [c]",
        "containers: {c: {image: [a]}}", "containers: {c: {image: {}}}", "containers: {c: {image: {archive: a.tar, other: 1}}}",
        "containers: {c: {image: {archive: a.tar}, signed-by: a.pub}}", "containers: {c: {image: {archive: ../a.tar}}}",
        "containers: {c: {image: {archive: a.tar}, pull: newer}}",
        "containers: {c: {image: r.example/a:1}, d: {image: r.example/b:1, command: [x]}}",
    ];

    private static readonly string[] s_parts =
    [
        .. from words in (string[])["", "version: 1.2", "version: 1.*", "programs: [a, b]", "files: [/a, '/b/**']", "plugins: [/p/*]",
            "except: [/e/]",
            "files: [a]", "modes: {/a: '4755', /b: 644}", "modes: {/a: '8'}", "modes: {/a: '10000'}", "modes: {/a: '07777'}",
                "dependencies: follow",
            "dependencies: ignore", "dependencies: other", "whole-with: depends", "whole-with: depends, files: [/a]",
            "whole-with: depends, plugins: [/a]", "whole-with: depends, programs: [a]", "whole-with: depends, dependencies: ignore",
            "whole-with: depends, except: [/a]", "other: 1"]
           select $"packages: {{p: {{{words}}}}}",
        "packages: {p: }", "packages: {P: {}}", "packages: [p]",
        "directories: {/a: {}, /b: {mode: '0700'}, /c: {owner: u, group: g}, /d: {owner: 7}}", "directories: {a: {}}",
            "directories: {/a: x}",
        "directories: {/a: {mode: '1777', other: 1}}", "links: {/a: b, /c: ../d}", "links: {/a: ''}", $"links: {{/a: {Letters(4095)}}}",
        $"links: {{/a: {Letters(4096)}}}", "links: {a: b}",
        "files: {/a: {content: b}, /c: {content: d, mode: '0600', owner: u, group: 8}}", "files: {/a: {content: b, executable: true}}",
            "files: {/a: b}",
        "files: {a: {content: b}}", "replaces: [/a, /b]", "replaces: [a]", "replaces: /a",
        "users: {u: {id: 1}}", "users: {u: {id: 65534, group: g, home: /h, shell: /s, description: d e}}", "users: {u: {id: 65535}}",
            "users: {u: {id: -1}}",
        "users: {u: {id: 0}}", "users: {U: {id: 1}}", "users: {u: {id: 1, home: h}}", "groups: {g: {id: 1}}",
            "groups: {g: {id: 65534, members: [a, b]}}",
        "groups: {g: {id: 65535}}", "groups: {g: {members: [a]}}", "effects: {x: {a: [b, c]}}", "effects: {x: }", "effects: {x: {a: []}}",
            "effects: x",
        "units: {enable: [a.service], disable: [b.socket], mask: [c.timer]}", "units: {enable: [a]}",
            "units: {enable: [a.service, a.service]}",
        "units: {enable: [a.service], mask: [a.service]}", "units: {disable: [a.service], mask: [a.service]}", "units: {mask: [a.b]}",
        $"units: {{enable: [{Letters(200)}.path]}}", $"units: {{enable: [{Letters(201)}.path]}}",
            "units: {enable: [a@b.mount, 'a:b_c.target']}",
        "units: {drop-ins: {a.service: {Service: {User: a, Env: [b, c]}, Unit: {X: y}}}}",
            "units: {drop-ins: {a.service: {service: {User: a}}}}",
        "units: {drop-ins: {a.service: {Service: {user: a}}}}", "units: {drop-ins: {a: {Service: {User: a}}}}",
            "units: {drop-ins: {a.service: x}}",
        "units: {drop-ins: {a.service: {Service: {User: {b: c}}}}}", "units: {drop-ins: {a.service: {Service: {User: 'a\\'}}}}",
        "units: {drop-ins: {a.service: {Service: {User: \"a\\tb\"}}}}", "units: {drop-ins: {a.service: {Service: {User: ''}}}}",
        $"units: {{drop-ins: {{a.service: {{X{Letters(63)}: {{X{Letters(64)}: a}}}}}}}}",
    ];

    private static readonly string[] s_capabilities =
    [
        "requires: [a, b]", "requires: a", "device-programs: {/a: early-init}", "provides: {init-system: busybox}",
            "provides: {init-system: systemd}",
        "provides: {init-system: openrc}", "provides: {other: a}", "provides: {}",
        "kernel: {modules: [a], optional-modules: [b], fragments: [c], optional-fragments: [d], firmware: [e]}", "kernel: {}",
            "kernel: {other: a}",
        "budget: {layer: 1 MiB}", "budget: {}", "budget: {image: 1 MiB}", "other: 1",
    ];

    private static readonly string[] s_editions =
    [
        "title: t", "description: d", "suite: bookworm", "suite: Trixie", "components: [main, contrib]", "components: [contrib, main]",
        "components: [main, main]", "components: [main, non-fre]", "components: []", "components: [main, non-free, non-free-firmware]",
        "kernel-modules: all", "kernel-modules: asked", "kernel-modules: some", "init: systemd", "init: other", "layout: layers",
            "layout: initramfs",
        "layout: flat", "boot: uki", "boot: systemd-boot", "boot: grub", .. from word in (string[])["gzip", "xz", "zstd", "lz4", "none",
            "zst"] select $"packing: {word}",
        .. from word in (string[])["xz", "xz-smallest", "zstd", "none", "gzip"] select $"initramfs: {word}",
        "base: [a]", "layout: layers\nbase: [a, b]", "command-line: quiet a=b", "command-line: initrd=a", "unhandled-scripts: warn",
            "unhandled-scripts: fail",
        "unhandled-scripts: ask", "package-status: false", "package-status: true", "package-status: maybe", "keep: [/a, '/b/*']",
            "keep: [a]",
        "vex: {CVE-2026-1234: why}", "vex: {CVE-2026-123456789012: why}", "vex: {CVE-2026-1234567890123: why}", "vex: {CVE-2026-123: why}",
        "vex: {TEMP-1234567-0A1B2F: why}", "vex: {TEMP-1234567-0a1b2f: why}", "vex: {CVE-2026-1234: ''}",
        "run: {memory: 64 MiB}", "run: {}", "run: {cpus: 1}", "architecture: amd64", "architecture: arm64", "architecture: mips",
            "architecture: i386",
        "state: everything", "state: {keep: [/a, {path: /b, owner: u, group: g, mode: '0750', limit: 16 MiB}]}",
        "disk: {parts: [{role: esp, size: 64 MiB}, {role: state, size: 1 GiB, grow: true}]}", "disk: {}", "disk: {parts: []}",
        "disk: {parts: [{role: esp, grow: true}, {role: state, size: 1 MiB}]}", "disk: {parts: [{role: esp, size: 1048577}]}",
        "disk: {parts: [{role: esp, format: ext4}]}", "disk: {parts: [{format: fat}]}",
        "layout: layers\ndisk: {parts: [{role: esp}, {role: store, format: fat32}]}",
            "layout: layers\ndisk: {parts: [{role: store}, {role: esp}]}",
        .. from words in (string[])["entrypoint: [/a, b]", "command: [c]", "command: c", "environment: [A=b]", "environment: [A]",
            "environment: ['=b']", "user: u",
            "working-directory: /w", "working-directory: w", "ports: [1, 2/udp, 3/sctp, 65535/tcp]", "ports: [0]", "ports: [65536]",
                "ports: [1/icmp]", "ports: [1/tcp/2]",
            "ports: [1, 1/tcp]", "ports: [1/udp, 1/tcp]", "ports: [01]", "volumes: [/a, /b]", "volumes: [/]", "volumes: [/a, /a]",
                "volumes: [a]",
            "stop-signal: USR2", "stop-signal: SIGTERM", "labels: {b: 1, a: 2}", "labels: {a: [b]}", "labels: {'': a}",
                "compression: gzip", "compression: zstd",
            "compression: xz", "health-check: {command: [/a]}", "health-check: {every: 1}",
                "health-check: {command: [/a], every: 1, within: 86400, start: 2, retries: 100}",
            "health-check: {command: [/a], every: 0}", "health-check: {command: [/a], within: 86401}",
                "health-check: {command: [/a], start: 0}",
            "health-check: {command: [/a], retries: 0}", "health-check: {command: [/a], retries: 101}", "health-check: {command: []}",
                "other: 1"]
           select $"container: {{{words}}}",
        .. from words in (string[])["image: 1 MiB", "layers: 1 MiB", "packages: 1", "packages: -1", "memory: 1 MiB", "boot: 2.5",
            "ports: 0", "setuid: 1", "other: 1"]
           select $"budget: {{{words}}}",
        "kernel: none\nboot: uki", "kernel: none\ndisk: {parts: [{role: esp}]}", "other: 1", "links: {/a: b}", "services: {s: off}",
            "services: {s: {nice: 1}}",
        "packages: {p: {}}", "machine: {hostname: h}", "without: [a]", "set: {a: b}",
    ];

    [Fact]
    public void Read_EveryWordOfAService_IsReadOrTold() =>
        Golden.Same("services", Rows(s_services, "services: {s: {command: [/x, a]}}", OfCapability));

    [Fact]
    public void Read_EveryWordOfAContainer_IsReadOrTold() =>
        Golden.Same("containers", Rows(s_containers, "containers: {c: {image: 'r.example:5000/team/app:1.0'}}", OfCapability));

    [Fact]
    public void Read_EveryPartOfACapability_IsReadOrTold() =>
        Golden.Same("capabilities", Rows([.. s_parts, .. s_capabilities], "", OfCapability));

    [Fact]
    public void Read_EveryWordOfAnEdition_IsReadOrTold() => Golden.Same("editions", Rows(s_editions, "", OfEdition));

    // the last that is allowed, and the first that is not
    [Theory]
    [InlineData("services: {s: {command: [/x], environment: {A: '*'}}}", 8192)]
    [InlineData("units: {drop-ins: {a.service: {Service: {User: '*'}}}}", 8192)]
    public void Read_LongValue_HasALimit(string text, int most)
    {
        Assert.Equal("", Faults(most));
        Assert.Contains($"{most}", Faults(most + 1), StringComparison.Ordinal);

        string Faults(int length)
        {
            FaultList faults = new();
            OfCapability(text.Replace("*", Letters(length), StringComparison.Ordinal), faults);
            return string.Join('\n', faults.Faults);
        }
    }

    [Theory]
    [InlineData("services: {s: {command: [/x], environment: {", "A*: a, ", "}}}", 256, "more than 256 variables")]
    [InlineData("units: {drop-ins: {a.service: {Service: {", "A*: a, ", "}}}}", 1000, "more than 1000 settings for 'a.service'")]
    [InlineData("vex: {CVE-2026-1234: ", "a", "}", 1000, "of at most 1000 characters")]
    [InlineData("containers: {", "c*: {image: r.example/a:1}, ", "}", 64, "65 containers; expected at most 64")]
    [InlineData("containers: {c: {image: r.example/a:1, ports: [", "1, ", "]}}", 64, "65 ports; expected at most 64")]
    [InlineData("containers: {c: {image: r.example/a:1, volumes: {", "/v*: /w, ", "}}}", 64, "65 volumes; expected at most 64")]
    [InlineData("containers: {c: {image: r.example/a:1, secrets: {", "/v*: w, ", "}}}", 64, "65 secrets; expected at most 64")]
    [InlineData("disk: {parts: [", "{role: esp}, ", "]}", 16, "the disk has 17 parts; expected at most 16")]
    public void Read_Many_HaveALimit(string begin, string one, string end, int most, string told)
    {
        Assert.DoesNotContain(told, Faults(most), StringComparison.Ordinal);
        Assert.Contains(told, Faults(most + 1), StringComparison.Ordinal);

        string Faults(int count)
        {
            FaultList faults = new();
            string text = begin + string.Concat(Enumerable.Range(0, count).Select(i => one.Replace("*",
                $"{i}", StringComparison.Ordinal))) + end;
            _ = begin[0] is 'v' or 'd' ? OfEdition(text, faults) : OfCapability(text, faults);
            return string.Join('\n', faults.Faults);
        }
    }

    private static string Letters(int count) => new('a', count);

    // of each text what it changes, or what is told
    private static string Rows(IEnumerable<string> texts, string usual, Func<string, FaultList, string> read) => string.Concat(texts.Select(
    text =>
    {
        FaultList faults = new();
        string facts = Facts.Changes(read(usual, new FaultList()), read(text, faults));
        string told = string.Concat(faults.Faults.Select(f => $"!! {f}\n"));
        string shown = text.Replace("\n", " | ", StringComparison.Ordinal);
        return $"== {(shown.Length > 120 ? $"{shown[..60]}…{shown.Length}" : shown)}\n{(told.Length == 0 ? facts : "")}{told}";
    }));

    private static string OfCapability(string text, FaultList faults) => YamlFile.Parse(
        "capability: c\ndescription: d\n" + text + "\n", "c.yaml", faults) is YamlMapping mapping
        ? Facts.Of(CapabilityFile.Read(mapping, "/nowhere", "c", faults), "Name", "File", "Place", "Places", "Description", "Machine") : "";

    private static string OfEdition(string text, FaultList faults)
    {
        string whole = string.Concat(Edition.Split('\n')
            .Where(l => l.Length > 0 && !text.StartsWith(l.Split(':')[0] + ":", StringComparison.Ordinal))
            .Select(l => l + "\n")) + text + "\n";
        return YamlFile.Parse(whole, "e.yaml", faults) is YamlMapping mapping
            ? Facts.Of(EditionFile.Read(mapping, "/nowhere", faults), "Name", "Place", "Folder", "Folders", "Files", "Kernel",
                "Capabilities", "Parts", "Architecture") : "";
    }
}
