using System.Text.Json;

namespace Strata.Benchmarks;

/// <summary>The same packages by the tools that others use: <c>mmdebstrap</c>, and <c>dpkg-deb</c>, <c>tar</c>, <c>cpio</c> and <c>xz</c> by hand.</summary>
/// <param name="settings">What is measured.</param>
/// <param name="timer">Runs it.</param>
/// <param name="build">Knows the packages.</param>
internal sealed class OtherMeans(Settings settings, CommandTimer timer, FreshBuild build)
{
    // Every name of the image that a package brought, in one archive as the kernel unpacks it; a missing one is an error. Modules are taken
    // out of their own compression, as in the image, so that the archive's can work on them.
    private const string ByHand = """
        set -eu
        rm -rf tree
        mkdir tree
        for deb in repository/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C tree; done
        cd tree
        grep '[.]ko$' ../names | sed 's/$/.xz/' | xargs xz -d
        cpio --quiet -o -H newc -R 0:0 <../names >../by-hand.cpio
        cd ..
        rm -f by-hand.cpio.xz
        xz -6 -T2 --check=crc32 by-hand.cpio
        """;

    private readonly string _repository = Path.Combine(settings.Folder, "repository");

    /// <summary>Puts the packages into a flat repository and writes down the names that the image takes of them.</summary>
    public void Prepare()
    {
        FlatRepository.Make(_repository, build.Packages, build.PathOf);
        (_, string json) = timer.Run(settings.Folder, settings.Program, "tree", "nano", "--json");
        using JsonDocument entries = JsonDocument.Parse(json);
        File.WriteAllLines(Path.Combine(settings.Folder, "names"), entries.RootElement.EnumerateArray()
            .Where(e => e.TryGetProperty("package", out _))
            .Select(e => e.GetProperty("path").GetString()!.TrimStart('/'))
            .Where(p => p.Length > 0));
    }

    /// <summary>All packages unpacked whole into one tar, by mmdebstrap.</summary>
    public Measurement Mmdebstrap()
    {
        string target = Path.Combine(settings.Folder, "mmdebstrap.tar");
        File.Delete(target);
        string names = string.Join(',', build.Packages.Select(p => p.Name));
        return timer.Run(
            settings.Folder, "mmdebstrap", "--quiet", "--variant=extract", $"--include={names}", "--format=tar",
            "trixie", target, $"deb [trusted=yes] copy:{_repository} ./").Measurement;
    }

    /// <summary>All packages unpacked into a folder, the files of the image packed and compressed.</summary>
    /// <returns>The measurement and the bytes of the archive.</returns>
    public (Measurement Measurement, long Bytes) UnpackAndPack()
    {
        (Measurement measurement, _) = timer.Run(settings.Folder, "sh", "-c", ByHand);
        return (measurement, new FileInfo(Path.Combine(settings.Folder, "by-hand.cpio.xz")).Length);
    }
}
