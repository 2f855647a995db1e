using System.Globalization;
using System.Text;
using Strata.Core;

namespace Strata.Benchmarks;

/// <summary>Runs everything, alternating, and writes <c>docs/benchmarks.md</c>.</summary>
/// <param name="settings">What is measured.</param>
internal sealed class Report(Settings settings)
{
    private const int SmallPackage = 20;
    private const int LargePackage = 400;

    private readonly StringBuilder _text = new();

    /// <summary>Measures and returns the document.</summary>
    public string Make()
    {
        string load = Load();
        CommandTimer timer = new(new Dictionary<string, string>
        {
            ["STRATA_HOME"] = settings.Home, ["STRATA_STORE"] = settings.Store, ["SOURCE_DATE_EPOCH"] = "0",
        });
        timer.Run(settings.Folder, settings.Launcher, "--help"); // publishes when it must
        FreshBuild fresh = new(settings, timer);
        OtherMeans others = new(settings, timer, fresh);
        Say("preparing");
        fresh.Prepare();
        others.Prepare();

        Samples help = new("`strata --help`");
        Samples launcher = new("`./strata --help`, the script of a checkout");
        Samples unchanged = new("`strata build nano`, unchanged");
        Samples offline = new("`strata build nano --offline`, unchanged");
        Samples cold = new("`strata build`, packages there, nothing else");
        Samples mmdebstrap = new("`mmdebstrap --variant=extract`, tar");
        Samples byHand = new("`dpkg-deb`, `tar`, `cpio`, `xz` by hand");
        long byHandBytes = 0;
        for (int round = 1; round <= settings.Rounds; round++)
        {
            Say($"round {round} of {settings.Rounds}");
            help.Add(timer.Run(settings.Folder, settings.Program, "--help").Measurement);
            launcher.Add(timer.Run(settings.Folder, settings.Launcher, "--help").Measurement);
            unchanged.Add(timer.Run(settings.Folder, settings.Program, "build", "nano").Measurement);
            offline.Add(timer.Run(settings.Folder, settings.Program, "build", "nano", "--offline").Measurement);
            cold.Add(fresh.Run());
            mmdebstrap.Add(others.Mmdebstrap());
            (Measurement measurement, byHandBytes) = others.UnpackAndPack();
            byHand.Add(measurement);
        }
        Say("memory");
        (Measurement Measurement, long Peak) small = PackageMemory.Measure(settings, timer, PackageMemory.MakePackage(settings, timer, SmallPackage));
        (Measurement Measurement, long Peak) large = PackageMemory.Measure(settings, timer, PackageMemory.MakePackage(settings, timer, LargePackage));

        Head(load);
        Goals(help, launcher, unchanged, offline, cold);
        Steps(fresh, cold);
        Comparison(fresh, cold, mmdebstrap, byHand, byHandBytes);
        Memory(unchanged, cold, small.Peak, large.Peak);
        return _text.ToString();
    }

    private void Head(string load)
    {
        Line("# Benchmarks");
        Line();
        Line("Written by `benchmarks/Strata.Benchmarks`; not by hand. Every number is of one run of that program on one machine, the commands alternating,");
        Line($"the median of {settings.Rounds} rounds. CPU seconds are of the command and all that it started. Seconds are of that machine; the ratios travel.");
        Line();
        Line($"* Machine: {Environment.ProcessorCount} x86-64 processors, {new ByteSize(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)} of memory, in use by other work meanwhile:");
        Line($"  load average {load} at the begin, {Load()} at the end. Look at CPU seconds first.");
        Line("* Again: `dotnet run --project benchmarks/Strata.Benchmarks -c Release -- --rounds " + settings.Rounds + "`. It needs `mmdebstrap`, `cpio`, `xz` and `dpkg-deb`.");
        Line();
    }

    private void Goals(Samples help, Samples launcher, Samples unchanged, Samples offline, Samples cold)
    {
        Line("## What a person waits for");
        Line();
        Line("| command | wall s (least … most) | CPU s | goal, wall | |");
        Line("|---|---|---|---|---|");
        Row(help, 0.2);
        Row(launcher, 0.2);
        Row(unchanged, 1.0);
        Row(offline, 1.0);
        Row(cold, null);
        Line();
        Line($"An unchanged build costs 1/{Number(cold.Cpu / unchanged.Cpu)} of the CPU of a fresh one. It asks the archive whether something changed; `--offline` does not.");
        Line();

        void Row(Samples s, double? goal) => Line(
            $"| {s.Title} | {Number(s.Wall)} ({Number(s.WallLeast)} … {Number(s.WallMost)}) | {Number(s.Cpu)} | " +
            (goal is null ? "| |" : $"{Number(goal.Value)} | {(s.Wall <= goal ? "reached" : "missed")} |"));
    }

    private void Steps(FreshBuild fresh, Samples cold)
    {
        Line("## A fresh build, step by step");
        Line();
        Line("`strata build FOLDER --locked --offline --store FRESH --json`: the store holds the packages of the lock, of guest and tools, copied as they are, and");
        Line("nothing else: no results, no listings, no unpacked tools, no indexes. The image is compared with that of the warm store: it is the same one.");
        Line("`strata build --timings` shows this table of any build. `tools` runs beside `fetch` to `compose`. CPU is of strata and the programs "
            + "it waited for meanwhile; that of programs in a room is in none of it.");
        Line();
        Line("| step | wall s | CPU s |");
        Line("|---|---|---|");
        foreach ((string name, double wall, double cpu) in fresh.Steps)
        {
            Line($"| {name} | {Number(wall)} | {Number(cpu)} |");
        }
        Line($"| whole command | {Number(cold.Wall)} | {Number(cold.Cpu)} |");
        Line();
    }

    private void Comparison(FreshBuild fresh, Samples cold, Samples mmdebstrap, Samples byHand, long byHandBytes)
    {
        Line("## The same packages by other means");
        Line();
        Line($"All start from the same {fresh.Packages.Count} packages ({new ByteSize(fresh.Packages.Sum(p => p.Size))}) on the same disk.");
        Line();
        Line("* strata: the fresh build above. It also unpacks the tools (" + (fresh.AllPackages.Count - fresh.Packages.Count) + " packages that are not among these), accounts for maintainer scripts, makes module indexes, UKI and disk;");
        Line("  it compresses only the files that the edition takes.");
        Line("* mmdebstrap: `mmdebstrap --variant=extract --include=ALL --format=tar trixie OUT.tar 'deb [trusted=yes] copy:REPOSITORY ./'`. A flat repository of these");
        Line("  packages, its index without relations. It unpacks all of every package and writes a tar; it compresses nothing and makes nothing that boots.");
        Line("* by hand: `dpkg-deb --fsys-tarfile DEB | tar -x` for each, `xz -d` of the modules taken, then `cpio -o -H newc` and `xz -6 -T2` of the names of the image that come from packages.");
        Line($"  No effects, nothing of the capabilities' own files, no UKI, no disk; its archive has {new ByteSize(byHandBytes)}.");
        Line();
        Line("| means | wall s | CPU s | CPU, strata = 1 | wall, strata = 1 |");
        Line("|---|---|---|---|---|");
        foreach (Samples s in new[] { cold, mmdebstrap, byHand })
        {
            Line($"| {s.Title} | {Number(s.Wall)} | {Number(s.Cpu)} | {Number(s.Cpu / cold.Cpu)} | {Number(s.Wall / cold.Wall)} |");
        }
        Line();
    }

    private void Memory(Samples unchanged, Samples cold, long small, long large)
    {
        Line("## Memory");
        Line();
        Line("Most memory held at once (`VmHWM`), the highest of all rounds.");
        Line();
        Line("| process | peak |");
        Line("|---|---|");
        Line($"| {unchanged.Title} | {new ByteSize(unchanged.PeakBytes)} |");
        Line($"| {cold.Title} | {new ByteSize(cold.PeakBytes)} |");
        Line($"| one made package with a file of {SmallPackage} MiB, listed and packed (xz) | {new ByteSize(small)} |");
        Line($"| one made package with a file of {LargePackage} MiB, listed and packed (xz) | {new ByteSize(large)} |");
        Line();
        Line($"The file grew by {LargePackage - SmallPackage} MiB, the peak by {Number((large - small) / 1048576.0)} MiB. The last two run the lister and the initramfs writer of a build in a");
        Line("process of their own, because an archive that the benchmark made is signed by nobody. What holds the memory was not measured.");
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static void Say(string text) => Console.Error.WriteLine(text);

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
