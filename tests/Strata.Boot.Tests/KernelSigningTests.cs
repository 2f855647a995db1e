using System.Buffers.Binary;
using System.Text;
using Strata.Machines;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>A kernel whose modules are signed with a key of its build: it loads its own modules and no others.</summary>
public class KernelSigningTests
{
    private const string Profile = """
        profile: signed
        description: As little as can load signed modules
        fragments: [console]
        config: |
          CONFIG_64BIT=y
          CONFIG_LOCALVERSION="-signed"
          CONFIG_PRINTK=y
          CONFIG_BINFMT_ELF=y
          CONFIG_BINFMT_SCRIPT=y
          CONFIG_BLK_DEV_INITRD=y
          CONFIG_PCI=y
          CONFIG_ACPI=y
          CONFIG_DMI=y
          CONFIG_EFI=y
          CONFIG_PNP=y
          CONFIG_FUTEX=y
          CONFIG_EPOLL=y
          CONFIG_MODULES=y
          CONFIG_MODULE_SIG=y
          CONFIG_MODULE_SIG_ALL=y
          CONFIG_MODULE_SIG_FORCE=y
          CONFIG_MODULE_SIG_SHA256=y
          CONFIG_CRC16=m
          CONFIG_CRC7=m

        """;

    private const string Init = """
        #!/busybox sh
        for module in tampered stripped crc16 crc7; do
          /busybox insmod /$module.ko && /busybox echo "guest: loaded $module" || /busybox echo "guest: refused $module"
        done
        /busybox poweroff -f

        """;

    private static readonly byte[] s_mark = "~Module signature appended~\n"u8.ToArray(); // MODULE_SIG_STRING of include/linux/module_signature.h

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Build_ProfileThatSigns_KernelTakesItsOwnModulesAndRefusesOthers()
    {
        string qemu = Variable("STRATA_TOOLBOX_QEMU");
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["kernel/profiles"]);
        Directory.CreateDirectory(folder["kernel/fragments"]);
        File.WriteAllText(folder["kernel/profiles/signed.yaml"], Profile);
        File.Copy(Path.Combine(Variable("STRATA_HOME"), "kernel/fragments/console.config"), folder["kernel/fragments/console.config"]);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "kernel", "build", "signed");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Contains("not reproducible: modules are signed with a key made for this build", outcome.All, StringComparison.Ordinal);
        string[] modules = Directory.GetFiles(folder["out/kernel-signed/modules"], "crc*.ko", SearchOption.AllDirectories);
        MachineConfig config = new()
        {
            Boot = new BootMedium.Kernel(folder["out/kernel-signed/vmlinuz"], MakeInitrd(folder, modules), "console=ttyS0 quiet panic=-1"),
            Firmware = Firmware.Bios,
            MemoryMiB = 128,
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(qemu), config, AcceleratorKind.Tcg);
        await machine.WaitForEndAsync(TimeSpan.FromSeconds(120));
        string[] said = [.. machine.Log.TextFrom(0).ReplaceLineEndings("\n").Split('\n').Where(l => l.StartsWith("guest: ", StringComparison.Ordinal))];
        Assert.Equal(["guest: refused tampered", "guest: refused stripped", "guest: loaded crc16", "guest: loaded crc7"], said);
    }

    private static string MakeInitrd(TemporaryFolder folder, string[] modules)
    {
        string root = Directory.CreateDirectory(folder["root"]).FullName;
        Directory.CreateDirectory(Path.Combine(root, "dev"));
        foreach (string module in modules)
        {
            byte[] bytes = File.ReadAllBytes(module);
            Assert.True(bytes.AsSpan().EndsWith(s_mark), $"{module} is not signed");
            File.WriteAllBytes(Path.Combine(root, Path.GetFileName(module)), bytes);
            if (Path.GetFileName(module) == "crc16.ko")
            {
                int signature = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(bytes.Length - s_mark.Length - 4)); // sig_len, the last field of struct module_signature
                File.WriteAllBytes(Path.Combine(root, "stripped.ko"), bytes[..^(s_mark.Length + 12 + signature)]);
                bytes[bytes.Length / 3] ^= 1;
                File.WriteAllBytes(Path.Combine(root, "tampered.ko"), bytes);
            }
        }
        File.Copy(Variable("STRATA_TEST_BUSYBOX"), Path.Combine(root, "busybox"));
        File.WriteAllText(Path.Combine(root, "init"), Init, new UTF8Encoding(false));
        File.SetUnixFileMode(Path.Combine(root, "init"), (UnixFileMode)0b111_101_101);
        (int exit, string said) = Oracle.Run("sh", "-c", "cd \"$1\" && find . | \"$2\" -o -H newc --quiet > \"$3\"", "sh", root, Oracle.Find("cpio"), folder["initrd"]);
        Assert.True(exit == 0, said);
        return folder["initrd"];
    }

    private static string Variable(string name)
    {
        string? value = Environment.GetEnvironmentVariable(name);
        Skip.If(string.IsNullOrEmpty(value), $"{name} is not set; './test' sets it");
        return value!;
    }
}
