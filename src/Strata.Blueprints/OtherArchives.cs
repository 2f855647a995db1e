using System.Text;
using Strata.Blueprints.Names;
using Strata.Core;
using Strata.Packages.Keys;
using Strata.Packages.Sources;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>
/// Reads <c>archives:</c> of a blueprint: archives of others, suites of Debian's that are not taken by themselves, and folders of packages.
/// </summary>
/// <remarks>Keys lie beside the blueprint or stand in it. Nothing is fetched here, and a key never is.</remarks>
internal static class OtherArchives
{
    private const int MostArchives = 32;
    private const int MostWords = 64; // of each list; addresses, suites, components, keys

    /// <summary>In the order of the file.</summary>
    /// <param name="edition">The blueprint.</param>
    /// <param name="folderOf">Folder of the file in which something stands.</param>
    public static IReadOnlyList<PackageArchive> Read(MappingReader edition, Func<YamlValue, string> folderOf)
    {
        List<PackageArchive> archives = [];
        foreach ((YamlScalar key, YamlValue value) in edition.Pairs("archives"))
        {
            if (!NamePatterns.Name().IsMatch(key.Text) || key.Text is "own" or "debian")
            {
                edition.Faults.Add(
                    key, key.Text is "own" or "debian"
                    ? $"'{key.Text}' has a meaning of its own among archives; expected another name"
                    : $"'{key.Text}' is no name of an archive; expected lower-case letters, digits and dashes");
            }
            if (MappingReader.Of(value, $"archive '{key.Text}'", edition.Faults) is not MappingReader reader)
            {
                continue;
            }
            archives.Add(reader.Scalar("folder") is YamlScalar own ? ReadFolder(reader, key, own) : ReadOne(reader, key, folderOf));
            reader.Done();
        }
        if (archives.Count > MostArchives)
        {
            edition.Faults.Add(edition.Value("archives")!, $"'archives' names {archives.Count}; at most {MostArchives} are used");
        }
        return archives;
    }

    // whose packages they are is said by who wrote the blueprint, and what lies there is what may come
    private static PackageArchive ReadFolder(MappingReader reader, YamlScalar name, YamlScalar folder)
    {
        foreach (string word in (string[])["urls", "suites", "components", "keys"])
        {
            if (reader.Value(word) is YamlValue other)
            {
                reader.Faults.Add(
                    other,
                    $"'{word}' is for an archive at mirrors, and '{name.Text}' is the folder '{folder.Text}'; leave one of them out");
            }
        }
        IReadOnlyList<YamlScalar> packages = reader.Texts("packages");
        foreach (YamlScalar package in packages)
        {
            Refuse(reader, package, PackageArchive.ProblemOfPattern(package.Text), "package");
        }
        return new PackageArchive
        {
            Name = name.Text,
            Folder = folder.Text,
            Suites = [PackageArchive.OwnSuite],
            Priority = (int?)reader.Number("priority", 1, 1000),
            Packages = packages.Count == 0 ? ["*"] : [.. packages.Select(p => p.Text)],
        };
    }

    private static PackageArchive ReadOne(MappingReader reader, YamlScalar name, Func<YamlValue, string> folderOf)
    {
        IReadOnlyList<YamlScalar> urls = reader.Texts("urls");
        IReadOnlyList<YamlScalar> suites = reader.Texts("suites", required: true);
        IReadOnlyList<YamlScalar> components = reader.Texts("components");
        IReadOnlyList<YamlScalar> keys = reader.Texts("keys");
        IReadOnlyList<YamlScalar> packages = reader.Texts("packages", required: true);
        PackageArchive archive = new()
        {
            Name = name.Text,
            Roots = [.. urls.Select(u => AddressOf(reader, u)).OfType<Uri>()],
            Suites = [.. suites.Select(s => s.Text == "/" ? "./" : s.Text)],
            Components = [.. components.Select(c => c.Text)],
            Keyrings = [.. keys.Select((k, i) => KeyringOf(reader, k, i, folderOf(k))).OfType<Keyring>()],
            Priority = (int?)reader.Number("priority", 1, 1000),
            Packages = [.. packages.Select(p => p.Text)],
        };
        foreach (YamlScalar suite in suites)
        {
            string? problem = suite.Text == PackageArchive.OwnSuite ? "it stands for packages beside the blueprint"
                : suite.Text == "/" ? null : ArchiveSuite.ProblemOfName(suite.Text);
            Refuse(reader, suite, problem, "suite");
        }
        foreach (YamlScalar component in components)
        {
            Refuse(reader, component, ArchiveSuite.ProblemOfComponent(component.Text), "component");
        }
        foreach (YamlScalar package in packages)
        {
            Refuse(reader, package, PackageArchive.ProblemOfPattern(package.Text), "package");
        }
        CheckWhole(reader, archive, name, suites);
        foreach (IReadOnlyList<YamlScalar> list in (IReadOnlyList<YamlScalar>[])[urls, suites, components, keys])
        {
            if (list.Count > MostWords)
            {
                reader.Faults.Add(list[MostWords], $"more than {MostWords} entries");
            }
            foreach (IGrouping<string, YamlScalar> twice in list.GroupBy(w => w.Text).Where(g => g.Count() > 1))
            {
                reader.Faults.Add(twice.Last(), "this stands here a second time");
            }
        }
        return archive;
    }

    private static void CheckWhole(MappingReader reader, PackageArchive archive, YamlScalar name, IReadOnlyList<YamlScalar> suites)
    {
        bool isOfDebian = reader.Value("urls") is null;
        if (isOfDebian && reader.Value("keys") is YamlValue keys)
        {
            reader.Faults.Add(keys, "'keys' are for an archive with 'urls'; suites of Debian's own are signed with its keys");
        }
        if (!isOfDebian && reader.Value("keys") is null)
        {
            reader.Faults.Add(
                name,
                $"archive '{name.Text}' has no 'keys'; expected files of OpenPGP keys beside this one, which nobody fetches by itself");
        }
        bool isFlat = archive.Suites.Any(ArchiveSuite.IsFlatName);
        if (isFlat && archive.Suites.FirstOrDefault(s => !ArchiveSuite.IsFlatName(s)) is { } other)
        {
            reader.Faults.Add(
                suites[0],
                $"'{other}' is a suite below dists/ and the others are folders of a flat archive; expected an archive for each");
        }
        else if (isFlat && archive.Components.Count > 0)
        {
            reader.Faults.Add(reader.Value("components")!, "a flat archive, whose suites end in '/', has no components");
        }
        else if (!isFlat && suites.Count > 0 && archive.Components.Count == 0)
        {
            reader.Faults.Add(
                name, $"archive '{name.Text}' has no 'components'; expected such as [main], or 'suites: [./]' for a flat archive");
        }
        if (isFlat && isOfDebian)
        {
            reader.Faults.Add(suites[0], "a flat archive needs 'urls'");
        }
    }

    private static void Refuse(MappingReader reader, YamlScalar word, string? problem, string what)
    {
        if (problem is not null)
        {
            reader.Faults.Add(word, $"'{word.Text}' is no {what} of an archive: {problem}");
        }
    }

    private static Uri? AddressOf(MappingReader reader, YamlScalar text)
    {
        string? problem = !Uri.TryCreate(text.Text, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https")
            ? "is no address that starts with http:// or https://"
            : address.UserInfo.Length > 0 ? "names a user; expected that in /etc/apt/auth.conf, where nobody else reads it"
            : address.Query.Length + address.Fragment.Length > 0 ? "has more than a path"
            : null;
        if (problem is null)
        {
            return address;
        }
        reader.Faults.Add(text, $"'{WebAddress.Shown(text.Text)}' {problem}");
        return null;
    }

    private static Keyring? KeyringOf(MappingReader reader, YamlScalar text, int place, string folder)
    {
        bool isInline = text.Text.StartsWith("-----BEGIN ", StringComparison.Ordinal);
        try
        {
            if (isInline)
            {
                return Keyring.Of($"key {place + 1} in {Path.GetFileName(reader.File)}", Encoding.UTF8.GetBytes(text.Text));
            }
            using ForeignFolder own = new(folder);
            if (text.Text.Length == 0)
            {
                throw new StrataException("cannot read a key: it has no name");
            }
            return Keyring.Of(text.Text, own.Read(text.Text, Keyring.MaxBytes));
        }
        catch (ImageFormatException e)
        {
            reader.Faults.Add(text, $"{(isInline ? "the key" : $"'{text.Text}'")} cannot be used: {e.Problem}");
        }
        catch (StrataException e)
        {
            reader.Faults.Add(
                text, $"{e.Message}; expected a file of OpenPGP keys below the folder of this file, or the armoured key itself");
        }
        return null;
    }
}
