using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>What the bill of materials and the scan of a large edition may cost, everything in the store.</summary>
public sealed class InventoryCostTests : IDisposable
{
    private const long LeastEdition = 1L << 30;
    private const long LeastFeed = 60_000_000;
    private const long MostMemory = 300L << 20;
    private const int Tries = 3; // the best one counts: what else the host does is not the program's
    private static readonly TimeSpan s_mostForBill = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_mostForScan = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    [Trait("Category", "Slow")] // fetches packages of some 300 MB, and reads more than 1 GiB
    public void BillAndScan_OfMoreThanOneGiB_StayWithinTheirLimits()
    {
        Directory.CreateDirectory(_folder["large/capabilities"]);
        File.WriteAllText(
            _folder["large/edition.yaml"], "edition: large\nversion: \"1\"\ndescription: For a test\nkernel: none\ncapabilities: [much]\n");
        string[] packages =
        [
            "golang-1.24-src: {}", "golang-1.24-go: {}", "llvm-19-dev: {}", "libstd-rust-dev: {}", "fonts-noto-cjk: {}",
            "libboost1.83-dev: {}", "gcc-14: {}", "g++-14: {}", "gimp-data: {}", "python3: {whole-with: depends}",
            "git: {whole-with: depends}",
        ];
        File.WriteAllText(
            _folder["large/capabilities/much.yaml"],
            "capability: much\ndescription: For a test\nrequires: [base]\npackages:\n"
            + string.Concat(packages.Select(p => $"  {p}\n")));
        StrataProgram.Outcome first = Run("sbom", "./large", "--json"); // chooses, fetches, lists and composes
        Assert.True(first.ExitCode == 0, first.All);
        Assert.True(Run("sbom", "./large", "--format", "cyclonedx", "--output", "bill.cdx.json").ExitCode == 0);
        using JsonDocument sizes = JsonDocument.Parse(Run("size", "./large", "--json").Output);
        long bytes = sizes.RootElement.EnumerateArray().Sum(p => p.GetProperty("plain").GetInt64());
        Assert.True(bytes >= LeastEdition, $"the edition has {bytes} bytes, and should have {LeastEdition}");

        (TimeSpan time, long memory) bill = Best("sbom", "./large", "--format", "spdx", "--output", "bill.spdx.json");
        long feed = WriteFeed(_folder["feed.json"], SourcesOf(_folder["bill.cdx.json"]));
        Assert.True(feed >= LeastFeed, $"the feed has {feed} bytes, and should have {LeastFeed}");
        (TimeSpan time, long memory) scan = Best("scan", "./large", "--feed", "feed.json", "--format", "openvex", "--output", "vex.json");
        Assert.Contains("CVE-2026-", File.ReadAllText(_folder["vex.json"]), StringComparison.Ordinal);
        string said = string.Create(
            CultureInfo.InvariantCulture,
            $"{bytes >> 20} MiB, feed {feed / 1_000_000} MB: bill {bill.time.TotalSeconds:0.0} s and {bill.memory >> 20} MiB, "
            + $"scan {scan.time.TotalSeconds:0.0} s and {scan.memory >> 20} MiB");
        Console.WriteLine(said);
        Assert.True(bill.time <= s_mostForBill && scan.time <= s_mostForScan && scan.memory <= MostMemory, said);
    }

    private StrataProgram.Outcome Run(params string[] arguments) => StrataProgram.Run(_folder.Path, arguments);

    private (TimeSpan Time, long Memory) Best(params string[] arguments)
    {
        (TimeSpan Time, long Memory)[] tries = [.. Enumerable.Range(0, Tries).Select(_ => Measure(arguments))];
        return (tries.Min(t => t.Time), tries.Max(t => t.Memory));
    }

    /// <summary>Time of a run, and its greatest memory (VmHWM, proc_pid_status(5)) as it was shortly before its end.</summary>
    private (TimeSpan Time, long Memory) Measure(string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = StrataProgram.Start(_folder.Path, null, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        long most = 0;
        while (!process.WaitForExit(10))
        {
            try
            {
                string line = File.ReadLines($"/proc/{process.Id}/status")
                    .FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) ?? "VmHWM: 0 kB"; // none of a process that ended
                most = Math.Max(most, long.Parse(line["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) << 10);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // it ended just now
            }
        }
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        Assert.True(process.ExitCode == 0, output.Result + errors.Result);
        return (time, most);
    }

    private static string[] SourcesOf(string bill)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(bill));
        return
        [
            .. document.RootElement.GetProperty("components").EnumerateArray().Where(c => c.TryGetProperty("purl", out _))
                .Select(c => c.GetProperty("name").GetString()!).Distinct().Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>A feed in the tracker's shape: twenty numbers of each package of the edition, and of others to fill it up.</summary>
    private static long WriteFeed(string path, string[] packages)
    {
        using FileStream file = File.Create(path);
        using StreamWriter text = new(file, new UTF8Encoding(false));
        string description = string.Concat(Enumerable.Repeat("A flaw was found in the handling of something that an attacker sends. ", 3));
        int number = 1000;
        for (int i = 0; i < packages.Length || file.Position < LeastFeed; i++)
        {
            string name = i < packages.Length ? packages[i] : $"other-{i}";
            text.Write($"{(i == 0 ? "{" : ",\n")} \"{name}\": {{");
            for (int j = 0; j < 20; j++, number++)
            {
                text.Write($"{(j == 0 ? "" : ", ")}\"CVE-2026-{number}\": {{\"description\": \"{description}\", ");
                text.Write("\"scope\": \"remote\", \"releases\": {");
                foreach (string release in (string[])["bookworm", "bullseye", "forky", "sid", "trixie"])
                {
                    string state = j == 0 ? "\"status\": \"open\"" : "\"status\": \"resolved\", \"fixed_version\": \"0.1-1\"";
                    text.Write($"{(release == "bookworm" ? "" : ", ")}\"{release}\": {{{state}, ");
                    text.Write($"\"repositories\": {{\"{release}\": \"1.0-1\"}}, ");
                    text.Write("\"urgency\": \"medium\"}");
                }
                text.Write("}}");
            }
            text.Write('}');
            text.Flush();
        }
        text.Write('}');
        text.Flush();
        return file.Length;
    }
}
