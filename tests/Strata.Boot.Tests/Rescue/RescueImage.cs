using Strata.Core;
using Strata.Machines;
using Strata.Machines.Testing;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests.Rescue;

/// <summary>NanoLinux as one bootable file, built once for all tests that damage disks.</summary>
public class RescueImage : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _path;

    /// <summary>Nothing is built until a test asks for it.</summary>
    public RescueImage()
        : this("nano", _ => "nano")
    {
    }

    /// <summary>The same of another edition.</summary>
    /// <param name="name">The edition's.</param>
    /// <param name="write">Writes it into a folder if need be, and returns what <c>strata build</c> calls it there.</param>
    protected RescueImage(string name, Func<TemporaryFolder, string> write) => _path = new(() =>
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(_folder.Path, "build", write(_folder), "--image", "uki");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        return _folder[$"out/{name}/{name}.efi"];
    });

    /// <summary>What a machine boots; skips the test where there is no built program.</summary>
    public BootMedium.Uki Medium
    {
        get
        {
            Skip.If(Environment.GetEnvironmentVariable("STRATA_PROGRAM") is null, "STRATA_PROGRAM is not set; './test' sets it");
            return new BootMedium.Uki(_path.Value);
        }
    }

    /// <summary>QEMU and its firmware.</summary>
    public static ToolTree Tools
    {
        get
        {
            string? root = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_QEMU");
            Skip.If(string.IsNullOrEmpty(root), "STRATA_TOOLBOX_QEMU is not set; './test' sets it");
            return new ToolTree(root!);
        }
    }

    /// <summary>Runs a declared test in a machine that boots a medium, and shows its steps when it fails.</summary>
    public static async Task PassesAsync(BootMedium.Uki medium, EditionTest test)
    {
        using TemporaryFolder folder = new();
        Dictionary<ImageKind, BootMedium> images = new() { [ImageKind.Uki] = medium };
        EditionTestRunner runner = new(Tools, AcceleratorKind.Tcg, images, folder["logs"]);
        EditionTestReport report = await runner.RunAsync([test]);
        EditionTestResult result = Assert.Single(report.Tests);
        Assert.True(result.Ok, string.Join('\n', result.Steps.Select(s => $"{s.Outcome} {s.Name} ({s.Milliseconds} ms) {s.Message}\n    {string.Join("\n    ", s.Tail)}")));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}
