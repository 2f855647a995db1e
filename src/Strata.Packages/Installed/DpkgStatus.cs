using System.Text;
using Strata.Core;
using Strata.Packages.Deb822;
using Strata.Packages.Relations;

namespace Strata.Packages.Installed;

/// <summary>Reads what dpkg and apt wrote down of a system: <c>/var/lib/dpkg/status</c> and <c>/var/lib/apt/extended_states</c>.</summary>
/// <remarks>
/// The files may come from anywhere. A package whose name, version or relations break a rule is passed over; a file that is no control data
/// is refused. Limits: <see cref="MostPackages"/>, <see cref="MostConffiles"/> of a package, and those of <see cref="Deb822Limits"/>.
/// </remarks>
public static class DpkgStatus
{
    /// <summary>Most packages of one system; one with everything that trixie has installed would have fewer.</summary>
    public const int MostPackages = 100_000;

    /// <summary>Most configuration files of one package.</summary>
    public const int MostConffiles = 10_000;

    private const int LongestWord = 200;
    private const int LongestPath = 4096;
    private const int Md5Digits = 32;

    /// <summary>
    /// The packages that are installed, by name and architecture; those that were removed or are half there are left out.
    /// </summary>
    /// <param name="status">The file.</param>
    /// <exception cref="ImageFormatException">It is no control data, or breaks a limit.</exception>
    public static IReadOnlyList<InstalledPackage> Read(Stream status)
    {
        Deb822Reader reader = new(status, "dpkg's status", Deb822Limits.Archive);
        List<InstalledPackage> packages = [];
        int stanzas = 0;
        while (reader.Read())
        {
            if (++stanzas > MostPackages)
            {
                throw reader.Fault(reader.Line, $"more than {MostPackages} packages");
            }
            if (reader.StanzaFault is null && TryPackage(reader) is InstalledPackage package)
            {
                packages.Add(package);
            }
        }
        return
        [
            .. packages.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal)
                .DistinctBy(p => (p.Name, p.Architecture)),
        ];
    }

    /// <summary>Names of the packages that apt installed only because others need them.</summary>
    /// <param name="states">apt's extended_states.</param>
    /// <exception cref="ImageFormatException">It is no control data, or breaks a limit.</exception>
    public static IReadOnlySet<string> ReadAutomatic(Stream states)
    {
        Deb822Reader reader = new(states, "apt's extended_states", Deb822Limits.Archive);
        HashSet<string> names = new(StringComparer.Ordinal);
        int stanzas = 0;
        while (reader.Read())
        {
            if (++stanzas > MostPackages)
            {
                throw reader.Fault(reader.Line, $"more than {MostPackages} packages");
            }
            if (reader.StanzaFault is null && Word(reader, "Auto-Installed"u8) == "1" && Word(reader, "Package"u8) is string name
                && PackageName.ProblemOf(name) is null)
            {
                names.Add(name);
            }
        }
        return names;
    }

    private static InstalledPackage? TryPackage(Deb822Reader reader)
    {
        if (Word(reader, "Status"u8) is not string state
            || state.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [_, "ok", "installed"]
            || Word(reader, "Package"u8) is not string name || PackageName.ProblemOf(name) is not null
            || Word(reader, "Version"u8) is not string version)
        {
            return null;
        }
        string architecture = Word(reader, "Architecture"u8) ?? "";
        try
        {
            return new InstalledPackage
            {
                Name = name,
                Version = version,
                Architecture = PackageName.IsArchitecture(architecture) ? architecture : "",
                Priority = Word(reader, "Priority"u8) ?? "",
                Section = Word(reader, "Section"u8) ?? "",
                IsEssential = Word(reader, "Essential"u8) == "yes",
                Depends = [.. Groups(reader, "Pre-Depends"u8), .. Groups(reader, "Depends"u8)],
                Provides = [.. RelationParser.ParseSimple(reader.Text("Provides"u8) ?? "", "Provides").Select(r => r.Name)],
                Conffiles = Conffiles(reader),
            };
        }
        catch (ImageFormatException)
        {
            return null; // what dpkg itself would refuse: the rest of the file may be sound
        }
    }

    // of a word nothing is kept that could not stand in a line of text
    private static string? Word(Deb822Reader reader, ReadOnlySpan<byte> field) =>
        reader.TryGet(field, out ReadOnlySpan<byte> value) && value.Length is > 0 and <= LongestWord
            && value.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0 ? Encoding.ASCII.GetString(value) : null;

    private static IEnumerable<IReadOnlyList<string>> Groups(Deb822Reader reader, ReadOnlySpan<byte> field) =>
        RelationParser.Parse(reader.Text(field) ?? "", "Depends")
            .Select(g => (IReadOnlyList<string>)[.. g.Alternatives.Select(a => a.Name)]);

    private static List<(string, string)> Conffiles(Deb822Reader reader)
    {
        List<(string, string)> files = [];
        foreach (string line in (reader.Text("Conffiles"u8) ?? "").Split('\n', MostConffiles + 1).Take(MostConffiles))
        {
            // ' /etc/nginx/nginx.conf 0123456789abcdef0123456789abcdef', and words such as 'obsolete' behind
            if (line.Trim().Split(' ') is [{ Length: > 1 and <= LongestPath } path, { Length: Md5Digits } md5] && path[0] == '/'
                && md5.All(char.IsAsciiHexDigitLower) && !path.Any(char.IsControl))
            {
                files.Add((path, md5));
            }
        }
        return files;
    }
}
