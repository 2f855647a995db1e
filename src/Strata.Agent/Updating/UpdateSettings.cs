using System.Text;
using Strata.Agent.Machines;
using Strata.Agent.Sources;
using Strata.Agent.Storage;
using Strata.Core;
using Strata.Updates.Applying;
using Strata.Yaml;

namespace Strata.Agent.Updating;

/// <summary>Where a machine gets its updates: the words of <see cref="Path"/>.</summary>
/// <param name="From">Address or folder of what is published.</param>
/// <param name="Proxy">Address of a proxy; null for none.</param>
internal sealed record UpdateSettings(string From, string? Proxy)
{
    /// <summary>The file; it may be the image's, or the owner's.</summary>
    public const string Path = "/etc/strata/updates.yaml";

    /// <summary>The root of the published metadata, in the image: it came by a way that nobody else can change.</summary>
    public const string RootPath = "/usr/lib/strata/updates/root.json";

    private const int MostBytes = 64 << 10;
    private const int MostAddress = 1024;

    /// <summary>Reads them.</summary>
    /// <param name="machine">The files of the machine.</param>
    /// <param name="from">Another address or folder, said on the command line; null for that of the file.</param>
    /// <exception cref="StrataException">Nothing says it, or there are mistakes.</exception>
    public static UpdateSettings Read(MachineFolder machine, string? from)
    {
        byte[]? bytes = machine.TryRead(Path, MostBytes);
        if (bytes is null && from is not null)
        {
            return Checked(new UpdateSettings(from, null), "the command line");
        }
        FaultList faults = new();
        if (bytes is null || YamlFile.Read(bytes, Path, faults) is not YamlMapping words)
        {
            throw new StrataException(
                bytes is null ? $"cannot update: nothing says where releases are published, {Path} is missing" : Text(faults),
                $"Write 'from: https://ADDRESS' into {Path}, or say '--from FOLDER'.");
        }
        MappingReader reader = new(words, faults);
        string? said = reader.Text("from", required: true);
        string? proxy = reader.Text("proxy");
        reader.Done();
        return faults.Any ? throw new StrataException(Text(faults)) : Checked(new UpdateSettings(from ?? said!, proxy), Path);
    }

    /// <summary>What is published there.</summary>
    public IUpdateSource Open() => From[0] == '/' ? new FolderSource(new MountedStorage(From.TrimEnd('/')), From)
        : new WebSource(From.TrimEnd('/'), Proxy);

    private static UpdateSettings Checked(UpdateSettings settings, string place)
    {
        bool isFolder = settings.From.Length > 1 && settings.From[0] == '/';
        if (!isFolder && !IsAddress(settings.From))
        {
            throw new StrataException(
                $"cannot update: what {place} says after 'from' is neither an address nor a folder",
                "Expected an address that begins with https:// or http:// and has no password in it, or a folder that begins with '/'.");
        }
        if (settings.Proxy is not null && !IsAddress(settings.Proxy))
        {
            throw new StrataException(
                $"cannot update: what {place} says after 'proxy' is no address",
                "Expected an address that begins with http:// or https:// and has no password in it.");
        }
        return settings;
    }

    private static bool IsAddress(string text)
    {
        int host = text.StartsWith("https://", StringComparison.Ordinal) ? 8 : text.StartsWith("http://", StringComparison.Ordinal) ? 7 : 0;
        if (host == 0 || text.Length == host || text.Length > MostAddress || text.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return false;
        }
        int path = text.IndexOf('/', host);
        return !text.AsSpan(host, (path < 0 ? text.Length : path) - host).Contains('@'); // everybody may list processes
    }

    private static string Text(FaultList faults)
    {
        StringBuilder text = new("cannot update: ");
        foreach (Fault fault in faults.Faults)
        {
            text.Append(text.Length > 15 ? "\n" : "").Append(fault);
        }
        return text.ToString();
    }
}
