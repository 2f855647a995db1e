using System.Diagnostics;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Machines.Tests;

/// <summary>What real guests are made of; tests skip where a part is missing.</summary>
/// <remarks>
/// <c>STRATA_TOOLBOX_QEMU</c>: root of an unpacked tree with QEMU, SeaBIOS, OVMF and the OpenSSH client.
/// <c>STRATA_TOOLBOX_TPM</c>: root of an unpacked tree with <c>swtpm</c>.
/// <c>STRATA_TEST_KERNEL</c>: <c>boot/vmlinuz-VERSION</c> in an unpacked <c>linux-image-*-cloud-amd64</c>, with its modules beside it.
/// <c>STRATA_TEST_BUSYBOX</c>: the program of <c>busybox-static</c>.
/// <c>STRATA_TEST_SSHD</c>: root of an unpacked tree with <c>dropbear-bin</c> and the libraries it needs.
/// <c>STRATA_TEST_STUB</c>: <c>linuxx64.efi.stub</c> of <c>systemd-boot-efi</c>.
/// </remarks>
internal static class GuestParts
{
    public static ToolTree Qemu => new(Folder("STRATA_TOOLBOX_QEMU"));

    public static ToolTree Tpm => new(Folder("STRATA_TOOLBOX_TPM"));

    public static string Kernel => File("STRATA_TEST_KERNEL");

    public static string Busybox => File("STRATA_TEST_BUSYBOX");

    public static string SshServer => Folder("STRATA_TEST_SSHD");

    /// <summary>
    /// Makes a gzipped initrd with BusyBox whose <c>/init</c> mounts the usual file systems and then does <paramref name="script"/>.
    /// </summary>
    /// <param name="folder">Where to put it.</param>
    /// <param name="script">Lines for BusyBox's shell.</param>
    /// <param name="modules">Kernel modules loaded before, by name, in order.</param>
    /// <param name="add">Adds more to the root folder before it is packed.</param>
    public static string MakeInitrd(TemporaryFolder folder, string script, IEnumerable<string>? modules = null, Action<string>? add = null)
    {
        string cpio = Oracle.Find("cpio");
        string root = folder["root"];
        foreach (string directory in (string[])["bin", "dev", "proc", "sys", "tmp", "root", "modules"])
        {
            Directory.CreateDirectory(Path.Combine(root, directory));
        }
        System.IO.File.Copy(Busybox, Path.Combine(root, "bin/busybox"));
        System.IO.File.CreateSymbolicLink(Path.Combine(root, "bin/sh"), "busybox");
        string load = string.Concat((modules ?? []).Select(m => $"insmod /modules/{AddModule(root, m)} || echo cannot load {m}\n"));
        System.IO.File.WriteAllText(Path.Combine(root, "init"), $"""
            #!/bin/sh
            /bin/busybox --install -s /bin
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs devtmpfs /dev
            {load}{script}

            """);
        System.IO.File.SetUnixFileMode(Path.Combine(root, "init"), (UnixFileMode)0b111_101_101);
        add?.Invoke(root);
        string initrd = folder["initrd.gz"];
        (int exitCode, string output) = Oracle.Run(
            "sh", "-c", "cd \"$1\" && find . | \"$2\" -o -H newc --quiet | gzip -1 > \"$3\"", "sh", root, cpio, initrd);
        Assert.True(exitCode == 0, output);
        return initrd;
    }

    /// <summary>A shell on the first serial line, after a line that says so.</summary>
    public const string Shell = "echo guest-is-ready\nexec setsid cttyhack sh";

    /// <summary>Kernel words of a guest.</summary>
    /// <remarks><c>no_timer_check</c>: an emulated timer on a busy host may miss the ticks that the kernel waits for.</remarks>
    public const string Words = "console=ttyS0 quiet panic=0 no_timer_check";

    public static MachineConfig Config(string initrd, string commandLine = Words) => new()
    {
        Boot = new BootMedium.Kernel(Kernel, initrd, commandLine),
        Firmware = Firmware.Bios,
        MemoryMiB = 256,
    };

    /// <summary>A disk whose boot sector says <c>from-the-disk</c>.</summary>
    public static byte[] TalkingDisk()
    {
        byte[] image = new byte[1 << 20];
        byte[] code =
        [
            0xBE, 0x13, 0x7C, // mov si, text
            0xBA, 0xF8, 0x03, // mov dx, 03F8h: the first serial line
            0xAC, 0x84, 0xC0, // next: lodsb; test al, al
            0x74, 0x03, 0xEE, // jz stop; out dx, al
            0xEB, 0xF8, // jmp next
            0xF4, 0xEB, 0xFD, 0x90, 0x90, // stop: hlt; jmp stop
            .. "from-the-disk\n\0"u8,
        ];
        code.CopyTo(image, 0);
        image[510] = 0x55;
        image[511] = 0xAA;
        return image;
    }

    /// <summary>True when the process exists and is no zombie.</summary>
    public static bool IsRunning(int processId)
    {
        try
        {
            string stat = System.IO.File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Polls until it holds or time is over.</summary>
    public static async Task<bool> BecomesTrueAsync(Func<bool> condition, TimeSpan deadline)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > deadline)
            {
                return false;
            }
            await Task.Delay(50);
        }
        return true;
    }

    /// <summary>Temporary folders of machines that exist now.</summary>
    public static IReadOnlyList<string> MachineFolders() => [.. Directory.GetDirectories(Path.GetTempPath(), "strata-machine-*").Order(StringComparer.Ordinal)];

    private static string AddModule(string root, string name)
    {
        string version = Path.GetFileName(Kernel)["vmlinuz-".Length..];
        string tree = Path.GetDirectoryName(Path.GetDirectoryName(Kernel)!)!;
        string modules = Path.Combine(tree, "usr/lib/modules", version, "kernel");
        Skip.IfNot(Directory.Exists(modules), $"the modules of {Kernel} are not beside it");
        (int exitCode, string found) = Oracle.Run("find", modules, "-name", $"{name}.ko*");
        Assert.True(exitCode == 0 && found.Length > 0, $"no module {name} below {modules}");
        string source = found.Split('\n')[0];
        (exitCode, string output) = Oracle.Run("sh", "-c", "case $1 in *.xz) xz -dc \"$1\";; *) cat \"$1\";; esac > \"$2\"", "sh", source, Path.Combine(root, "modules", $"{name}.ko"));
        Assert.True(exitCode == 0, output);
        return $"{name}.ko";
    }

    private static string File(string variable)
    {
        string? path = Environment.GetEnvironmentVariable(variable);
        Skip.If(string.IsNullOrEmpty(path), $"{variable} is not set");
        Assert.True(System.IO.File.Exists(path), $"{variable} names {path}, which is no file");
        return path!;
    }

    private static string Folder(string variable)
    {
        string? path = Environment.GetEnvironmentVariable(variable);
        Skip.If(string.IsNullOrEmpty(path), $"{variable} is not set");
        Assert.True(Directory.Exists(path), $"{variable} names {path}, which is no folder");
        return path!;
    }
}

/// <summary>Tests with guests run one after the other: each keeps a processor busy.</summary>
[CollectionDefinition("guests")]
public sealed class GuestCollection;
