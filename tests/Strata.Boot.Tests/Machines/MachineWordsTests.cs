using Strata.Testing;

namespace Strata.Boot.Tests.Machines;

/// <summary>Words of a machine that need another machine, or hardware, to be seen: each under the init systems that differ.</summary>
public class MachineWordsTests
{
    [SkippableTheory]
    [Trait("Category", "Slow")]
    [InlineData("access", "busybox")] // OpenSSH, doas, a keyboard, a locale
    [InlineData("access", "systemd")]
    [InlineData("radio", "busybox")] // access points with WPA2, with WPA3 and hidden, and open; a passphrase by credential
    [InlineData("radio", "openrc")]
    [InlineData("radio", "systemd")]
    [InlineData("six", "busybox")] // a DHCPv6 server on the same wire
    [InlineData("six", "openrc")]
    [InlineData("six", "systemd")]
    public void Test_Edition_DoesWhatItsTestsDeclare(string edition, string init)
    {
        StrataProgram.Outcome tested = Test(edition, "--set", $"init={init}");
        Assert.True(tested.ExitCode == 0, tested.All);
        string all = edition == "radio" ? "2 of 2" : "1 of 1";
        Assert.Contains($"{all} tests passed", tested.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Test_SystemdOnAKernelOfOnesOwn_RunsAndGetsAnAddress()
    {
        StrataProgram.Outcome tested = Test("own-kernel");
        Assert.True(tested.ExitCode == 0, tested.All);
        Assert.Contains("1 of 1 tests passed", tested.All, StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Test_UnitThatFailsAtStart_FailsAndIsNamed()
    {
        StrataProgram.Outcome tested = Test("failing");
        Assert.True(tested.ExitCode == 1, tested.All);
        Assert.Contains("services stay\tfailed", tested.Output, StringComparison.Ordinal);
        Assert.Contains("service 'bad' failed with code 7", tested.Output, StringComparison.Ordinal);
        Assert.Contains("  | no hinges on the door", tested.Output, StringComparison.Ordinal);
    }

    private static StrataProgram.Outcome Test(string edition, params string[] options)
    {
        using TemporaryFolder folder = new();
        string source = Path.Combine(Repository.Root, "tests", "Strata.Boot.Tests", "Machines", "editions");
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = folder[Path.GetRelativePath(source, file)];
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return StrataProgram.Run(folder.Path, ["test", "./" + edition, .. options]);
    }
}
