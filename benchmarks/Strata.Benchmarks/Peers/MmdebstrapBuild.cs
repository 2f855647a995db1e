using System.Diagnostics;
using Strata.Toolbox;

namespace Strata.Benchmarks.Peers;

/// <summary>
/// The packages of an edition by <c>mmdebstrap</c> and <c>mksquashfs</c>, and what <c>apt-get download</c> alone takes for them.
/// </summary>
/// <param name="settings">What is measured.</param>
/// <param name="timer">Runs it.</param>
/// <param name="tools">The unpacked set <c>peers</c>; the host gives apt, dpkg and Perl.</param>
/// <param name="edition">Knows the packages.</param>
internal sealed class MmdebstrapBuild(Settings settings, CommandTimer timer, ToolTree tools, RescueEdition edition)
{
    private readonly string _repository = Path.Combine(settings.Folder, "repository");

    /// <summary>Makes the repository, and a place where apt keeps nothing of the host's.</summary>
    public void Prepare()
    {
        FlatRepository.Make(_repository, edition.Packages, edition.PathOf);
        foreach (string part in (string[])["etc/apt/preferences.d", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial",
            "var/lib/dpkg"])
        {
            Directory.CreateDirectory(Path.Combine(AptRoot, part));
        }
        File.WriteAllText(Path.Combine(AptRoot, "etc/apt/sources.list"), $"deb [trusted=yes] copy:{_repository} ./\n");
        File.WriteAllText(Path.Combine(AptRoot, "var/lib/dpkg/status"), "");
        timer.Run(settings.Folder, "apt-get", [.. AptSettings, "update"]);
    }

    /// <summary>All packages unpacked whole, and packed into one squashfs with the codec of our layers.</summary>
    public Measurement Build()
    {
        string tree = Path.Combine(settings.Folder, "mmdebstrap");
        string image = Path.Combine(settings.Folder, "mmdebstrap.squashfs");
        File.Delete(image);
        string names = string.Join(',', edition.Packages.Select(p => p.Name));
        Measurement unpacked = timer.Run(
            settings.Folder, "perl", Path.Combine(tools.Root, "usr/bin/mmdebstrap"), "--quiet", "--variant=extract", $"--include={names}",
            "--format=directory", "trixie", tree, $"deb [trusted=yes] copy:{_repository} ./").Measurement;
        ProcessStartInfo pack = tools.Command(
            "usr/bin/mksquashfs", tree, image, "-comp", "zstd", "-Xcompression-level", "17", "-b", "128K", "-no-progress", "-quiet");
        Measurement packed = timer.Run(settings.Folder, pack.FileName, pack.ArgumentList).Measurement;
        Directory.Delete(tree, recursive: true);
        return new Measurement(unpacked.Wall + packed.Wall, unpacked.Cpu + packed.Cpu, Math.Max(unpacked.PeakBytes, packed.PeakBytes));
    }

    /// <summary>The packages copied by apt, which compares their digests: what nobody can be below.</summary>
    public Measurement Download()
    {
        string folder = Directory.CreateDirectory(Path.Combine(settings.Folder, "download")).FullName;
        Measurement measurement = timer.Run(folder, "apt-get",
            [.. AptSettings, "--quiet", "download", .. edition.Packages.Select(p => p.Name)]).Measurement;
        Directory.Delete(folder, recursive: true);
        return measurement;
    }

    private string AptRoot => Path.Combine(settings.Folder, "apt");

    private string[] AptSettings =>
    [
        "-o", $"Dir={AptRoot}", "-o", $"Dir::State::status={Path.Combine(AptRoot, "var/lib/dpkg/status")}", "-o", "APT::Architecture=amd64",
        "-o", "APT::Sandbox::User=root",
    ];
}
