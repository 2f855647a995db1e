using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Toolbox;

namespace Strata.Benchmarks.Peers;

/// <summary>The same packages by us and by others, alternating: <c>docs/benchmarks-peers.md</c>.</summary>
/// <param name="settings">What is measured.</param>
/// <param name="tools">The unpacked set <c>peers</c>.</param>
internal sealed class PeerReport(Settings settings, ToolTree tools)
{
    private readonly StringBuilder _text = new();
    private readonly Dictionary<Scenario, (Samples Ours, Samples Mkosi, Samples Mmdebstrap)> _samples = Enum.GetValues<Scenario>()
        .ToDictionary(s => s, _ => (new Samples("strata"), new Samples("mkosi"), new Samples("mmdebstrap")));

    private readonly Samples _download = new("apt-get download");
    private readonly Dictionary<Scenario, IReadOnlyList<RescueEdition.Step>> _steps = [];

    /// <summary>Measures and returns the document.</summary>
    public string Make()
    {
        string load = Load();
        CommandTimer timer = new(new Dictionary<string, string> { ["STRATA_HOME"] = settings.Home, ["SOURCE_DATE_EPOCH"] = "0" });
        RescueEdition edition = new(settings, timer, "rescue");
        MkosiBuild mkosi = new(settings, timer, tools);
        MmdebstrapBuild mmdebstrap = new(settings, timer, tools, edition);
        Say("preparing ours");
        edition.Prepare();
        Say("preparing mkosi");
        mkosi.Prepare();
        mmdebstrap.Prepare();
        for (int round = 1; round <= settings.Rounds; round++)
        {
            Add(_download, "apt-get download", round, mmdebstrap.Download());
            Measurement unpacked = mmdebstrap.Build();
            foreach (Scenario scenario in Enum.GetValues<Scenario>())
            {
                (Samples ours, Samples theirs, Samples plain) = _samples[scenario];
                (Measurement measurement, _steps[scenario]) = edition.Build(scenario);
                Add(ours, $"strata, {scenario}", round, measurement);
                Add(theirs, $"mkosi, {scenario}", round, mkosi.Build(scenario));
                plain.Add(unpacked); // it knows no earlier build
            }
        }
        edition.Forget();
        Write(load, edition);
        return _text.ToString();
    }

    private void Write(string load, RescueEdition edition)
    {
        Line("# Builds beside others");
        Line();
        Line("Written by `benchmarks peers`, in one run, the commands alternating; medians. CPU seconds are of a command and all that it "
            + "started,");
        Line("programs in rooms too. Seconds are of the machine; the ratios travel.");
        Line();
        Line($"* Machine: {Environment.ProcessorCount} x86-64 processors; load average {load} at the begin, {Load()} at the end. Rounds: "
            + $"{settings.Rounds}.");
        Line($"* Packages: the {edition.Packages.Count} of `benchmarks/peers/rescue` ({new ByteSize(edition.Packages.Sum(p => p.Size))}), "
            + "whole, kernel `debian-cloud`, squashfs with zstd.");
        Line("* `strata build`: layers with verity, early init, UKI, disk; from a store with the packages and nothing else, then on what "
            + "the build before left.");
        Line("* mkosi 25.3 of the archive (`benchmarks/peers/mkosi`): one squashfs with verity, UKI, disk; systemd, which it needs, is in "
            + "it besides. Its package");
        Line("  cache is full and its tools tree there; cold and one package more without its cache of images, the others with it.");
        Line("  Its initrd keeps dpkg: taking it out, as mkosi does for an old perl, fails with the kmod of today.");
        Line("* mmdebstrap (`--variant=extract`) and `mksquashfs -comp zstd -Xcompression-level 17 -b 128K`: no kernel is made to boot, "
            + "no verity, no disk. It knows no");
        Line("  earlier build, so its number is the same in every row.");
        Line("* `apt-get download` of the packages from the same disk is the floor of fetching: "
            + $"{Number(_download.Cpu)} CPU s, {Number(_download.Wall)} s.");
        Line();
        Line("| since the build before | strata CPU s | wall s | wall / CPU | mkosi CPU s | wall s | mmdebstrap + mksquashfs CPU s | wall "
            + "s | strata / mkosi, CPU | strata / mmdebstrap, CPU |");
        Line("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach ((Scenario scenario, (Samples ours, Samples mkosi, Samples mmdebstrap)) in _samples)
        {
            Line($"| {NameOf(scenario)} | {Number(ours.Cpu)} | {Number(ours.Wall)} | {Number(ours.Wall / ours.Cpu)} | {Number(mkosi.Cpu)} "
                + $"| {Number(mkosi.Wall)} "
                + $"| {Number(mmdebstrap.Cpu)} | {Number(mmdebstrap.Wall)} | {Number(ours.Cpu / mkosi.Cpu)} | "
                    + $"{Number(ours.Cpu / mmdebstrap.Cpu)} |");
        }
        Line();
        Line("Most memory held at once by `strata` itself (VmHWM), the highest of all rounds: "
            + $"{new ByteSize(_samples[Scenario.Cold].Ours.PeakBytes)} cold, {new ByteSize(_samples[Scenario.File].Ours.PeakBytes)} after "
                + "a changed file.");
        foreach (Scenario scenario in (Scenario[])[Scenario.Cold, Scenario.File])
        {
            Line();
            Line($"## Steps: {NameOf(scenario)}");
            Line();
            Line("Of the last round, as `--timings` tells them; those of less than 50 ms are left out. Steps overlap.");
            Line();
            Line("| step | wall s | CPU s |");
            Line("|---|---:|---:|");
            foreach (RescueEdition.Step step in _steps[scenario].Where(s => s.Wall >= 0.05))
            {
                Line($"| {step.Name} | {Number(step.Wall)} | {Number(step.Cpu)} |");
            }
        }
    }

    private static string NameOf(Scenario scenario) => scenario switch
    {
        Scenario.Cold => "cold",
        Scenario.File => "one line of one file changed",
        Scenario.Package => "one package more",
        _ => "nothing changed",
    };

    private static void Add(Samples samples, string what, int round, Measurement measurement)
    {
        samples.Add(measurement);
        Say($"round {round}: {what}: {Number(measurement.Cpu)} CPU s, {Number(measurement.Wall)} s");
    }

    private static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static void Say(string text) => Console.Error.WriteLine(text);

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
