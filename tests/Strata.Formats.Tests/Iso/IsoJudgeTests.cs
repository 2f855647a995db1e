using System.Globalization;
using System.Text.RegularExpressions;
using Strata.Formats.Iso;
using Strata.Formats.Tests.Fat;
using Strata.Testing;

namespace Strata.Formats.Tests.Iso;

/// <summary>What other people's programs say of our images.</summary>
public class IsoJudgeTests
{
    private static readonly byte[] s_program = FatTrees.Bytes(40_000, 1);

    [SkippableFact]
    public async Task Xorriso_Sample_FindsBothBootsAndTheGpt()
    {
        using TemporaryFolder folder = await WriteAsync(Isos.Sample(s_program));
        (int exitCode, string said) = Oracle.Run(
            "xorriso", "-no_rc", "-indev", folder["image.iso"], "-report_el_torito", "plain", "-report_system_area", "plain", "-pvd_info");
        Assert.True(exitCode == 0, said);
        Assert.Matches(@"El Torito boot img :\s+1\s+BIOS\s+y\s+none\s+0x0000\s+0x00\s+4\s", said);
        Assert.Matches(@"El Torito boot img :\s+2\s+UEFI\s+y\s+none\s", said);
        Assert.Matches(@"El Torito img path :\s+1\s+/isolinux/isolinux.bin", said);
        Assert.Matches(@"El Torito img opts :\s+1\s+.*boot-info-table.*isohybrid-suitable|El Torito img opts :\s+1\s+boot-info-table", said);
        Assert.Contains("protective-msdos-label", said, StringComparison.Ordinal);
        Assert.Matches(@"GPT type GUID\s*:\s+1\s+28732ac11ff8d211ba4b00a0c93ec93b", said);
        Assert.Contains("Volume Id    : SAMPLE_1", said, StringComparison.Ordinal);
        Assert.DoesNotContain("WARNING", said, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILURE", said, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("isoinfo")]
    [InlineData("xorriso")]
    [InlineData("bsdtar")]
    public async Task Reader_EveryFile_HasItsNameAndBytes(string reader)
    {
        IsoConfig config = Isos.Sample(s_program, [.. Enumerable.Range(0, 100).Select(i => Isos.File($"/many/file number {i:000} with a long name", FatTrees.Bytes(i * 50, i)))]);
        byte[] image = await Isos.WriteAsync(config);
        IsoPlan plan = IsoPlan.Create(config);
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["image.iso"], image);
        Directory.CreateDirectory(folder["out"]);
        (int exitCode, string said) = reader switch
        {
            "isoinfo" => Oracle.Run("isoinfo", "-R", "-f", "-i", folder["image.iso"]),
            "xorriso" => Oracle.Run("xorriso", "-no_rc", "-osirrox", "on", "-indev", folder["image.iso"], "-extract", "/", folder["out"]),
            _ => Oracle.Run("bsdtar", "-x", "-f", folder["image.iso"], "-C", folder["out"]),
        };
        Assert.True(exitCode == 0, said);
        if (reader == "isoinfo")
        {
            Assert.All(config.Files, f => Assert.Contains(f.Path.ToString(), said, StringComparison.Ordinal));
            return;
        }
        foreach (IsoFile file in config.Files)
        {
            byte[] expected = file.Length == 0 ? [] : image[(int)(plan.OffsetOf(file.Extent) + file.Offset)..][..(int)file.Length];
            Assert.Equal(expected, await File.ReadAllBytesAsync(folder["out" + file.Path]));
        }
        Assert.Equal(s_program, await File.ReadAllBytesAsync(folder["out" + Isos.ProgramPath]));
        Assert.Equal(s_program[2048..5049], await File.ReadAllBytesAsync(folder["out/boot/vmlinuz"]));
        OpenForRemoval(folder["out"]);
    }

    [SkippableFact]
    public async Task Isoinfo_Sample_ShowsShortNamesAndRockRidge()
    {
        using TemporaryFolder folder = await WriteAsync(Isos.Sample(s_program));
        (int exitCode, string said) = Oracle.Run("isoinfo", "-d", "-i", folder["image.iso"]);
        Assert.True(exitCode == 0, said);
        Assert.Contains("Rock Ridge signatures version 1 found", said, StringComparison.Ordinal);
        Assert.Contains("Eltorito validation header:", said, StringComparison.Ordinal);
        (_, said) = Oracle.Run("isoinfo", "-l", "-i", folder["image.iso"]);
        Assert.Contains("VMLINUZ.;1", said, StringComparison.Ordinal);
        Assert.Contains("BOOTX64.EFI;1", said, StringComparison.Ordinal);
        (_, said) = Oracle.Run("isoinfo", "-p", "-i", folder["image.iso"]);
        Assert.Contains("BOOT", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Sgdisk_Sample_FindsNoProblems()
    {
        using TemporaryFolder folder = await WriteAsync(Isos.Sample(s_program));
        (int exitCode, string said) = Oracle.Run("sgdisk", "-v", folder["image.iso"]);
        Assert.True(exitCode == 0 && said.Contains("No problems found", StringComparison.Ordinal), said);
        (_, said) = Oracle.Run("sgdisk", "-i", "1", folder["image.iso"]);
        Assert.Contains("EFI system partition", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task FsckFat_EfiSystemPartition_IsClean()
    {
        using TemporaryFolder folder = await WriteAsync(Isos.Sample(s_program));
        (_, string said) = Oracle.Run("sgdisk", "-i", "1", folder["image.iso"]);
        int first = int.Parse(Regex.Match(said, @"First sector: (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        int count = int.Parse(Regex.Match(said, @"Partition size: (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        byte[] image = await File.ReadAllBytesAsync(folder["image.iso"]);
        await File.WriteAllBytesAsync(folder["esp"], image[(first * 512)..((first + count) * 512)]);
        (int exitCode, said) = Oracle.Run("fsck.fat", "-n", "-v", folder["esp"]);
        Assert.True(exitCode == 0, said);
        (exitCode, said) = Oracle.Run("mcopy", "-n", "-i", folder["esp"], "::" + Isos.ProgramPath, folder["program"]);
        Assert.True(exitCode == 0, said);
        Assert.Equal(s_program, await File.ReadAllBytesAsync(folder["program"]));
    }

    private static async Task<TemporaryFolder> WriteAsync(IsoConfig config)
    {
        TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["image.iso"], await Isos.WriteAsync(config));
        return folder;
    }

    /// <summary>Directories of the image cannot be written to, and so cannot the copies of them.</summary>
    private static void OpenForRemoval(string folder)
    {
        foreach (string directory in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Prepend(folder).ToList())
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
    }
}
