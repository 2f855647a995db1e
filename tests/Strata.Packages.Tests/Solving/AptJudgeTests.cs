using System.Collections.Concurrent;
using Strata.Core;
using Strata.Packages.Indexes;
using Strata.Packages.Locks;
using Strata.Packages.Solving;
using Strata.Testing;
using Xunit.Abstractions;

namespace Strata.Packages.Tests.Solving;

/// <summary>apt as the judge: over the same indexes and with nothing installed it takes the same packages.</summary>
/// <remarks>
/// One difference is by design. Among providers of a name that are equally good, apt takes the one that its cache happened to number last; we take
/// the first by name, which does not depend on the order of files. So where the answers differ, apt is asked again with our choices among
/// equal providers named, and then it must agree exactly.
/// </remarks>
[Collection("live archive")]
public class AptJudgeTests(LiveArchive live, ITestOutputHelper output)
{
    private enum Verdict
    {
        Equal,
        NeitherCan,
        EqualButForTheOrderOfProviders,
        Wrong,
    }

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
        ConcurrentBag<(string Name, Verdict Verdict, string Difference)> results = [];
        Parallel.ForEach(sample, new ParallelOptions { MaxDegreeOfParallelism = 2 }, name =>
        {
            (Verdict verdict, string difference) = Compare(archives.Pool, apt, name);
            results.Add((name, verdict, difference));
        });
        string[] wrong = [.. results.Where(r => r.Verdict == Verdict.Wrong).Select(r => $"{r.Name}: {r.Difference}").Order(StringComparer.Ordinal)];
        int equal = results.Count(r => r.Verdict == Verdict.Equal);
        int ordered = results.Count(r => r.Verdict == Verdict.EqualButForTheOrderOfProviders);
        output.WriteLine($"{architecture}: {equal} equal, {ordered} but for the order of providers, {wrong.Length} wrong of {sample.Length}");
        foreach ((string name, _, string why) in results.Where(r => r.Verdict == Verdict.NeitherCan).OrderBy(r => r.Name, StringComparer.Ordinal))
        {
            output.WriteLine($"neither can: {name}: {why}");
        }
        Assert.True(wrong.Length == 0, $"{equal} equal, {ordered} by the order of providers, {wrong.Length} wrong:\n{string.Join('\n', wrong)}");
        Assert.True(equal >= sample.Length * 9 / 10, $"only {equal} of {sample.Length} are equal"); // and not merely impossible for both
        Assert.True(ordered <= sample.Length / 10, $"{ordered} of {sample.Length} differ in the order of providers");
    }

    private static (Verdict Verdict, string Difference) Compare(PackagePool pool, AptPrivateRoot apt, string name)
    {
        (string[]? ours, string[] preferred, string problem) = Solve(pool, name);
        string[]? theirs = apt.Choose(name);
        if (ours is null || theirs is null)
        {
            return (ours is null) == (theirs is null) ? (Verdict.NeitherCan, problem) : (Verdict.Wrong, ours is null ? $"only apt can: {problem}" : "only we can");
        }
        if (ours.SequenceEqual(theirs))
        {
            return (Verdict.Equal, "");
        }
        return preferred.Length > 0 && apt.Choose([name, .. preferred]) is { } again && ours.SequenceEqual(again)
            ? (Verdict.EqualButForTheOrderOfProviders, "")
            : (Verdict.Wrong, $"we take {string.Join(", ", ours.Except(theirs))}; apt takes {string.Join(", ", theirs.Except(ours))}");
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
