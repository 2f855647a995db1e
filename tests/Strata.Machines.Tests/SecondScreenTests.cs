using Strata.Core;
using Strata.Machines.Testing;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>A machine with two screens, each with a picture of its own.</summary>
[Collection("guests")]
public sealed class SecondScreenTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Without a driver: the guest sets the registers of QEMU's standard VGA by hand (docs/specs/standard-vga.rst of QEMU).
    [SkippableFact]
    public async Task RunAsync_PictureOnTheSecondScreen_IsSeenThereAlone()
    {
        string initrd = GuestParts.MakeInitrd(_folder, GuestParts.Shell, add: root =>
        {
            string paint = Path.Combine(root, "bin/paint");
            File.WriteAllText(paint, """
                #!/bin/sh
                for d in /sys/bus/pci/devices/*; do [ "$(cat $d/class)" = 0x038000 ] && break; done
                echo 1 >$d/enable
                set -- $(cut -d ' ' -f 1 $d/resource)
                pixels=$(($1)) registers=$(($3))
                set_register() { devmem $((registers + 0x500 + 2 * $1)) 16 $2; }
                set_register 4 0
                set_register 3 32
                set_register 1 16
                set_register 2 8
                set_register 6 16
                set_register 4 0x41
                devmem $((registers + 0x400)) 8 0x20
                i=0
                while [ $i -lt 16 ]; do # of 128 pixels, which is an eighth
                    devmem $((pixels + 4 * i)) 32 0x1c71d8
                    i=$((i + 1))
                done

                """);
            File.SetUnixFileMode(paint, (UnixFileMode)0b111_101_101);
        });
        IReadOnlyList<EditionTest> tests = EditionTestFile.Parse("""
            format: 1
            machine: {image: kernel, firmware: bios, memory: 128 MiB, screens: 2}
            tests:
              - name: second
                ready: guest-is-ready
                steps:
                  - run: paint
                  - {screen: blue, number: 2, shows: "#1c71d8"}
                  - {screen: first, number: 1, shows: "#1c71d8", within: 2}
            """, "tests.yaml");
        Dictionary<ImageKind, BootMedium> images = new() { [ImageKind.Kernel] = GuestParts.Config(initrd).Boot };
        EditionTestRunner runner = new(GuestParts.Qemu, AcceleratorKind.Tcg, images, _folder["logs"]);
        EditionTestReport report = await runner.RunAsync(tests);
        IReadOnlyList<StepResult> steps = report.Tests[0].Steps;
        Assert.True(steps[^2].Outcome == StepOutcome.Passed, string.Join('\n', steps.Select(s => $"{s.Name} | {s.Message}")));
        Assert.Equal("screen: blue, number: 2", steps[^2].Name);
        Assert.True(File.Exists(_folder["logs/second-blue.png"]));
        Assert.StartsWith("0 % of the screen are #1c71d8", steps[^1].Message, StringComparison.Ordinal);
    }
}
