using Strata.Blueprints;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Packages.Listings;

namespace Strata.Editions.Tests.Census;

/// <summary>Why a tree of ours may differ from what dpkg installs; all else is a fault.</summary>
internal static class JudgeRules
{
    /// <summary>Name of the rule for capabilities of files.</summary>
    public const string Capabilities = "capabilities of files: an image keeps none";

    private const string Identity = "who the system is says the edition";
    private const int EmptyList = 13; // "[MIME Cache]" and the end of the line
    private const string Systemd = "/usr/lib/systemd/systemd";

    // each: what explains it, and the paths that it is about; only what dpkg has, but for who the system is
    private static readonly (string Name, PathPattern[] Paths)[] s_paths =
    [
        Rule("dpkg's own records", "/var/lib/dpkg/", "/var/lib/dpkg", "/var/cache/debconf/", "/var/cache/debconf", "/var/lib/ucf/",
            "/var/lib/ucf",
            "/var/lib/systemd/deb-systemd-*", "/var/lib/systemd/deb-systemd-**", "/var/lib/pam/", "/var/lib/pam",
                "/etc/alternatives/README",
            "/var/lib/apt/", "/var/cache/apt/"),
        Rule("backups of account files", "/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-",
            "/etc/.pwd.lock", "/etc/gshadow"),
        Rule("made anew at each start", "/run/", "/run", "/tmp/", "/tmp", "/var/tmp/", "/dev/", "/proc/", "/sys/"),
        Rule("logs of the installation", "/var/log/**.log", "/var/log/apt/", "/var/log/btmp", "/var/log/wtmp", "/var/log/lastlog",
            "/var/log/faillog"),
        Rule(Identity, "/etc/os-release", "/usr/lib/os-release", "/etc/hostname", "/etc/machine-id",
            "/etc/debian_version", "/var/lib/dbus/machine-id", "/var/lib/dbus"),
        Rule("System V init and OpenRC: services start otherwise", "/etc/rc?.d/*", "/etc/rc?.d", "/etc/init.d/.depend.*", "/etc/runlevels/",
            "/etc/runlevels"),
        Rule("the loader's cache is written where it is needed", "/etc/ld.so.cache", "/var/cache/ldconfig/", "/var/cache/ldconfig"),
        Rule("shells that may be logged in with are the edition's", "/etc/shells", "/var/lib/shells.state"),
        Rule("byte code: Python does without", "/**/__pycache__/**", "/**/__pycache__", "/**.pyc"),
        Rule("Python's own record and its folder for additions", "/var/lib/python/", "/var/lib/python", "/usr/local/lib/python3*/**",
            "/usr/local/lib/python3*"),
        Rule("byte code: Emacs does without", "/usr/share/emacs/site-lisp/", "/usr/share/emacs/*/site-lisp/", "/var/lib/emacsen-common/"),
        Rule("indexes that programs do without", "/usr/lib/udev/hwdb.bin", "/etc/udev/hwdb.bin", "/var/lib/systemd/catalog/**",
            "/var/lib/systemd/catalog",
            "/usr/share/icons/**/icon-theme.cache", "/usr/lib/*/vlc/plugins/plugins.dat", "/usr/share/icons/**/.icon-theme.cache",
            "/var/cache/fontconfig/", "/var/cache/fontconfig", "/usr/share/fonts/**/fonts.dir",
            "/usr/share/fonts/**/fonts.scale", "/usr/share/fonts/**/fonts.alias", "/usr/share/fonts/**/.uuid",
                "/usr/share/fonts/**/encodings.dir",
            "/var/cache/man/", "/var/cache/man", "/usr/share/vim/vim*/doc/tags", "/usr/share/vim/addons/doc/tags",
                "/var/cache/dictionaries-common/", "/var/cache/dictionaries-common", "/etc/dictionaries-common/",
            "/etc/dictionaries-common", "/var/cache/swcatalog/", "/var/cache/swcatalog",
            "/var/lib/dictionaries-common/", "/var/lib/dictionaries-common",
            "/var/lib/ghostscript/", "/var/lib/ghostscript"),
        Rule("what programs keep for root while dpkg runs them", "/root/.cache/", "/root/.cache"),
        Rule("services and programs make it when they start", "/var/lib/flatpak/", "/var/lib/flatpak", "/etc/audit/audit.rules"),
        Rule("catalogs of document types", "/etc/xml/", "/etc/xml", "/etc/sgml/", "/etc/sgml", "/var/lib/xml-core/", "/var/lib/xml-core",
            "/var/lib/sgml-base/", "/var/lib/sgml-base"),
        Rule("keys and names that every machine makes for itself", "/etc/ssh/ssh_host_*", "/etc/ssl/certs/ssl-cert-snakeoil.pem",
            "/etc/ssl/private/ssl-cert-snakeoil.key", "/etc/dovecot/private/dovecot.*", "/etc/dropbear/dropbear_*_host_key*",
                "/etc/varnish/secret", "/etc/bind/rndc.key", "/var/lib/rabbitmq/.erlang.cookie", "/etc/iscsi/initiatorname.iscsi",
            "/etc/nvme/host*"),
        Rule("keyboard, font, zone and language: what debconf asks says a capability", "/etc/default/keyboard",
            "/etc/default/console-setup",
            "/etc/console-setup/", "/etc/console-setup", "/etc/default/locale", "/etc/locale.conf", "/etc/locale.gen",
                "/usr/lib/locale/", "/etc/localtime",
            "/etc/timezone", "/etc/vconsole.conf", "/etc/X11/default-display-manager", "/etc/systemd/system/display-manager.service"),
        Rule("what the running machine has says a capability (effects/debian.yaml)", "/etc/mdadm/mdadm.conf", "/etc/munin/plugins/*",
            "/var/lib/munin-node/plugin-state/*", "/etc/default/mdadm",
            "/var/lib/smartmontools/drivedb/drivedb.h**"),
        Rule("the boot program and the initramfs are the image's", "/boot/", "/etc/default/grub", "/var/lib/grub/", "/var/lib/grub",
            "/var/lib/initramfs-tools/", "/var/lib/initramfs-tools", "/etc/initramfs-tools/modules"),
    ];

    /// <summary>The rule that explains a difference of paths; null for none.</summary>
    public static string? NameFor(Disagreement at)
    {
        string path = at.Path.ToString();
        if (path is "/etc/passwd" or "/etc/group" or "/etc/shadow")
        {
            return "accounts are compared by name";
        }
        if (path.StartsWith("/var/lib/dpkg/status.d", StringComparison.Ordinal) || (at.Ours is not null && path == "/var/lib/dpkg"))
        {
            return "packages are told to scanners in dpkg's words";
        }
        if (at.Package is string package && at.Ours is null && !at.Judge.IsOurs(package))
        {
            return "packages that only scripts need are cut";
        }
        if (at.Ours is null && at.Judge.IsLeftOut(at.Path))
        {
            return "left out by policy";
        }
        if (Array.Find(s_paths, r => r.Paths.Any(p => p.Matches(at.Path))).Name is string name && (at.Theirs is not null
            || name == Identity))
        {
            return name;
        }
        if (path.StartsWith("/etc/systemd/", StringComparison.Ordinal) && at.Ours is null && !at.Judge.HasOurs(Systemd))
        {
            return "units are linked where systemd is in the image";
        }
        if (at is { Theirs: SymlinkNode theirs, Ours.Node: SymlinkNode ours } && Target(at.Path, theirs) is GuestPath target
            && target == Target(at.Path, ours))
        {
            return "the same with /usr merged";
        }
        if (at.Ours is null && (s_ofCut.Any(c => !at.Judge.IsOurs(c.Package) && c.Paths.Any(p => p.Matches(at.Path)))
            || (at.Theirs is SymlinkNode link && LeadsTo(at, link, p => at.Judge.PackageOf(p) is string owner && !at.Judge.IsOurs(owner)))))
        {
            return "packages that only scripts need are cut";
        }
        bool isManual = path.StartsWith("/etc/alternatives/", StringComparison.Ordinal) && path.EndsWith(".gz", StringComparison.Ordinal);
        if (at is { Theirs: SymlinkNode left, Ours: null } && (isManual || LeadsTo(at, left, at.Judge.IsLeftOut)))
        {
            return "links to what is left out";
        }
        if (at.Package is string essential && !at.Judge.IsOurs(essential) && at.Ours is TreeEntry made
            && made.Origin.Reason.StartsWith("script of package ", StringComparison.Ordinal))
        {
            return "an essential package has it there that is not in the image";
        }
        if (at.Judge.HasTheirCapabilities(at.Path) && at is { Theirs: FileNode given, Ours.Node: FileNode mode }
            && given.Content.Digest == mode.Content.Digest && (given.Permissions | Modes.SetUid) == mode.Permissions)
        {
            return "its script sets the set-user-ID bit where there is no setcap";
        }
        if (path.StartsWith("/usr/share/nmap/nselib/data/psexec/", StringComparison.Ordinal) && at.Ours is null)
        {
            return "what nmap sends to Windows stays packed";
        }
        if (path == "/usr/share/applications/mimeinfo.cache" && at is { Theirs: FileNode { Content.Size: EmptyList }, Ours: null })
        {
            return "a list of programs by kind of file that lists none";
        }
        if (path == "/etc/ca-certificates.conf" && at is { Theirs: FileNode, Ours.Node: FileNode })
        {
            return "comments of a generated list";
        }
        if (path == "/etc/ssl/certs/java/cacerts" && at is { Theirs: FileNode { Content: InlineContent java }, Ours.Node:
            FileNode { Content: InlineContent store } } && JavaCertificates.In(java.Bytes).SetEquals(JavaCertificates.In(store.Bytes)))
        {
            return "Java's key store: the order of its certificates, and since when they are trusted";
        }
        if (at.Theirs is SymlinkNode { Target: "ssl-cert-snakeoil.pem" })
        {
            return "keys and names that every machine makes for itself";
        }
        if (path.Contains("/.bash", StringComparison.Ordinal) || path.EndsWith("/.profile", StringComparison.Ordinal))
        {
            return at.Judge.HasOurs("/etc/skel/.bashrc") ? null : "homes have what the image has in /etc/skel";
        }
        if ((at.Ours is null || at is { Theirs: DirectoryNode, Ours.Node: DirectoryNode }) && at.Judge.IsMadeAtStart(at.Path))
        {
            return "systemd-tmpfiles makes it at each start";
        }
        return null;
    }

    /// <summary>The rule that explains a difference of accounts; null for none.</summary>
    public static string? NameForAccount(string name, string what) => name is "root" or "nobody" ? "accounts that capability 'base' says"
        : what.Contains("'\"", StringComparison.Ordinal) ? "minsysusers(8) keeps the quotes of sysusers.d" : null;

    private static readonly (string Package, PathPattern[] Paths)[] s_ofCut =
    [
        Rule("kmod", "/etc/modules"), Rule("initramfs-tools", "/etc/initramfs-tools/", "/etc/initramfs-tools"),
    ];

    private static GuestPath? Target(GuestPath at, SymlinkNode link) =>
        at.Parent.TryResolveLink(link.Target, out GuestPath target) ? MergedUsr.Canonical(target) : null;

    // a name, /etc/alternatives, and what it means
    private static bool LeadsTo(Disagreement at, SymlinkNode link, Func<GuestPath, bool> what) => Target(at.Path, link) is GuestPath target
        && (what(target) || (at.Judge.TheirLink(target) is SymlinkNode next && Target(target, next) is GuestPath end && what(end)));

    private static (string, PathPattern[]) Rule(string name, params string[] patterns) => (name, [.. patterns.Select(PathPattern.Parse)]);
}
