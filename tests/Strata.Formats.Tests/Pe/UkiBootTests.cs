using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Pe;
using Strata.Formats.Tests.Gpt;
using Strata.Testing;

namespace Strata.Formats.Tests.Pe;

/// <summary>Firmware as the judge of all at once: it finds the GPT, reads the ESP, loads the image, and the kernel runs our init.</summary>
/// <remarks>
/// Needs QEMU and OVMF (of <c>STRATA_TOOLBOX_QEMU</c> with the programs of './test --all', or the host's), systemd's stub, a static busybox and a stock kernel:
/// those of <c>STRATA_TEST_BUSYBOX</c> and <c>STRATA_TEST_KERNEL</c>, or the host's.
/// </remarks>
public class UkiBootTests
{
    private static readonly string s_shared = Path.Combine(Environment.GetEnvironmentVariable("STRATA_TOOLBOX_QEMU") is { Length: > 0 } tree ? tree : "/", "usr/share");

    private static string Firmware => Path.Combine(s_shared, "OVMF/OVMF_CODE_4M.fd");

    private static string Variables => Path.Combine(s_shared, "OVMF/OVMF_VARS_4M.fd");

    private const string Init = """
        #!/bin/busybox sh
        /bin/busybox mount -t proc proc /proc
        echo "INIT RUNS WITH $(/bin/busybox cat /proc/cmdline)"
        /bin/busybox poweroff -f

        """;

    [SkippableTheory]
    [InlineData(FatType.Fat12, null, 512)]
    [InlineData(FatType.Fat16, 64, 512)]
    [InlineData(FatType.Fat32, 300, 512)]
    [InlineData(FatType.Fat16, 64, 4096)]
    [Trait("Category", "Slow")]
    public async Task Boot_DiskWithEsp_RunsInit(FatType type, int? mebibytes, int sectorSize)
    {
        string qemu = Oracle.FindOptional("qemu-system-x86_64");
        string busybox = Environment.GetEnvironmentVariable("STRATA_TEST_BUSYBOX") is { Length: > 0 } ours ? ours : Oracle.FindOptional("busybox");
        string? kernel = Environment.GetEnvironmentVariable("STRATA_TEST_KERNEL") is { Length: > 0 } given
            ? given
            : Directory.EnumerateFiles("/boot", "vmlinuz-*").Order(StringComparer.Ordinal).LastOrDefault();
        Skip.If(kernel is null || !File.Exists(Firmware) || !File.Exists(PePrograms.StubPath), "no kernel, no OVMF or no stub");
        using TemporaryFolder folder = new();

        byte[] initrd = Newc(("bin", null), ("bin/busybox", await File.ReadAllBytesAsync(busybox)), ("proc", null), ("init", Encoding.ASCII.GetBytes(Init)));
        UkiPlan uki = UkiPlan.Create(new UkiConfig
        {
            Stub = await File.ReadAllBytesAsync(PePrograms.StubPath),
            Linux = new UkiContent(new FileInfo(kernel!).Length, () => File.OpenRead(kernel!)),
            Initrd = UkiContent.Of(initrd),
            CommandLine = $"console=ttyS0 quiet panic=-1 strata.test={type}",
            OsRelease = "ID=strata\nNAME=Strata\nVERSION_ID=1\n",
        });
        using MemoryStream image = new();
        await UkiWriter.WriteAsync(uki, image);

        FileTree tree = new();
        tree.Add(
            GuestPath.Parse("/EFI/BOOT/BOOTX64.EFI"),
            new FileNode { Permissions = Modes.File, Content = new InlineContent(image.ToArray()) },
            new Origin("test", null, "test"));
        FatPlan esp = FatPlan.Create(tree, new FatOptions
        {
            Type = type,
            Size = mebibytes is int size ? ByteSize.FromMiB(size) : null,
            Label = "ESP",
            SectorSize = sectorSize,
            HiddenSectors = (uint)(DiskPlan.Alignment / sectorSize),
        });
        DiskPart part = new()
        {
            Label = "ESP",
            Type = PartitionType.Esp,
            Id = Disks.Id("esp"),
            ContentBytes = esp.SizeBytes,
            Write = (output, cancellationToken) => FatWriter.WriteAsync(esp, new Contents(), output, cancellationToken),
        };
        await using (FileStream disk = File.Create(folder["disk"]))
        {
            await DiskWriter.WriteAsync(DiskPlan.Create(new DiskConfig { DiskId = Disks.Id("disk"), SectorSize = sectorSize, Parts = [part] }), disk);
        }
        File.Copy(Variables, folder["vars"]);

        (int exitCode, string output) = Oracle.Run(
            qemu, "-L", Path.Combine(s_shared, "qemu"), "-L", Path.Combine(s_shared, "seabios"), "-accel", "tcg", "-cpu", "max", "-machine", "q35", "-m", "512", "-nographic", "-nic", "none", "-no-reboot",
            "-drive", $"if=pflash,format=raw,readonly=on,file={Firmware}",
            "-drive", $"if=pflash,format=raw,file={folder["vars"]}",
            "-drive", $"if=none,id=disk,format=raw,file={folder["disk"]}",
            "-device", $"virtio-blk-pci,drive=disk,logical_block_size={sectorSize},physical_block_size=4096");
        Assert.True(exitCode == 0, output);
        Assert.Contains($"INIT RUNS WITH console=ttyS0 quiet panic=-1 strata.test={type}", output, StringComparison.Ordinal);
    }

    /// <summary>A cpio archive in the form the kernel reads (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
    private static byte[] Newc(params (string Name, byte[]? Bytes)[] entries)
    {
        using MemoryStream archive = new();
        int inode = 1;
        foreach ((string name, byte[]? bytes) in entries.Append(("TRAILER!!!", [])))
        {
            int mode = bytes is null ? 0x41ED : 0x81ED; // directory or file, 0755
            int[] fields = [inode++, mode, 0, 0, 1, 0, bytes?.Length ?? 0, 0, 0, 0, 0, name.Length + 1, 0];
            archive.Write(Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(f => f.ToString("X8", System.Globalization.CultureInfo.InvariantCulture))) + name + "\0"));
            Pad();
            archive.Write(bytes ?? []);
            Pad();
        }
        return archive.ToArray();

        void Pad() => archive.Write(new byte[(int)(-archive.Position & 3)]);
    }

    private sealed class Contents : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
