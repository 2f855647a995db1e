using System.Diagnostics;
using System.Globalization;
using Strata.Images.Tests.Building.Bench;
using Strata.Measure.Bytes;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>Same lock, same bytes.</summary>
public class SameBytesTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    // all that a machine may have otherwise; the stores lie in other folders too: each bench makes its own, below the TMPDIR given here
    private static readonly Dictionary<string, (int Processors, string Umask, string Zone, string Language, string Before)> s_conditions =
        new(StringComparer.Ordinal)
    {
        ["few"] = (1, "077", "Asia/Kolkata", "tr_TR.UTF-8", "taskset -c 0"),
        ["many"] = (7, "000", "America/St_Johns", "C", ""),
        ["other user"] = (2, "027", "UTC", "de_DE.UTF-8", "unshare --user --map-root-user"),
    };

    [Fact]
    public async Task OtherStoreProcessThreadsAndTime_MakeTheSameBytesOfEveryOutput()
    {
        using TemporaryFolder folder = new();
        Task<string[]>[] others = [.. s_conditions.Keys.Where(IsPossible).Select((name, i) => InProcessAsync(folder, name, i + 1))];
        using EditionBench bench = new();
        bench.AddFolder(0);
        await bench.WriteImagesAsync(folder["here"]);
        IReadOnlyList<string> here = await bench.DigestsAsync();
        await Task.WhenAll(others);
        foreach (string image in Directory.EnumerateFiles(folder["here"]))
        {
            foreach (string name in s_conditions.Keys.Where(IsPossible))
            {
                string differs = Difference(folder[$"images of {name}/{Path.GetFileName(image)}"], image);
                Assert.True(differs.Length == 0, $"{Path.GetFileName(image)} made by '{name}': {differs}");
            }
        }
        Assert.All(others, lines => Assert.Equal(here, lines.Result));
        Assert.All(["small disk disk ", "small pxe pxe/SHA256SUMS ", "layered iso iso ", "wide disk layers/notes/image ", "box oci oci "],
            output => Assert.Single(here, line => line.StartsWith(output, StringComparison.Ordinal)));
    }

    /// <summary>What the test above says of a difference is true: a version that differs is told with its structure and file.</summary>
    [Fact]
    public async Task Difference_OtherLineOfAFile_IsNamed()
    {
        using TemporaryFolder folder = new();
        using EditionBench bench = new();
        await bench.WriteImagesAsync(folder["one"]);
        bench.Edit("{content: first}", "{content: other}");
        await bench.WriteImagesAsync(folder["two"]);
        Assert.Contains("section .initrd", Difference(folder["two/small.img"], folder["one/small.img"]), StringComparison.Ordinal);
        Assert.Contains("/etc/web.conf", Difference(folder["two/layered.iso"], folder["one/layered.iso"]), StringComparison.Ordinal);
        Assert.Equal("", Difference(folder["two/box.oci.tar"], folder["one/box.oci.tar"]));
    }

    private static string Difference(string given, string rebuilt)
    {
        using FileStream one = File.OpenRead(given);
        using FileStream other = File.OpenRead(rebuilt);
        return string.Join("; ", ByteComparison.Between(one, other).Structures.Select(s => $"{s} {s.File} {s.Detail}"));
    }

    // not every machine lets a user be somebody else
    private static bool IsPossible(string condition) => s_conditions[condition].Before is "" or ['t', ..]
        || Oracle.Run("sh", "-c", s_conditions[condition].Before + " true").ExitCode == 0;

    private static async Task<string[]> InProcessAsync(TemporaryFolder folder, string condition, int seed)
    {
        (int processors, string umask, string zone, string language, string before) = s_conditions[condition];
        string name = processors.ToString(CultureInfo.InvariantCulture);
        // the program that runs the tests may be a test host; the runtime's own folder is <dotnet>/shared/Microsoft.NETCore.App/<version>
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        ProcessStartInfo start = new("sh")
        {
            ArgumentList =
            {
                "-c", $"umask {umask} && exec {before} \"$@\"", "sh", Path.GetFullPath(Path.Combine(runtime, "../../../dotnet")), "exec",
                typeof(SameBytesTests).Assembly.Location, folder[name + ".txt"], folder[$"images of {condition}"],
                seed.ToString(CultureInfo.InvariantCulture),
            },
            WorkingDirectory = Directory.CreateDirectory(folder[$"a folder of {name}"]).FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = name;
        start.Environment["TMPDIR"] = start.WorkingDirectory;
        start.Environment["TZ"] = zone;
        start.Environment["LANG"] = start.Environment["LC_ALL"] = language;
        using Process process = Process.Start(start)!;
        try
        {
            using CancellationTokenSource limit = new(s_deadline);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.Equal("", await errors);
            Assert.Equal($"{name} processors\n", output);
            return await File.ReadAllLinesAsync(folder[name + ".txt"], limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
