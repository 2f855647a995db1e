using Strata.Packages.Sources;
using Strata.Toolbox;

namespace Strata.Benchmarks.Peers;

/// <summary>
/// The system of <c>benchmarks/peers/mkosi</c>, built by mkosi of the set <c>peers</c> with the tools of that set and its own caches full.
/// </summary>
/// <param name="settings">What is measured.</param>
/// <param name="timer">Runs it.</param>
/// <param name="tools">The unpacked set; the host gives Python, which starts it.</param>
internal sealed class MkosiBuild(Settings settings, CommandTimer timer, ToolTree tools)
{
    private const string Added = "tree";
    private const string Packages = "usr/lib/python3/dist-packages";

    private readonly string _folder = Path.Combine(settings.Folder, "mkosi");
    private int _lines;

    /// <summary>Copies the configuration, names the archive, and builds each form once, so that packages are in mkosi's cache.</summary>
    public void Prepare()
    {
        foreach (string part in (string[])["sandbox/etc/apt/sources.list.d", "extra/etc", "packages", "cache", "mkosi.repart"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, part));
        }
        Directory.CreateDirectory(Workspace);
        // Its initrd loses dpkg at the end, a remedy for perl before 5.40.0-8; kmod of today cannot be removed after dpkg, so that fails.
        FolderCopy.Make(Path.Combine(tools.Root, Packages, "mkosi"), Path.Combine(Programs, "mkosi"));
        File.Delete(Path.Combine(Programs, "mkosi/resources/mkosi-initrd/mkosi.conf.d/10-debian-kali-ubuntu/mkosi.conf.d/10-dpkg.conf"));
        string source = Path.Combine(settings.Home, "benchmarks", "peers", "mkosi");
        FolderCopy.Make(source, _folder);
        Uri mirror = ArchiveMirrors.Find(AptConfiguration.Read("/"), Environment.GetEnvironmentVariable(ArchiveMirrors.MainSetting))
            .Main[0];
        File.WriteAllText(
            Path.Combine(_folder, "sandbox/etc/apt/sources.list.d/mkosi.sources"),
            $"Types: deb\nURIs: {mirror}\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n");
        ChangeFile();
        Run("--incremental=no", "--force", "build");
        Run("--incremental=yes", "--package", Added, "--force", "build");
        Run("--incremental=yes", "--force", "build"); // this one stays in the cache of images
    }

    /// <summary>Builds after something happened.</summary>
    public Measurement Build(Scenario scenario)
    {
        if (scenario == Scenario.File)
        {
            ChangeFile();
        }
        return scenario switch
        {
            Scenario.Cold => Run("--cache-only=always", "--incremental=no", "--force", "build"),
            Scenario.Package => Run("--cache-only=always", "--incremental=no", "--package", Added, "--force", "build"),
            _ => Run("--cache-only=always", "--incremental=yes", "--force", "build"),
        };
    }

    private string Programs => Path.Combine(settings.Folder, "mkosi-programs");

    private string Workspace => Path.Combine(settings.Folder, "mkosi-work");

    private void ChangeFile() => File.WriteAllText(Path.Combine(_folder, "extra/etc/motd"), $"This is line {++_lines}.\n");

    private Measurement Run(params string[] arguments) => timer.Run(
        settings.Folder,
        "env",
        [
            $"PYTHONPATH={Programs}:{Path.Combine(tools.Root, Packages)}", "python3", "-m", "mkosi",
            "--directory", _folder, "--tools-tree", tools.Root, "--build-sources", "", "--sandbox-tree", "sandbox:/", "--extra-tree",
                "extra:/",
            "--package-cache-directory", "packages", "--cache-directory", "cache", "--output-directory", settings.Folder,
            "--workspace-directory", Workspace, .. arguments,
        ]).Measurement;
}
