using System.Diagnostics;
using System.Globalization;
using Strata.Images.Tests.Building.Bench;
using Strata.Testing;

namespace Strata.Images.Tests.Building;

/// <summary>Same lock, same bytes.</summary>
public class SameBytesTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    // the folders of the stores differ too: each bench makes its own, the second process below another folder
    [Fact]
    public async Task OtherStoreProcessThreadsAndTime_MakeTheSameBytesOfEveryOutput()
    {
        using TemporaryFolder folder = new();
        Task<string[]> few = InProcessAsync(folder, 1, "Asia/Kolkata");
        Task<string[]> many = InProcessAsync(folder, 7, "America/St_Johns");
        using EditionBench bench = new();
        IReadOnlyList<string> here = await bench.DigestsAsync();
        Assert.Equal(here, await few);
        Assert.Equal(here, await many);
        Assert.All(["small disk disk ", "small pxe pxe/SHA256SUMS ", "layered iso iso ", "wide disk layers/notes/image ", "box oci oci "],
            output => Assert.Single(here, line => line.StartsWith(output, StringComparison.Ordinal)));
    }

    private static async Task<string[]> InProcessAsync(TemporaryFolder folder, int processors, string zone)
    {
        string name = processors.ToString(CultureInfo.InvariantCulture);
        // the program that runs the tests may be a test host; the runtime's own folder is <dotnet>/shared/Microsoft.NETCore.App/<version>
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        ProcessStartInfo start = new(Path.GetFullPath(Path.Combine(runtime, "../../../dotnet")))
        {
            ArgumentList = { "exec", typeof(SameBytesTests).Assembly.Location, folder[name + ".txt"] },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = name;
        start.Environment["TMPDIR"] = Directory.CreateDirectory(folder[$"a folder of {name}"]).FullName;
        start.Environment["TZ"] = zone;
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
