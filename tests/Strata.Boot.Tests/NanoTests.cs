using System.Security.Cryptography;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>NanoLinux from real packages, in real guests.</summary>
public class NanoTests
{
    [SkippableFact]
    public void Test_Nano_BootsUnderUefiAndDoesWhatItsTestsDeclare()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "nano");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Matches(@"\b(\d+) of \1 tests passed", outcome.Output);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Test_NanoAll_BootsEveryWay()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "nano", "--all");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        foreach (string way in new[] { "iso-bios-cd", "iso-bios-usb", "iso-bios-disk", "iso-uefi-cd", "iso-uefi-usb", "iso-uefi-disk", "uki", "net-bios", "net-uefi" })
        {
            Assert.True(File.Exists(folder[$"out/nano/test/{way}.log"]), $"{way} was not tried\n{outcome.All}");
        }
    }

    [SkippableFact]
    public void Build_InTwoFoldersWithTwoStores_GivesTheSameBytes()
    {
        using TemporaryFolder one = new();
        using TemporaryFolder two = new();
        // one lock for both: between two fresh resolutions the archive may move on
        StockNano.WriteTo(one["nano"]);
        StrataProgram.Outcome locked = StrataProgram.Run(one.Path, "lock", "./nano");
        Assert.True(locked.ExitCode == 0, locked.All);
        StockNano.WriteTo(two["nano"]);
        File.Copy(one["nano/strata.lock"], two["nano/strata.lock"]);
        string[] digests = [.. new[] { one, two }.Select(folder =>
        {
            StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "./nano", "--locked", "--store", folder["store"]);
            Assert.True(outcome.ExitCode == 0, outcome.All);
            outcome = StrataProgram.Run(folder.Path, "build", "./nano", "--locked", "--image", "iso", "--store", folder["store"]);
            Assert.True(outcome.ExitCode == 0, outcome.All);
            return string.Join(' ', new[] { "out/nano/nano.img", "out/nano/nano.iso" }.Select(name =>
            {
                using FileStream image = File.OpenRead(folder[name]);
                return Convert.ToHexStringLower(SHA256.HashData(image));
            }));
        })];
        Assert.Equal(digests[0], digests[1]);
    }

    [SkippableFact]
    public void Build_Again_NeedsNoNetworkAndIsUnchanged()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome first = StrataProgram.Run(folder.Path, "build", "nano", "--json");
        Assert.True(first.ExitCode == 0, first.All);
        Dictionary<string, string?> nowhere = new() { ["STRATA_MIRROR"] = "http://127.0.0.1:9/debian", ["STRATA_SECURITY_MIRROR"] = "http://127.0.0.1:9/security" };
        StrataProgram.Outcome second = StrataProgram.Run(folder.Path, nowhere, "build", "nano", "--offline", "--json");
        Assert.True(second.ExitCode == 0, second.All);
        Assert.Contains("\"unchanged\": true", second.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Image_IsSoundForOtherPeoplesReaders()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "nano");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        (int exitCode, string said) = Oracle.Run("sgdisk", "-v", folder["out/nano/nano.img"]);
        Assert.True(exitCode == 0 && said.Contains("No problems found", StringComparison.Ordinal), said);
        (exitCode, said) = Oracle.Run("mcopy", "-n", "-i", folder["out/nano/nano.img"] + "@@1M", "::/EFI/BOOT/BOOTX64.EFI", folder["uki.efi"]);
        Assert.True(exitCode == 0, said);
        (exitCode, said) = Oracle.Run("objdump", "-h", folder["uki.efi"]);
        Assert.True(exitCode == 0, said);
        foreach (string section in new[] { ".osrel", ".cmdline", ".initrd", ".uname", ".sbat", ".linux" })
        {
            Assert.Contains(section, said, StringComparison.Ordinal);
        }
    }
}
