using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>The ISO image and the files for the network of NanoLinux, before other people's readers.</summary>
public class IsoTests
{
    private const long Beside = 256 << 10; // what the ISO image may have more than the UKI: ISOLINUX alone is 154 KiB

    [SkippableFact]
    public void Iso_HasKernelAndInitrdOnce_WithinTheBudget()
    {
        using TemporaryFolder folder = new();
        Build(folder, "nano", "uki");
        Build(folder, "nano", "iso");
        Build(folder, "nano", "pxe");
        string iso = folder["out/nano/nano.iso"];
        long ukiBytes = new FileInfo(folder["out/nano/nano.efi"]).Length;
        Assert.InRange(new FileInfo(iso).Length, ukiBytes, Math.Min(ukiBytes + Beside, 16 << 20));

        Judge("objcopy", "-O", "binary", "--dump-section", ".linux=" + folder["linux"], "--dump-section", ".initrd=" + folder["initrd"], folder["out/nano/nano.efi"], folder["rest"]);
        Judge("xorriso", "-no_rc", "-osirrox", "on", "-indev", iso, "-extract", "/boot", folder["boot"], "-extract", "/EFI", folder["EFI"]);
        AssertSame(folder["linux"], folder["boot/vmlinuz"]);
        AssertSame(folder["initrd"], folder["boot/initrd.img"]);
        AssertSame(folder["out/nano/nano.efi"], folder["EFI/BOOT/BOOTX64.EFI"]);
        AssertSame(folder["linux"], folder["out/nano/pxe/vmlinuz"]);
        AssertSame(folder["initrd"], folder["out/nano/pxe/initrd.img"]);
        foreach (string directory in new[] { "boot", "EFI", "EFI/BOOT" })
        {
            File.SetUnixFileMode(folder[directory], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [SkippableFact]
    public void Iso_IsSoundForOtherPeoplesReaders()
    {
        using TemporaryFolder folder = new();
        Build(folder, "nano", "iso");
        string iso = folder["out/nano/nano.iso"];
        string said = Judge("xorriso", "-no_rc", "-indev", iso, "-report_el_torito", "plain", "-report_system_area", "plain");
        Assert.Matches(@"El Torito boot img :\s+1\s+BIOS\s+y\s+none", said);
        Assert.Matches(@"El Torito boot img :\s+2\s+UEFI\s+y\s+none", said);
        Assert.Matches(@"El Torito img opts :\s+1\s+boot-info-table isohybrid-suitable", said);
        Assert.Matches(@"System area summary: MBR isohybrid .*GPT", said);
        Assert.Contains("No problems found", Judge("sgdisk", "-v", iso), StringComparison.Ordinal);
        string partition = Judge("sgdisk", "-i", "1", iso);
        Assert.Contains("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", partition, StringComparison.Ordinal);
        long first = long.Parse(Regex.Match(partition, @"First sector: (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        long sectors = long.Parse(Regex.Match(partition, @"Partition size: (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        Judge("dd", "if=" + iso, "of=" + folder["esp"], "bs=512", $"skip={first}", $"count={sectors}");
        Judge("fsck.fat", "-n", folder["esp"]);
        Judge("mcopy", "-n", "-i", folder["esp"], "::/EFI/BOOT/BOOTX64.EFI", folder["uki"]);
        Judge("bsdtar", "-t", "-f", iso);
    }

    [SkippableFact]
    public void Iso_OverItsBudget_IsRefusedAndSaysWhatIsInIt()
    {
        using TemporaryFolder folder = new();
        Build(folder, "nano", "uki");
        long ukiBytes = new FileInfo(folder["out/nano/nano.efi"]).Length;
        string blueprint = File.ReadAllText(Path.Combine(Repository.Root, "editions/nano/edition.yaml"));
        Assert.Contains("image: 16 MiB", blueprint, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["nano"]);
        File.WriteAllText(
            folder["nano/edition.yaml"],
            blueprint.Replace("image: 16 MiB", string.Create(CultureInfo.InvariantCulture, $"image: {(ukiBytes >> 10) + 100} KiB"), StringComparison.Ordinal));
        Build(folder, "./nano", "uki");
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", "./nano", "--image", "iso");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("cannot build nano: the ISO image takes", outcome.All, StringComparison.Ordinal);
        Assert.Contains("kernel: ", outcome.All, StringComparison.Ordinal);
        Assert.Contains("libssl3t64", outcome.All, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out/nano/nano.iso"]));
    }

    private static void Build(TemporaryFolder folder, string edition, string image)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "build", edition, "--image", image);
        Assert.True(outcome.ExitCode == 0, outcome.All);
    }

    private static string Judge(string program, params IEnumerable<string> arguments)
    {
        (int exitCode, string said) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, $"{program}: {said}");
        return said;
    }

    private static void AssertSame(string expected, string actual) =>
        Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(actual)), $"{actual} differs from {expected}");
}
