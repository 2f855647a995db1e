using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Strata.Testing;

namespace Strata.Advice.Tests;

/// <summary>A Debian tree as debootstrap leaves it, so far as it is looked at: made here, nothing is downloaded.</summary>
internal sealed class MadeServer : IDisposable
{
    /// <summary>A key of the form of a real one.</summary>
    public const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBkFOa4qN0HKyHrN2UYDBXHhvXn3dLMwdEAnW0hdqvYI anna@desk";

    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _status = new();
    private readonly StringBuilder _states = new();

    /// <summary>The root folder.</summary>
    public string Root => _folder.Path;

    /// <summary>
    /// debootstrap with nginx and mosquitto: the base, both with what they need, units that start, and no notes of apt's.
    /// </summary>
    public static MadeServer WithNginxAndMosquitto()
    {
        MadeServer server = new();
        server.Install("libc6", "required", "libs");
        server.Install("dpkg", "required", "admin", "tar", essential: true);
        server.Install("systemd", "important", "admin", "libc6", units: ["getty@.service", "systemd-timesyncd.service"]);
        server.Install("apt", "important", "admin", "libc6", units: ["apt-daily.timer"]);
        server.Install("e2fsprogs", "required", "admin", "libc6", units: ["e2scrub_reap.service"]);
        server.Install("nginx-common", "optional", "web", "debconf | debconf-2.0", units: ["nginx.service"],
            conffile: "/etc/nginx/nginx.conf");
        server.Install("nginx", "optional", "web", "libc6 (>= 2.38), nginx-common (= 1.26), libpcre2-8-0");
        server.Install("libpcre2-8-0", "optional", "libs", "libc6");
        server.Install("mosquitto", "optional", "net", "libc6, libmosquitto1", units: ["mosquitto.service"]);
        server.Install("libmosquitto1", "optional", "libs", "libc6");
        server.Install("htop", "optional", "utils", "libc6");
        server.Install("linux-image-amd64", "optional", "kernel", "linux-image-6.12.1-amd64");
        server.Install("grub-pc", "optional", "admin");
        server.Install("manpages", "standard", "doc");
        server.Enable("nginx.service", "multi-user.target");
        server.Enable("mosquitto.service", "multi-user.target");
        server.Enable("apt-daily.timer", "timers.target");
        server.Enable("e2scrub_reap.service", "default.target");
        server.Enable("getty@tty1.service", "getty.target", file: "getty@.service");
        server.Write("etc/hostname", "old-box\n");
        server.Write("usr/lib/os-release", "ID=debian\nVERSION_CODENAME=trixie\n");
        server.Write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n");
        return server;
    }

    /// <summary>A package with its place in dpkg's files.</summary>
    public void Install(
        string name, string priority, string section, string depends = "", bool essential = false, string[]? units = null,
        string? conffile = null, bool automatic = false, string version = "1.26")
    {
        _status.Append(CultureInfo.InvariantCulture,
            $"Package: {name}\n{(essential ? "Essential: yes\n" : "")}Status: install ok installed\n");
        _status.Append(CultureInfo.InvariantCulture,
            $"Priority: {priority}\nSection: {section}\nArchitecture: amd64\nVersion: {version}\n");
        _status.Append(depends.Length > 0 ? $"Depends: {depends}\n" : "");
        if (conffile is not null)
        {
            string content = "as shipped\n";
            Write(conffile[1..], content);
            _status.Append(CultureInfo.InvariantCulture, $"Conffiles:\n {conffile} {Digest(content)}\n");
        }
        _status.Append("Description: made\n of two lines\n\n");
        if (automatic)
        {
            _states.Append(CultureInfo.InvariantCulture, $"Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n");
            Write("var/lib/apt/extended_states", _states.ToString());
        }
        Write("var/lib/dpkg/status", _status.ToString());
        Write($"var/lib/dpkg/info/{name}.list", string.Concat((units ?? []).Select(u => $"/usr/lib/systemd/system/{u}\n").Prepend("/.\n")));
    }

    /// <summary>Has a unit start, as deb-systemd-helper does.</summary>
    public void Enable(string unit, string target, string? file = null) =>
        Link($"etc/systemd/system/{target}.wants/{unit}", $"/usr/lib/systemd/system/{file ?? unit}");

    public void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.CreateSymbolicLink(_folder[path], target);
    }

    public void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllText(_folder[path], content);
    }

    public void Dispose() => _folder.Dispose();

#pragma warning disable CA5351 // dpkg's choice
    private static string Digest(string content) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(content)));
#pragma warning restore CA5351
}
