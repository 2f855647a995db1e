using System.Text;
using Strata.Core;
using Strata.Packages.Deb822;

namespace Strata.Packages.Sources;

/// <summary>The package sources that a host's apt uses: <c>sources.list</c> and <c>sources.list.d/*.{list,sources}</c> (sources.list(5)).</summary>
/// <remarks>
/// Read to learn where mirrors are, so what cannot be read is noted and passed over instead of failing: other people's entries are none of our
/// business. Only enabled <c>deb</c> entries with components are kept.
/// </remarks>
public sealed class AptConfiguration
{
    private const long MaxFileBytes = 4 << 20;

    private readonly List<AptSourceEntry> _entries = [];
    private readonly List<string> _problems = [];

    private AptConfiguration()
    {
    }

    /// <summary>Entries in the order in which apt reads them.</summary>
    public IReadOnlyList<AptSourceEntry> Entries => _entries;

    /// <summary>What was passed over: <c>/etc/apt/sources.list:3: the options in '[' do not end</c>.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Reads the configuration below a folder that stands for <c>/</c>.</summary>
    public static AptConfiguration Read(string root = "/")
    {
        AptConfiguration configuration = new();
        string folder = Path.Combine(root, "etc/apt");
        string parts = Path.Combine(folder, "sources.list.d");
        List<string> files = [Path.Combine(folder, "sources.list")];
        if (Directory.Exists(parts))
        {
            files.AddRange(Directory.EnumerateFiles(parts).Where(f => IsRead(Path.GetFileName(f))).Order(StringComparer.Ordinal));
        }
        foreach (string file in files.Where(File.Exists))
        {
            configuration.ReadFile(file, "/" + Path.GetRelativePath(root, file));
        }
        return configuration;
    }

    // apt passes over names with other characters, such as those of backups
    private static bool IsRead(string name) =>
        (name.EndsWith(".list", StringComparison.Ordinal) || name.EndsWith(".sources", StringComparison.Ordinal))
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    private void ReadFile(string file, string name)
    {
        try
        {
            if (new FileInfo(file).Length > MaxFileBytes)
            {
                _problems.Add($"{name}: larger than {MaxFileBytes} bytes");
                return;
            }
            byte[] content = File.ReadAllBytes(file);
            if (name.EndsWith(".sources", StringComparison.Ordinal))
            {
                ReadStanzas(content, name);
            }
            else
            {
                ReadLines(Encoding.UTF8.GetString(content), name);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Add($"{name}: {e.Message}");
        }
        catch (ImageFormatException e)
        {
            _problems.Add($"{name}: {e.Problem}");
        }
    }

    private void ReadLines(string text, string name)
    {
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string content = line.Split('#', 2)[0].Trim();
            if (content.Length > 0 && OneLineSource.Read(content, $"{name}:{number}", _entries) is { } problem)
            {
                _problems.Add($"{name}:{number}: {problem}");
            }
        }
    }

    private void ReadStanzas(byte[] content, string name)
    {
        using MemoryStream stream = new(content, writable: false);
        Deb822Reader reader = new(stream, name, Deb822Limits.Configuration);
        while (reader.Read())
        {
            string place = $"{name}:{reader.Line}";
            string[] components = Words(reader.Text("Components"u8));
            if (!Words(reader.Text("Types"u8)).Contains("deb") || IsNo(reader.Text("Enabled"u8)) || components.Length == 0)
            {
                continue;
            }
            string[] suites = Words(reader.Text("Suites"u8));
            foreach (string uri in Words(reader.Text("URIs"u8)))
            {
                _entries.AddRange(suites.Select(suite => new AptSourceEntry(uri, suite, components, SignedBy(reader), place)));
            }
        }
    }

    // A key may stand in the field itself; all that matters here is the name of a file.
    private static string SignedBy(Deb822Reader reader) => reader.Text("Signed-By"u8)?.Split('\n', 2)[0].Trim() ?? "";

    // apt.conf(5): the words that mean false
    private static bool IsNo(string? text) => text?.ToUpperInvariant() is "NO" or "FALSE" or "WITHOUT" or "OFF" or "DISABLE" or "0";

    private static string[] Words(string? text) => text?.Split((char[])[' ', '\t', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries) ?? [];
}
