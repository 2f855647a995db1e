using System.Text;
using System.Text.RegularExpressions;
using Strata.Core;
using Strata.Packages.Locks;
using Strata.Packages.Releases;
using Strata.Testing;

namespace Strata.Packages.Tests.Solving;

/// <summary>An apt of its own below one folder: no package installed, the same indexes as ours, nothing of the host's configuration.</summary>
internal sealed partial class AptPrivateRoot : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AptPrivateRoot(LiveArchive live, ArchiveSet archives, string architecture)
    {
        List<string> sources = [];
        foreach (VerifiedRelease release in archives.Releases)
        {
            string folder = _folder[release.Suite.Name];
            Directory.CreateDirectory(folder);
            using (Stream packages = live.OpenPackages(release, architecture))
            using (FileStream file = File.Create(Path.Combine(folder, "Packages")))
            {
                packages.CopyTo(file);
            }
            sources.Add($"deb [trusted=yes] file:{folder} ./");
        }
        Configure(sources, preferences: "", architecture);
    }

    /// <summary>Takes flat archives that a test made up.</summary>
    /// <param name="preferences">As apt_preferences(5) has them.</param>
    /// <param name="archives">Each lies in a folder of its name; fields of its <c>Release</c> and its index.</param>
    public AptPrivateRoot(string preferences, params IReadOnlyList<(string Name, string Fields, string Packages)> archives)
    {
        foreach ((string name, string fields, string packages) in archives)
        {
            byte[] index = Encoding.UTF8.GetBytes(packages);
            Directory.CreateDirectory(_folder[$"archives/{name}"]);
            File.WriteAllBytes(_folder[$"archives/{name}/Packages"], index);
            File.WriteAllText(
                _folder[$"archives/{name}/Release"],
                $"Label: {name}\nDate: Sat, 12 Sep 2026 07:55:41 UTC\n{fields}SHA256:\n {Sha256Digest.Of(index)} {index.Length} "
                + "Packages\n");
        }
        Configure([.. archives.Select(a => $"deb [trusted=yes] file:{Archives} {a.Name}/")], preferences, "amd64");
    }

    /// <summary>The folder of made-up archives.</summary>
    public string Archives => _folder["archives"];

    /// <summary>The version that apt would take of a package; null for none.</summary>
    public string? CandidateOf(string name)
    {
        (int exitCode, string output) = Oracle.Run("env", $"APT_CONFIG={_folder["apt.conf"]}", "apt-cache", "policy", name);
        Assert.True(exitCode == 0, output);
        string? candidate = output.Split('\n').FirstOrDefault(l => l.StartsWith("  Candidate: ", StringComparison.Ordinal))?[13..];
        return candidate is "(none)" ? null : candidate;
    }

    /// <summary>Where apt would fetch a package from.</summary>
    public string AddressOf(string name)
    {
        (int exitCode, string output) = Run("--print-uris", "--yes", "download", name);
        Assert.True(exitCode == 0, output);
        return output.Split('\'')[1];
    }

    private void Configure(IReadOnlyList<string> sources, string preferences, string architecture)
    {
        foreach (string folder in (string[])["state/lists/partial", "cache/archives/partial", "etc", "log", "none"])
        {
            Directory.CreateDirectory(_folder[folder]);
        }
        File.WriteAllLines(_folder["etc/sources.list"], sources);
        File.WriteAllText(_folder["etc/preferences"], preferences);
        File.WriteAllText(_folder["status"], "");
        File.WriteAllText(_folder["apt.conf"], $$"""
            Dir "{{_folder.Path}}";
            Dir::Etc "{{_folder["etc"]}}";
            Dir::Etc::parts "{{_folder["none"]}}";
            Dir::Etc::sourcelist "{{_folder["etc/sources.list"]}}";
            Dir::Etc::sourceparts "{{_folder["none"]}}";
            Dir::Etc::preferencesparts "{{_folder["none"]}}";
            Dir::State "{{_folder["state"]}}";
            Dir::State::status "{{_folder["status"]}}";
            Dir::Cache "{{_folder["cache"]}}";
            Dir::Log "{{_folder["log"]}}";
            APT::Architecture "{{architecture}}";
            APT::Architectures { "{{architecture}}"; };
            APT::Install-Recommends "false";
            APT::Solver "internal";
            APT::Sandbox::User "root";
            APT::Get::AllowUnauthenticated "true";
            Acquire::Languages "none";
            Acquire::AllowInsecureRepositories "true";
            """);
        (int exitCode, string output) = Run("update");
        Assert.True(exitCode == 0, output);
    }

    /// <summary>
    /// Names and versions that apt would install, sorted; null when it cannot. Asked for the files it would fetch, which is the same set as
    /// that of --simulate and spares it the order of unpacking, three quarters of its time.
    /// </summary>
    public string[]? Choose(params IEnumerable<string> names)
    {
        (int exitCode, string output) = Run(["--print-uris", "--yes", "install", "--no-remove", .. names]);
        return exitCode != 0 ? null :
        [
            .. FileToFetch().Matches(output)
                .Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value.Replace("%3a", ":", StringComparison.Ordinal)}")
                .Order(StringComparer.Ordinal),
        ];
    }

    public void Dispose() => _folder.Dispose();

    private (int ExitCode, string Output) Run(params IEnumerable<string> arguments) =>
        Oracle.Run("env", [$"APT_CONFIG={_folder["apt.conf"]}", "apt-get", "-q", .. arguments]);

    [GeneratedRegex(@"^'\S+' ([^_\s]+)_([^_\s]+)_[^_\s]+\.deb ", RegexOptions.Multiline)]
    private static partial Regex FileToFetch();
}
