using Strata.Core;
using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.State;

/// <summary>The disk image of an edition on a larger disk that is written to: somebody's machine.</summary>
/// <param name="folder">Where its files lie.</param>
/// <param name="path">The disk.</param>
internal sealed class OwnedDisk(TemporaryFolder folder, string path)
{
    private int _starts;

    /// <summary>The disk.</summary>
    public string Path { get; } = path;

    /// <summary>Builds an edition and puts its disk image on a larger disk.</summary>
    public static OwnedDisk Of(TemporaryFolder folder, string edition, string name, int restMiB = 96)
    {
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", edition, "--image", "disk");
        Assert.True(built.ExitCode == 0, built.All);
        string path = folder["disk.img"];
        File.Copy(Directory.GetFiles(folder[$"out/{name}"], "*.img").Single(), path);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using FileStream disk = File.OpenWrite(path);
        disk.SetLength(disk.Length + ((long)restMiB << 20));
        return new OwnedDisk(folder, path);
    }

    /// <summary>Starts the machine by its firmware, and does what a test of an edition declares.</summary>
    public async Task PassesAsync(string tests)
    {
        string? tools = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_QEMU");
        Skip.If(string.IsNullOrEmpty(tools), "STRATA_TOOLBOX_QEMU is not set; './test' sets it");
        Dictionary<ImageKind, BootMedium> images = new() { [ImageKind.Disk] = new BootMedium.Disk(Path, Keep: true) };
        EditionTestRunner runner = new(new ToolTree(tools!), AcceleratorKind.Tcg, images, folder[$"logs-{++_starts}"]);
        EditionTestReport report = await runner.RunAsync(EditionTestFile.Parse(tests, "tests.yaml"));
        foreach (EditionTestResult result in report.Tests)
        {
            IEnumerable<string> steps =
                result.Steps.Select(s => $"{s.Outcome} {s.Name} ({s.Milliseconds} ms) {s.Message}\n    {string.Join("\n    ", s.Tail)}");
            Assert.True(result.Ok, string.Join('\n', steps));
        }
    }
}
