using System.Security.Cryptography;
using System.Text;
using Strata.Blueprints.Services;
using Strata.Core;
using Strata.Packages.Installed;
using Strata.Store;

namespace Strata.Advice.Servers;

/// <summary>Reads a Debian system below a folder: packages, units, accounts, settings that were changed.</summary>
/// <remarks>
/// Whatever is there was written by others. Files are opened below the folder without following a link, each with a limit, and what is read
/// becomes a name that fits its pattern, or is left out. Without dpkg's status there is nothing to tell; everything else may be missing or
/// broken, and that is told.
/// </remarks>
internal sealed class ServerReader : IDisposable
{
    private const string UnitFolder = "etc/systemd/system";
    private const string InfoFolder = "var/lib/dpkg/info";
    private const long LargestStatus = 256 << 20;
    private const long LargestText = 16 << 20;
    private const long LargestConffile = 4 << 20;
    private const int MostNames = 200_000;
    private const int MostFolders = 2000;
    private const int MostUnits = 5000;
    private const int MostConffiles = 20_000;

    private readonly ForeignFolder _root;
    private readonly string _path;
    private readonly List<string> _notRead = [];

    private ServerReader(string root)
    {
        _path = Path.GetFullPath(root);
        _root = new ForeignFolder(_path);
    }

    /// <summary>Reads a system.</summary>
    /// <param name="root">Its root: <c>/</c> for the machine itself.</param>
    /// <exception cref="StrataException">There is no Debian system.</exception>
    public static DebianServer Read(string root)
    {
        using ServerReader reader = new(root);
        return reader.Read();
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private DebianServer Read()
    {
        IReadOnlyList<InstalledPackage> packages = ReadPackages();
        IReadOnlyDictionary<string, string> owners = ReadUnitOwners();
        (IReadOnlyList<EnabledUnit> units, IReadOnlyList<string> own, IReadOnlyList<string> masked) = ReadUnits(owners);
        (string? distribution, string? release) = ReadRelease();
        return new DebianServer
        {
            Hostname = ReadHostname(),
            Release = release,
            OtherDistribution = distribution,
            Packages = packages,
            Automatic = ReadAutomatic(),
            Origins = Tried(() => AptLists.Read(_root, packages, _notRead)),
            Units = units,
            OwnUnits = own,
            MaskedUnits = masked,
            Users = ReadUsers(),
            Listening = ReadSockets(),
            ChangedConffiles = ReadChanges(packages),
            NotRead = [.. _notRead],
        };
    }

    private IReadOnlyList<InstalledPackage> ReadPackages()
    {
        const string Hint = "'--root' names the root folder of a Debian system, running or unpacked: the folder that has 'var/lib/dpkg'.";
        IReadOnlyList<InstalledPackage> packages;
        try
        {
            byte[] status = _root.TryRead("var/lib/dpkg/status", LargestStatus)
                ?? throw new StrataException($"cannot suggest packages from {_path}: it has no var/lib/dpkg/status", Hint);
            packages = DpkgStatus.Read(new MemoryStream(status));
        }
        catch (ImageFormatException e)
        {
            throw new StrataException($"cannot suggest packages from {_path}: {e.Message}", Hint, e);
        }
        return packages.Count > 0 ? packages
            : throw new StrataException($"cannot suggest packages from {_path}: its var/lib/dpkg/status names none that is installed",
                Hint);
    }

    private IReadOnlySet<string>? ReadAutomatic() => Tried(() =>
        _root.TryRead("var/lib/apt/extended_states", LargestText) is byte[] states ? DpkgStatus.ReadAutomatic(new MemoryStream(states))
            : null);

    // of each package the list of its files says which units are its own
    private Dictionary<string, string> ReadUnitOwners()
    {
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        foreach (ForeignName file in Tried(() => _root.TryList(InfoFolder, MostNames)) ?? [])
        {
            if (!file.Name.EndsWith(".list", StringComparison.Ordinal) || Text(Path.Combine(InfoFolder, file.Name)) is not string list)
            {
                continue;
            }
            string package = file.Name[..^".list".Length].Split(':')[0];
            foreach (string line in list.Split('\n'))
            {
                if (line.Contains("/lib/systemd/system/", StringComparison.Ordinal) && UnitWishes.IsUnitName(Path.GetFileName(line))
                    && Path.GetDirectoryName(line) is "/usr/lib/systemd/system" or "/lib/systemd/system")
                {
                    owners.TryAdd(Path.GetFileName(line), package);
                }
            }
        }
        return owners;
    }

    private (IReadOnlyList<EnabledUnit> Units, IReadOnlyList<string> Own, IReadOnlyList<string> Masked) ReadUnits(
        IReadOnlyDictionary<string, string> owners)
    {
        List<EnabledUnit> units = [];
        List<string> own = [];
        List<string> masked = [];
        int folders = 0;
        foreach (ForeignName name in Tried(() => _root.TryList(UnitFolder, MostNames)) ?? [])
        {
            string wantedBy = Path.GetFileNameWithoutExtension(name.Name);
            if (name.IsFolder && name.Name.EndsWith(".d", StringComparison.Ordinal) && UnitWishes.IsUnitName(wantedBy))
            {
                own.Add(name.Name);
            }
            else if (name.IsFolder && Path.GetExtension(name.Name) is ".wants" or ".requires" && UnitWishes.IsUnitName(wantedBy)
                && ++folders <= MostFolders)
            {
                units.AddRange(from link in Tried(() => _root.TryList(Path.Combine(UnitFolder, name.Name), MostNames)) ?? []
                               where UnitWishes.IsUnitName(link.Name)
                               select new EnabledUnit(link.Name, wantedBy, OwnerOf(link, owners)));
            }
            else if (!name.IsFolder && UnitWishes.IsUnitName(name.Name))
            {
                (name.LinkTarget == "/dev/null" ? masked : name.LinkTarget is null ? own : []).Add(name.Name);
            }
        }
        if (units.Count > MostUnits)
        {
            _notRead.Add($"more than {MostUnits} units start by themselves; the rest is left out");
        }
        return (
            [.. units.OrderBy(u => u.Name, StringComparer.Ordinal).ThenBy(u => u.WantedBy, StringComparer.Ordinal).DistinctBy(u => u.Name)
                .Take(MostUnits)],
            own, masked);
    }

    // getty@tty1.service is the file getty@.service; a link may have another name than its file
    private static string? OwnerOf(ForeignName link, IReadOnlyDictionary<string, string> owners)
    {
        string template = link.Name.IndexOf('@', StringComparison.Ordinal) is >= 0 and int at
            ? link.Name[..(at + 1)] + Path.GetExtension(link.Name) : link.Name;
        string[] names = [link.LinkTarget is string target ? Path.GetFileName(target) : link.Name, link.Name, template];
        return names.Select(n => owners.GetValueOrDefault(n)).FirstOrDefault(o => o is not null);
    }

    private List<ServerUser> ReadUsers()
    {
        List<ServerUser> users = [];
        foreach ((string name, string home) in ServerAccounts.ParsePeople(Text("etc/passwd") ?? ""))
        {
            string keys = home.Trim('/').Length > 0 && !home.Contains("..", StringComparison.Ordinal)
                ? Text(Path.Combine(home.Trim('/'), ".ssh/authorized_keys")) ?? "" : "";
            (IReadOnlyList<string> taken, int skipped) = ServerAccounts.ParseKeys(keys);
            users.Add(new ServerUser(name, taken, skipped));
        }
        return users;
    }

    private string? ReadHostname()
    {
        string name = (Text("etc/hostname") ?? "").Trim();
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.')
            && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) ? name : null;
    }

    // os-release(5); /etc/os-release is a link to it
    private (string? OtherDistribution, string? Codename) ReadRelease()
    {
        Dictionary<string, string> words = new(StringComparer.Ordinal);
        foreach (string line in (Text("usr/lib/os-release") ?? "").Split('\n'))
        {
            if (line.Split('=', 2) is [string key, string value] && value.Length <= 80 && !value.Any(char.IsControl))
            {
                words.TryAdd(key, value.Trim().Trim('"', '\''));
            }
        }
        string? codename = words.GetValueOrDefault("VERSION_CODENAME");
        bool isDebian = words.GetValueOrDefault("ID", "debian") == "debian";
        return (isDebian ? null : words["ID"], codename is { Length: > 0 } && codename.All(char.IsAsciiLetterLower) ? codename : null);
    }

    // only the kernel of the machine itself knows them
    private List<ListeningSocket>? ReadSockets()
    {
        if (_path != "/")
        {
            return null;
        }
        List<ListeningSocket> sockets = [];
        foreach ((string protocol, string table) in ((string, string)[])[("tcp", "tcp"), ("tcp", "tcp6"), ("udp", "udp"), ("udp", "udp6")])
        {
            if (File.Exists("/proc/net/" + table))
            {
                sockets.AddRange(ListeningSocket.Parse(protocol, File.ReadAllText("/proc/net/" + table)));
            }
        }
        return
        [
            .. sockets.GroupBy(s => (s.Protocol, s.Port))
                .Select(g => new ListeningSocket(g.Key.Protocol, g.Key.Port, g.All(s => s.IsLocal)))
                .OrderBy(s => s.Protocol, StringComparer.Ordinal).ThenBy(s => s.Port),
        ];
    }

    private ILookup<string, string> ReadChanges(IReadOnlyList<InstalledPackage> packages)
    {
        List<(string Package, string Path)> changed = [];
        foreach ((string package, string path, string md5) in packages
            .SelectMany(p => p.Conffiles.Select(c => (p.Name, c.Path, c.Md5))).Take(MostConffiles))
        {
            if (Bytes(path.Trim('/'), LargestConffile) is byte[] content && Digest(content) != md5)
            {
                changed.Add((package, path));
            }
        }
        return changed.ToLookup(c => c.Package, c => c.Path, StringComparer.Ordinal);
    }

    private string? Text(string name) => Bytes(name, LargestText) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null;

    private byte[]? Bytes(string name, long limit) => name.Length == 0 ? null : Tried(() => _root.TryRead(name, limit));

    private T? Tried<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is StrataException or ImageFormatException)
        {
            _notRead.Add(e.Message);
            return null;
        }
    }

#pragma warning disable CA5351 // dpkg keeps MD5; it tells whether a file was changed, nothing is believed by it
    private static string Digest(byte[] content) => Convert.ToHexStringLower(MD5.HashData(content));
#pragma warning restore CA5351
}
