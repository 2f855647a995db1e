using System.Diagnostics;
using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Toolbox;

namespace Strata.Benchmarks;

/// <summary>The same small system under each init system: its image, its start, and its memory at rest. Starts alternate.</summary>
/// <param name="qemu">Unpacked tools of the set <c>run</c>.</param>
/// <param name="timer">Builds the images.</param>
/// <param name="settings">The checkout, and a folder for the images.</param>
internal sealed class InitStart(ToolTree qemu, CommandTimer timer, Settings settings)
{
    private const int MemoryMiB = 256;

    // what is not given back when programs ask for it; and what belongs to programs alone or by share (proc_pid_smaps(5))
    private const string AtRest = """
        sleep 10; awk '/^MemTotal/ { t = $2 } /^MemAvailable/ { a = $2 } END { printf "used %d\n", t - a }' /proc/meminfo
        cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ { s += $2; n++ } END { printf "programs %d\nprocesses %d\n", s, n }'
        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);
    private static readonly string[] s_inits = ["busybox", "openrc", "systemd"];

    /// <summary>Measures and writes the document.</summary>
    public async Task<string> MakeAsync()
    {
        Dictionary<string, Numbers> numbers = [];
        foreach (string init in s_inits)
        {
            string folder = Directory.CreateDirectory(Path.Combine(settings.Folder, init)).FullName;
            string edition = Path.Combine(settings.Home, "benchmarks", "inits", init);
            foreach (string image in (string[])["disk", "uki"])
            {
                timer.Run(folder, settings.Program, "build", edition, "--image", image, "--output", folder);
            }
            string files = Path.Combine(folder, "inits-" + init, "inits-" + init);
            numbers.Add(init, new Numbers(files + ".img", new FileInfo(files + ".efi").Length));
        }
        for (int round = 0; round < settings.Rounds; round++)
        {
            foreach (string init in s_inits)
            {
                await StartAsync(init, numbers[init]);
            }
        }
        return Write(numbers);
    }

    private async Task StartAsync(string init, Numbers numbers)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(numbers.Image),
            MemoryMiB = MemoryMiB,
            Network = new NetworkConfig([], Restrict: true),
        };
        long started = Stopwatch.GetTimestamp();
        await using Machine machine = await Machine.StartAsync(qemu, config, AcceleratorKind.Tcg);
        await machine.WaitForLineAsync(LinePattern.Text("BdsDxe: starting"), s_deadline);
        Measurement begun = GuestProcess.Now(machine, started);
        await machine.WaitForLineAsync(LinePattern.Text("Small system 1 is ready"), s_deadline);
        Measurement ready = GuestProcess.Now(machine, started);
        numbers.Start.Add(new Measurement(ready.Wall - begun.Wall, ready.Cpu - begun.Cpu, 0));
        SerialConsole console = new(machine.Log, machine.SerialInput, machine.Deadlines);
        await console.AttachAsync(s_deadline);
        string answer = (await console.RunAsync(AtRest, s_deadline)).OutputWithoutKernelMessages;
        numbers.Used.Add(Number(answer, "used"));
        numbers.Programs.Add(Number(answer, "programs"));
        numbers.Processes.Add(Number(answer, "processes"));
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{init}: {ready.Cpu - begun.Cpu:0.00} s CPU, {numbers.Used[^1]} KiB used, {numbers.Programs[^1]} KiB of programs"));
    }

    private static long Number(string answer, string word) =>
        answer.Split('\n').Select(l => l.Trim().Split(' ')).FirstOrDefault(w => w.Length == 2 && w[0] == word) is [_, string number]
            ? long.Parse(number, CultureInfo.InvariantCulture)
            : throw new StrataException($"cannot measure: the guest did not say '{word}': {answer}");

    private string Write(Dictionary<string, Numbers> numbers)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Init systems side by side

            Written by `benchmarks inits`: the editions of `benchmarks/inits` (a console, DHCP, SSH; Debian's cloud kernel) under each init
            system, in QEMU (q35, UEFI, one emulated processor, {MemoryMiB} MiB). {settings.Rounds} starts each, alternating; medians. The
            start is from where the firmware hands over until everything has been started; its processor seconds are disturbed less by
            other work on the machine than its wall time. Memory is what the kernel could not give to programs ten seconds later, and what
            belongs to programs, shared pages by share.

            | init | bootable file, bytes | start, CPU s | start, wall s | memory, KiB | of programs, KiB | processes |
            |---|---:|---:|---:|---:|---:|---:|

            """);
        foreach ((string init, Numbers mine) in numbers)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {init} | {mine.Bytes:N0} | {mine.Start.Cpu:0.0} | {mine.Start.Wall:0.0} ")
                .AppendLine(CultureInfo.InvariantCulture,
                    $"| {Median(mine.Used):N0} | {Median(mine.Programs):N0} | {Median(mine.Processes):N0} |");
        }
        text.Append("\nRatios to BusyBox:\n\n| init | bootable file | start, CPU | memory | of programs |\n|---|---:|---:|---:|---:|\n");
        Numbers peer = numbers["busybox"];
        foreach ((string init, Numbers mine) in numbers)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {init} | {(double)mine.Bytes / peer.Bytes:0.00} ")
                .Append(CultureInfo.InvariantCulture, $"| {mine.Start.Cpu / peer.Start.Cpu:0.00} ")
                .AppendLine(CultureInfo.InvariantCulture,
                    $"| {Ratio(mine.Used, peer.Used):0.00} | {Ratio(mine.Programs, peer.Programs):0.00} |");
        }
        return text.ToString();
    }

    private static double Ratio(List<long> mine, List<long> peer) => (double)Median(mine) / Median(peer);

    private static long Median(List<long> values) => values.Order().ElementAt(values.Count / 2);

    private sealed class Numbers(string image, long bytes)
    {
        public string Image => image;

        /// <summary>Of what firmware reads.</summary>
        public long Bytes => bytes;

        public Samples Start { get; } = new("start");

        public List<long> Used { get; } = [];

        public List<long> Programs { get; } = [];

        public List<long> Processes { get; } = [];
    }
}
