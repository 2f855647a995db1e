using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>Kernels that are compiled for real, small ones. The store keeps them: on a machine that has them these tests take seconds.</summary>
public class KernelTests
{
    // nothing but a console and programs: about as little as a kernel can be; with one module
    private const string Small = """
        profile: small
        description: As little as possible
        fragments: [few]
        config: |
          CONFIG_64BIT=y
          CONFIG_LOCALVERSION="-small"

        """;

    private const string Few = "# A few things.\nCONFIG_PRINTK=y\nCONFIG_BINFMT_ELF=y\nCONFIG_BLK_DEV_INITRD=y\nCONFIG_MODULES=y\nCONFIG_BLOCK=y\nCONFIG_MSDOS_PARTITION=y\nCONFIG_CRC16=m\n";

    [SkippableFact] // ./test has built it, as PicoStation starts with it
    public void Build_ProfileOfPico_GivesAKernelItsModulesAndItsConfiguration()
    {
        using TemporaryFolder folder = new();
        using JsonDocument summary = Build(folder, "pico");
        string release = summary.RootElement.GetProperty("release").GetString()!;
        Assert.Matches(@"^6\.12\.\d+-pico$", release);
        byte[] image = File.ReadAllBytes(folder["out/kernel-pico/vmlinuz"]);
        Assert.Equal(0x53726448u, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(0x202))); // "HdrS", as below
        Assert.InRange(image.Length, 2 << 20, 6 << 20); // the budget of the profile
        Assert.True(summary.RootElement.GetProperty("plain-bytes").GetInt64() > image.Length);
        Assert.False(summary.RootElement.GetProperty("signed").GetBoolean()); // the same from build to build
        Assert.Contains("CONFIG_R8169=m\n", File.ReadAllText(folder["out/kernel-pico/config"]), StringComparison.Ordinal);
        string module = folder[$"out/kernel-pico/modules/{release}/kernel/drivers/net/ethernet/realtek/r8169.ko"];
        (int exit, string said) = Oracle.Run("objdump", "-f", module);
        Assert.True(exit == 0 && said.Contains("elf64-x86-64", StringComparison.Ordinal), said);
        using JsonDocument again = Build(folder, "pico");
        Assert.True(again.RootElement.GetProperty("unchanged").GetBoolean());
    }

    [SkippableFact]
    [Trait("Category", "Slow")] // ./test compiles three kernels already
    public void Build_SmallProfile_GivesAKernelItsModuleAndItsConfiguration()
    {
        using TemporaryFolder folder = new();
        Write(folder, Small);
        using JsonDocument summary = Build(folder, "small");
        Assert.Matches(@"^6\.12\.\d+-small$", summary.RootElement.GetProperty("release").GetString());
        byte[] image = File.ReadAllBytes(folder["out/kernel-small/vmlinuz"]);
        Assert.Equal(0x53726448u, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(0x202))); // "HdrS": Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"
        Assert.InRange(image.Length, 300_000, 1_500_000);
        Assert.True(summary.RootElement.GetProperty("plain-bytes").GetInt64() > image.Length);
        Assert.Contains("CONFIG_CRC16=m\n", File.ReadAllText(folder["out/kernel-small/config"]), StringComparison.Ordinal);
        string module = folder[$"out/kernel-small/modules/{summary.RootElement.GetProperty("release").GetString()}/kernel/lib/crc16.ko"];
        (int exit, string said) = Oracle.Run("objdump", "-f", module);
        Assert.True(exit == 0 && said.Contains("elf64-x86-64", StringComparison.Ordinal), said);
        using JsonDocument again = Build(folder, "small");
        Assert.True(again.RootElement.GetProperty("unchanged").GetBoolean());
    }

    [SkippableFact]
    public void Config_WishThatIsNotHonoured_FailsAndNamesTheDependency()
    {
        using TemporaryFolder folder = new();
        Write(folder, Small + "  CONFIG_EXT4_FS=y\n  CONFIG_TUN=y\n  CONFIG_BTRFS_SF=y\n");
        Failure.Says(StrataProgram.Run(folder.Path, "kernel", "config", "small"), 1, "CONFIG_BTRFS_SF: this kernel's source has no such symbol (did you mean 'BTRFS_FS'");
        Write(folder, Small + "  CONFIG_EXT4_FS=y\n  CONFIG_TUN=y\n");
        Failure.Says(
            StrataProgram.Run(folder.Path, "kernel", "config", "small"), 1,
            "CONFIG_TUN=y became n: it depends on", "NET=n", "profile 'small' asks for it", "small.yaml:");
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Build_ThatDoesNotCompile_QuotesTheReasonAndNamesTheLog()
    {
        using TemporaryFolder folder = new();
        Write(folder, Small + "  CONFIG_INITRAMFS_SOURCE=\"/there/is/none\"\n");
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "kernel", "build", "small");
        Failure.Says(outcome, 1, "cannot build kernel small: make ended with", "Cannot open '/there/is/none'", "The whole log: ");
        string log = outcome.Errors.Split("The whole log: ")[1].Split('\n')[0];
        Assert.Contains("/there/is/none", File.ReadAllText(log), StringComparison.Ordinal);
        File.Delete(log);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Build_KilledWhileItCompiles_LeavesNothingRunningAndTheSameCommandSucceeds()
    {
        using TemporaryFolder folder = new();
        string name = $"-{Guid.NewGuid():N}"[..12]; // a configuration that nobody has built
        Write(folder, Small.Replace("\"-small\"", $"\"{name}\"", StringComparison.Ordinal));
        using Process process = StrataProgram.Start(folder.Path, null, "kernel", "build", "small");
        _ = process.StandardOutput.ReadToEndAsync();
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(10));
        while (await process.StandardError.ReadLineAsync(deadline.Token) is string line && !line.StartsWith("compiling kernel", StringComparison.Ordinal))
        {
        }
        await Task.Delay(TimeSpan.FromSeconds(8));
        int make = Assert.Single(ChildrenOf(process.Id));
        process.Kill();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{make}"), TimeSpan.FromSeconds(20)), "the build goes on");
        using JsonDocument built = Build(folder, "small");
        Assert.False(built.RootElement.GetProperty("unchanged").GetBoolean());
        Assert.EndsWith(name, built.RootElement.GetProperty("release").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public void Build_InAnotherStore_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        Write(folder, Small);
        using JsonDocument here = Build(folder, "small");
        using JsonDocument there = Build(folder, "small", "--store", folder["store"]);
        Assert.False(there.RootElement.GetProperty("unchanged").GetBoolean());
        Assert.Equal(here.RootElement.GetProperty("sha256").GetString(), there.RootElement.GetProperty("sha256").GetString());
    }

    private static List<int> ChildrenOf(int process) =>
    [
        .. File.ReadAllLines($"/proc/{process}/task/{process}/children").Concat(
            Directory.EnumerateDirectories($"/proc/{process}/task").Select(t => File.ReadAllText(Path.Combine(t, "children"))))
            .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct().Select(int.Parse),
    ];

    private static void Write(TemporaryFolder folder, string profile)
    {
        Directory.CreateDirectory(folder["kernel/profiles"]);
        Directory.CreateDirectory(folder["kernel/fragments"]);
        File.WriteAllText(folder["kernel/profiles/small.yaml"], profile);
        File.WriteAllText(folder["kernel/fragments/few.config"], Few);
    }

    private static JsonDocument Build(TemporaryFolder folder, string profile, params string[] options)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, ["kernel", "build", profile, "--json", .. options]);
        Assert.True(outcome.ExitCode == 0, outcome.All);
        return JsonDocument.Parse(outcome.Output);
    }
}
