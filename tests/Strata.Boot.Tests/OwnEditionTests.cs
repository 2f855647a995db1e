using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>What the README promises a new user.</summary>
public class OwnEditionTests
{
    [SkippableFact]
    public void Init_ThenTest_BootsAnEditionOfOnesOwn()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        StrataProgram.Outcome tested = StrataProgram.Run(folder.Path, "test", "./my-os");
        Assert.True(tested.ExitCode == 0, tested.All);
    }

    // ISOLINUX cuts off what is too long, iPXE ends a command at a ';' between blanks: what the blueprint may have must reach the kernel
    // whole.
    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Test_LongestCommandLine_ReachesTheKernelWholeFromEveryMedium()
    {
        const string Start = "console=tty0 console=ttyS0,115200 quiet panic=10 filler=";
        const string End = " dyndbg=\"module loop +p; module dummy +p\" last=word";
        using TemporaryFolder folder = new();
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        string[] blueprint = [
            .. File.ReadLines(folder["my-os/edition.yaml"]).Where(l => !l.StartsWith("command-line:", StringComparison.Ordinal))];
        File.WriteAllLines(folder["my-os/edition.yaml"],
            [.. blueprint, $"command-line: '{Start}{new string('x', 1990 - Start.Length - End.Length)}{End}'"]);
        string[] machines =
        [
            "image: disk", "image: iso, firmware: bios, medium: cd", "image: pxe, firmware: bios",
            "image: pxe, firmware: uefi, memory: 512 MiB",
        ];
        File.WriteAllText(folder["my-os/tests.yaml"], "format: 1\ntests:\n" + string.Concat(machines.Select((machine, number) => $$"""
              - name: medium-{{number}}
                machine: { {{machine}} }
                ready: "my-os 0.1 is ready."
                within: 240
                steps:
                  - run: cat /proc/cmdline
                    expect: {contains: '{{End}}'}
                  - power-off: poweroff
                    within: 60

            """)));
        StrataProgram.Outcome tested = StrataProgram.Run(folder.Path, "test", "./my-os");
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("4 of 4 tests passed", tested.All, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("checkout", true)]
    [InlineData("elsewhere", false)]
    public void Init_InTheCheckout_SaysThatItCanBeMoved(string place, bool isToldSo)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["elsewhere"]);
        Directory.CreateDirectory(folder["checkout/toolbox"]);
        File.Copy(Path.Combine(Repository.Root, "toolbox/tools.yaml"), folder["checkout/toolbox/tools.yaml"]);
        StrataProgram.Outcome made = StrataProgram.Run(
            folder[place], new Dictionary<string, string?> { ["STRATA_HOME"] = folder["checkout"] }, "init", "my-os");
        Assert.True(made.ExitCode == 0, made.All);
        Assert.Equal(isToldSo, made.Output.Contains("an edition lives anywhere", StringComparison.Ordinal));
        Assert.Contains("- console # a root shell without a password", File.ReadAllText(folder[place + "/my-os/edition.yaml"]),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Init_FolderThatIsNotEmpty_IsLeftAlone()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["my-os"]);
        File.WriteAllText(folder["my-os/mine"], "precious");
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "init", "my-os");
        Assert.Equal(1, made.ExitCode);
        Assert.Contains("is not empty", made.Errors, StringComparison.Ordinal);
        Assert.Equal(["mine"], Directory.GetFileSystemEntries(folder["my-os"]).Select(Path.GetFileName));
    }
}
