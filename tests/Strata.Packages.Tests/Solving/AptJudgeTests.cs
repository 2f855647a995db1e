using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Testing;

namespace Strata.Packages.Tests.Solving;

/// <summary>apt as the judge: over the same indexes and with nothing installed it takes the same packages.</summary>
/// <remarks>
/// One difference is by design. Among providers of a name that are equally good, apt takes the one that its cache happened to number last; we take
/// the first by name, which does not depend on the order of files. So where the answers differ, apt is asked again with our choices among
/// equal providers named, and then it must agree exactly.
/// </remarks>
[Collection("live archive")]
public class AptJudgeTests(LiveArchive live)
{
    private static readonly string[] s_hard =
    [
        "curl", "podman", "firefox-esr", "labwc", "gcc", "systemd", "network-manager", "qemu-system-x86", "flatpak", "kmod", "openssh-server",
        "containerd", "gnome-shell", "python3-numpy", "default-jre", "exim4", "apache2", "cups", "pipewire", "greetd", "sway", "cloud-init",
        "openrc", "sysvinit-core", "texlive-latex-base", "build-essential",
    ];

    [SkippableTheory]
    [InlineData("amd64", 200)]
    [InlineData("arm64", 40)]
    [Trait("Category", "Slow")]
    public async Task Solve_SampleOfTrixie_IsWhatAptTakes(string architecture, int count)
    {
        Oracle.Find("apt-get");
        ArchiveSet archives = await live.OpenAsync(architecture);
        using AptPrivateRoot apt = new(live, archives, architecture);
        string[] names = [.. archives.Pool.Names.Where(n => archives.Pool.VersionsOf(n).Count > 0).Distinct().Order(StringComparer.Ordinal)];
        Random random = new(20250809);
        string[] sample = [.. s_hard.Where(names.Contains), .. random.GetItems(names, count).Distinct()];
        int equal = 0;
        int explained = 0;
        List<string> wrong = [];
        foreach (string name in sample)
        {
            (string[]? ours, string[] preferred, string problem) = Solve(archives.Pool, name);
            string[]? theirs = apt.Simulate(name);
            if (ours is null || theirs is null)
            {
                if ((ours is null) != (theirs is null))
                {
                    wrong.Add($"{name}: {(ours is null ? $"only apt can: {problem}" : "only we can")}");
                }
                else
                {
                    equal++;
                }
            }
            else if (ours.SequenceEqual(theirs))
            {
                equal++;
            }
            else if (preferred.Length > 0 && apt.Simulate([name, .. preferred]) is { } second && ours.SequenceEqual(second))
            {
                explained++;
            }
            else
            {
                wrong.Add($"{name}: we take {string.Join(", ", ours.Except(theirs))}; apt takes {string.Join(", ", theirs.Except(ours))}");
            }
        }
        Assert.True(wrong.Count == 0, $"{equal} equal, {explained} by the order of providers, {wrong.Count} wrong:\n{string.Join('\n', wrong)}");
        Assert.True(explained <= sample.Length / 10, $"{explained} of {sample.Length} differ in the order of providers");
    }

    // Our answer, and which of its packages are a choice among providers that apt holds for equally good.
    private static (string[]? Packages, string[] Preferred, string Problem) Solve(PackagePool pool, string name)
    {
        PackageRequest request = new() { Roots = [PackageRoot.Parse(name)] };
        try
        {
            IReadOnlyList<SelectedPackage> selected = PackageSolver.Solve(pool, request);
            string[] packages = [.. selected.Select(p => $"{p.Entry.Name} {p.Entry.Version}").Order(StringComparer.Ordinal)];
            return (packages, [.. selected.Where(p => IsOneOfEquals(pool, p)).Select(p => p.Entry.Name)], "");
        }
        catch (StrataException e)
        {
            return (null, [], e.Message);
        }
    }

    private static bool IsOneOfEquals(PackagePool pool, SelectedPackage package)
    {
        if (package.RequiredBy is not { } by)
        {
            return false;
        }
        PackageEntry entry = package.Entry;
        return by.Entry.PreDepends.Concat(by.Entry.Depends)
            .Where(g => package.Reason.EndsWith($": {g}", StringComparison.Ordinal))
            .SelectMany(g => g.Alternatives)
            .Where(r => r.Name != entry.Name)
            .Select(r => pool.ProvidersOf(r.Name, isInstaller: false).Select(p => p.Entry).ToArray())
            .Any(providers => providers.Contains(entry) && providers.Any(p => p.Name != entry.Name && p.Priority == entry.Priority && p.IsEssential == entry.IsEssential));
    }
}
