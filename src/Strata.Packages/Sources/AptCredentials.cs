using System.Net;

namespace Strata.Packages.Sources;

/// <summary>
/// User names and passwords that the host's apt has for archives: <c>/etc/apt/auth.conf</c> and <c>auth.conf.d/*.conf</c>
/// (apt_auth.conf(5)).
/// </summary>
/// <remarks>
/// A file that this user may not read is passed over, as other people's entries of <c>sources.list</c> are: the archive then answers 401,
/// which names the address. Nothing of it is ever shown.
/// </remarks>
public sealed class AptCredentials
{
    private const long MaxFileBytes = 1 << 20;

    private readonly List<Entry> _entries = [];

    private AptCredentials()
    {
    }

    /// <summary>Number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads the files below a folder that stands for <c>/</c>.</summary>
    public static AptCredentials Read(string root = "/")
    {
        AptCredentials credentials = new();
        string folder = Path.Combine(root, "etc/apt");
        string parts = Path.Combine(folder, "auth.conf.d");
        List<string> files = [Path.Combine(folder, "auth.conf")];
        try
        {
            files.AddRange(Directory.Exists(parts) ? Directory.EnumerateFiles(parts, "*.conf").Order(StringComparer.Ordinal) : []);
        }
        catch (UnauthorizedAccessException)
        {
            // as a file that may not be read
        }
        foreach (string file in files.Where(f => File.Exists(f) && new FileInfo(f).Length <= MaxFileBytes))
        {
            try
            {
                credentials.Add(File.ReadAllText(file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // see the remarks
            }
        }
        return credentials;
    }

    /// <summary>What the first entry that fits an address says; null when none does.</summary>
    public NetworkCredential? For(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return _entries.Find(e => e.Fits(address)) is { } entry ? new NetworkCredential(entry.Login, entry.Password) : null;
    }

    private void Add(string text)
    {
        (string Machine, string Login, string Password)? open = null;
        string[] words = text.Split((char[])[' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i + 1 < words.Length; i++)
        {
            switch (words[i])
            {
                case "machine":
                    Close(open);
                    open = (words[++i], "", "");
                    break;
                case "login" when open is { } entry:
                    open = entry with { Login = words[++i] };
                    break;
                case "password" when open is { } entry:
                    open = entry with { Password = words[++i] };
                    break;
                default:
                    break; // "unknown tokens will be ignored"
            }
        }
        Close(open);
    }

    private void Close((string Machine, string Login, string Password)? entry)
    {
        if (entry is not { Login.Length: > 0 } named)
        {
            return;
        }
        int protocol = named.Machine.IndexOf("://", StringComparison.Ordinal);
        // a password goes over the open line only where somebody says so
        string scheme = protocol < 0 ? "https" : named.Machine[..protocol];
        string rest = protocol < 0 ? named.Machine : named.Machine[(protocol + 3)..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        _entries.Add(new Entry(scheme, slash < 0 ? rest : rest[..slash], slash < 0 ? "" : rest[slash..], named.Login, named.Password));
    }

    private sealed record Entry(string Scheme, string Host, string Path, string Login, string Password)
    {
        public bool Fits(Uri address) =>
            address.Scheme == Scheme
            && (string.Equals(Host, address.Host, StringComparison.OrdinalIgnoreCase)
                || string.Equals(Host, $"{address.Host}:{address.Port}", StringComparison.OrdinalIgnoreCase))
            && address.AbsolutePath.StartsWith(Path, StringComparison.Ordinal);
    }
}
