using System.Text;
using Strata.Advice.Servers;
using Strata.Packages.Installed;

namespace Strata.Fuzz.Targets;

/// <summary>What is read of a server whose services are wanted: all of it is somebody else's.</summary>
internal static class ServerTargets
{
    private const string Status = """
        Package: nginx
        Essential: yes
        Status: install ok installed
        Priority: optional
        Section: contrib/web
        Architecture: amd64
        Version: 1.26-1
        Pre-Depends: a
        Depends: libc6 (>= 2.38), nginx-common (= 1) | b
        Provides: httpd (= 1)
        Conffiles:
         /etc/nginx/nginx.conf 0123456789abcdef0123456789abcdef obsolete
         /etc/default/nginx 0123456789abcdef0123456789abcdef

        Package: gone
        Status: deinstall ok config-files
        Version: 1

        """;

    private const string States = "Package: libc6\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: x\nAuto-Installed: 0\n\n";

    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000:Anna,,:/home/anna:/bin/bash\n";

    private const string Keys = "# mine\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBkFOa4qN0HKyHrN2UYDBXHhvXn3dLMwdEAnW0hdqvYI anna\n";

    private const string Sockets = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           1: 0100007F:0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
           2: 00000000000000000000000001000000:0277 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
        """;

    private static readonly string[] s_words =
        ["Package: ", "Status: install ok installed\n", "Depends: ", "Conffiles:\n ", "Auto-Installed: 1", "Version: ", "\n\n", " | ",
            ", "];

    public static IEnumerable<FuzzTarget> All =>
    [
        FuzzTarget.OfStream("dpkg-status", ReadStatus, () => [Encoding.UTF8.GetBytes(Status), Encoding.UTF8.GetBytes(States)],
            typeof(DpkgStatus)) with { Words = s_words },
        FuzzTarget.OfStream("apt-list", list => _ = AptLists.ReadNames(list).Count(),
            () => [Encoding.UTF8.GetBytes(Status)], typeof(AptLists)) with { Words = s_words },
        FuzzTarget.OfText("server-accounts", ReadAccounts, () => [Passwd, Keys], typeof(ServerAccounts)) with
        {
            Allowed = [], Words = ["anna:x:1000:", ":/home/anna:/bin/sh\n", "ssh-ed25519 ", "AAAAC3NzaC1lZDI1NTE5AAAAI"],
        },
        FuzzTarget.OfText("listening-sockets", ReadSockets, () => [Sockets], typeof(ListeningSocket)) with
        {
            Allowed = [], Words = ["00000000:0050 ", " 0A ", "\n"],
        },
    ];

    private static void ReadStatus(Stream content)
    {
        foreach (InstalledPackage package in DpkgStatus.Read(content))
        {
            Property.Holds(!package.Name.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)), "a name could end a line of YAML");
            Property.Holds(package.Conffiles.All(f => !f.Path.Any(char.IsControl)), "a path could end a comment");
        }
        content.Position = 0;
        DpkgStatus.ReadAutomatic(content);
    }

    private static void ReadAccounts(string text)
    {
        Property.Holds(ServerAccounts.ParsePeople(text).All(p => p.Name.All(char.IsAscii)), "a name is no account's");
        Property.Holds(ServerAccounts.ParseKeys(text).Keys.All(k => k.All(c => c is >= ' ' and <= '~')), "a key could end a line of YAML");
    }

    private static void ReadSockets(string text) =>
        Property.Holds(ListeningSocket.Parse("tcp", text).All(s => s.Port is > 0 and <= ushort.MaxValue), "a port is none");
}
