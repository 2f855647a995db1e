using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Strata.Machines;

/// <summary>The arguments QEMU gets: a pure function of the configuration, the paths and the accelerator.</summary>
/// <remarks>
/// Written for QEMU 10.0. No default device and no configuration file of the host takes part (<c>-nodefaults -no-user-config</c>).
/// </remarks>
internal static class QemuCommandLine
{
    /// <summary>All arguments after the program.</summary>
    /// <param name="config">A valid configuration; <see cref="MachineConfig.Problems"/> is empty.</param>
    /// <param name="files">Paths.</param>
    /// <param name="accelerator">How guest code runs.</param>
    /// <param name="lines">
    /// Where the first serial line and the machine protocol go: <see cref="MachineLink.Arguments"/> or <see cref="Terminal"/>.
    /// </param>
    public static IReadOnlyList<string> Of(
        MachineConfig config, QemuFiles files, AcceleratorKind accelerator, IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(files);
        return
        [
            "-nodefaults", "-no-user-config", .. Sandbox(config.Graphics),
            .. files.DataFolders.SelectMany(f => new[] { "-L", f }),
            "-pidfile", files.ProcessIdFile,
            .. files.ImageArguments,
            .. BoardOf(config, accelerator),
            .. FirmwareOf(config, files),
            .. KernelWords(config, accelerator),
            .. config.Credentials.SelectMany((_, i) => new[] { "-smbios", $"type=11,path={Escape(files.CredentialFile(i))}" }),
            .. Tpm(config, files),
            .. UsbController(config),
            .. Boot(config, files, accelerator),
            .. config.Disks.SelectMany((d, i) => Disk(config, files, $"disk{(i + 1).ToString(CultureInfo.InvariantCulture)}", d, bootIndex: null)),
            .. Network(config, files),
            .. config.WiredCards.SelectMany((card, i) => Wired(config, card, $"wire{i.ToString(CultureInfo.InvariantCulture)}")),
            .. Screens(config, files),
            .. lines,
            .. config.AllowReboot ? Array.Empty<string>() : ["-no-reboot"],
            .. config.ExtraArguments,
        ];
    }

    /// <summary>
    /// The serial line on the terminal that QEMU inherits, shared with QEMU's monitor: Ctrl-A C switches, Ctrl-A X quits, Ctrl-C goes to
    /// the guest.
    /// </summary>
    /// <param name="log">The file that gets everything the guest writes too.</param>
    public static IReadOnlyList<string> Terminal(string log) =>
    [
        "-chardev", $"stdio,id=serial0,mux=on,signal=off,logfile={Escape(log)},logappend=on",
        "-serial", "chardev:serial0",
        "-mon", "chardev=serial0,mode=readline",
    ];

    /// <summary>
    /// A filter on QEMU's system calls (seccomp(2)), for a guest that finds a hole in its devices: it can start no program and change no
    /// identity, scheduling or limit.
    /// </summary>
    /// <remarks>
    /// A window's libraries start helpers of their own, and QEMU is killed for what is denied; so with a window they may.
    /// </remarks>
    internal static IReadOnlyList<string> Sandbox(Graphics graphics) =>
        ["-sandbox", $"on,obsolete=deny,elevateprivileges=deny,spawn={(graphics == Graphics.Gtk ? "allow" : "deny")},resourcecontrol=deny"];

    /// <summary>Name of a virtio device on the board's bus.</summary>
    private static string Virtio(MachineConfig config, string kind) => $"virtio-{kind}-{(config.Board.HasPci ? "pci" : "device")}";

    /// <summary>In a QEMU option list a comma ends a value; doubled it is part of it.</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    private static IEnumerable<string> BoardOf(MachineConfig config, AcceleratorKind accelerator)
    {
        bool kvm = accelerator == AcceleratorKind.Kvm;
        yield return "-machine";
        yield return config.HasSecureBoot ? config.Board.Machine + ",smm=on" : config.Board.Machine;
        yield return "-accel";
        yield return kvm ? "kvm" : "tcg";
        yield return "-cpu";
        yield return kvm ? "host" : config.Board.EmulatedProcessor;
        yield return "-smp";
        yield return config.Cpus.ToString(CultureInfo.InvariantCulture);
        yield return "-m";
        yield return $"{config.MemoryMiB.ToString(CultureInfo.InvariantCulture)}M";
        if (config.HasEntropy)
        {
            yield return "-object";
            yield return "rng-random,id=rng0,filename=/dev/urandom";
            yield return "-device";
            yield return $"{Virtio(config, "rng")},rng=rng0";
        }
        if (config.Clock is DateOnly clock)
        {
            yield return "-rtc";
            yield return $"base={clock.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}T00:00:00";
        }
        if (config.Board.PanicDevice is string panic && !config.GoesOnAfterPanic)
        {
            yield return "-device";
            yield return panic;
        }
    }

    private static IEnumerable<string> FirmwareOf(MachineConfig config, QemuFiles files) => config.Firmware != Firmware.Uefi
        ? []
        :
        [
            "-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Escape(files.FirmwareCode)}",
            "-drive", $"if=pflash,unit=1,format=raw,file={Escape(files.FirmwareVariables)}",
            // or a kernel could write keys into the variables; and waking from S3 in that mode is nothing that is tested
            .. config.HasSecureBoot
                ? (string[])["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"] : [],
        ];

    private static IEnumerable<string> KernelWords(MachineConfig config, AcceleratorKind accelerator) =>
        config.Boot is not BootMedium.Kernel && WordsOf(config, accelerator) is { Length: > 0 } words
            ? ["-smbios", $"type=11,value=io.systemd.stub.kernel-cmdline-extra={Escape(words)}"]
            : [];

    /// <summary>The whole line of a kernel in memory, or what firmware adds to that of an image.</summary>
    private static string WordsOf(MachineConfig config, AcceleratorKind accelerator)
    {
        string line = config.Boot is BootMedium.Kernel kernel ? $"{kernel.CommandLine} {config.KernelWords}".Trim() : config.KernelWords;
        bool isReached = config.Boot is BootMedium.Kernel || config.Firmware == Firmware.Uefi; // as of KernelWords
        if (!config.EasesEmulation || accelerator != AcceleratorKind.Tcg || !isReached)
        {
            return line;
        }
        string longer = $"{line} {config.Board.EmulationWords}".Trim();
        return Encoding.UTF8.GetByteCount(longer) <= BootMedium.Kernel.MaximumCommandLine ? longer : line;
    }

    private static IEnumerable<string> Tpm(MachineConfig config, QemuFiles files) => !config.HasTpm ? []
        :
        [
            "-chardev", $"socket,id=tpm0,server=off,fd={files.TpmDescriptor}",
            "-tpmdev", "emulator,id=tpm0,chardev=tpm0",
            "-device", $"{config.Board.TpmDevice},tpmdev=tpm0",
        ];

    private static IEnumerable<string> Boot(MachineConfig config, QemuFiles files, AcceleratorKind accelerator) => config.Boot switch
    {
        BootMedium.Disk d => BootDisk(config, files, d, "disk0"),
        BootMedium.Iso i =>
        [
            "-drive", $"if=none,id=cd0,format=raw,media=cdrom,readonly=on,file={Escape(files.NameOf(i.Path))}",
            "-device", "ide-cd,drive=cd0,bootindex=1",
        ],
        BootMedium.Uki u => ["-kernel", files.NameOf(u.Path)],
        BootMedium.Net => [], // its card is set up with the network
        BootMedium.Kernel k =>
        [
            "-kernel", files.NameOf(k.Path),
            .. k.Initrd is null ? Array.Empty<string>() : ["-initrd", files.NameOf(k.Initrd)],
            .. WordsOf(config, accelerator) is { Length: > 0 } line ? ["-append", line] : Array.Empty<string>(),
        ],
        _ => throw new ArgumentException($"no such boot medium: {config.Boot.GetType().Name}", nameof(config)),
    };

    private static IEnumerable<string> BootDisk(MachineConfig config, QemuFiles files, BootMedium.Disk disk, string id) => disk.HasOverlay
        ? ["-blockdev", LargerDisk(id, disk, files), .. Device(config, id, disk.Bus, bootIndex: 1)]
        : Disk(config, files, id, new DiskConfig(disk.Path, disk.Bus, disk.Keep) { WriteLog = disk.WriteLog }, bootIndex: 1);

    private static IEnumerable<string> Disk(MachineConfig config, QemuFiles files, string id, DiskConfig disk, int? bootIndex)
    {
        // The format is always given: QEMU guessing it from the first block lets a guest turn its raw disk into a qcow2 that names
        // host files.
        yield return disk.BadSectors.Count > 0 || disk.WriteLog is not null ? "-blockdev" : "-drive";
        yield return disk.BadSectors.Count > 0 ? FailingDisk(id, disk, files)
            : disk.WriteLog is string log ? LoggedDisk(id, disk, files.NameOf(log), files)
            : $"if=none,id={id},format=raw,{(disk.Keep ? "" : "snapshot=on,")}file={Escape(files.NameOf(disk.Path))}";
        foreach (string argument in Device(config, id, disk.Bus, bootIndex))
        {
            yield return argument;
        }
    }

    private static IEnumerable<string> Device(MachineConfig config, string id, DiskBus bus, int? bootIndex)
    {
        string device = bus switch
        {
            DiskBus.Virtio => $"{Virtio(config, "blk")},drive={id}",
            DiskBus.Sata => $"ide-hd,drive={id}",
            DiskBus.Nvme => $"nvme,drive={id},serial={id}",
            _ => $"usb-storage,bus=usb0.0,drive={id}",
        };
        yield return "-device";
        yield return bootIndex is int index ? $"{device},bootindex={index.ToString(CultureInfo.InvariantCulture)}" : device;
    }

    /// <summary>QEMU's blkdebug between the format and the file (qapi/block-core.json, BlkdebugInjectErrorOptions).</summary>
    private static string FailingDisk(string id, DiskConfig disk, QemuFiles files) => new JsonObject
    {
        ["driver"] = "raw",
        ["node-name"] = id,
        ["file"] = new JsonObject
        {
            ["driver"] = "blkdebug",
            ["image"] = new JsonObject { ["driver"] = "file", ["filename"] = files.NameOf(disk.Path), ["read-only"] = !disk.Keep },
            ["inject-error"] = new JsonArray(
            [
                .. disk.BadSectors.Select(s => new JsonObject { ["event"] = "read_aio", ["iotype"] = "read", ["sector"] = s, ["errno"] = 5, ["once"] = false }),
            ]),
        },
        ["read-only"] = !disk.Keep,
    }.ToJsonString();

    /// <summary>The image below what takes the guest's changes, which is longer (qapi/block-core.json, BlockdevOptionsQcow2).</summary>
    private static string LargerDisk(string id, BootMedium.Disk disk, QemuFiles files) => new JsonObject
    {
        ["driver"] = "qcow2",
        ["node-name"] = id,
        ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = files.BootOverlay },
        ["backing"] = new JsonObject
        {
            ["driver"] = "raw",
            ["read-only"] = true,
            ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = files.NameOf(disk.Path), ["read-only"] = true },
        },
    }.ToJsonString();

    /// <summary>QEMU's blklogwrites between the format and the file (qapi/block-core.json, BlockdevOptionsBlklogwrites).</summary>
    private static string LoggedDisk(string id, DiskConfig disk, string log, QemuFiles files) => new JsonObject
    {
        ["driver"] = "raw",
        ["node-name"] = id,
        ["file"] = new JsonObject
        {
            ["driver"] = "blklogwrites",
            ["file"] = new JsonObject { ["driver"] = "file", ["filename"] = files.NameOf(disk.Path) },
            ["log"] = new JsonObject { ["driver"] = "file", ["filename"] = log },
        },
    }.ToJsonString();

    /// <summary>Stands before the devices that use it: QEMU creates devices in the order of the arguments.</summary>
    private static bool NeedsUsb(MachineConfig config) =>
        config.Graphics != Graphics.None || config.Disks.Any(d => d.Bus == DiskBus.Usb) || config.Boot is BootMedium.Disk { Bus: DiskBus.Usb };

    private static IEnumerable<string> UsbController(MachineConfig config) => NeedsUsb(config) ? ["-device", "qemu-xhci,id=usb0"] : [];

    private static IEnumerable<string> Network(MachineConfig config, QemuFiles files)
    {
        if (config.Network is not { } network)
        {
            yield break;
        }
        IEnumerable<string> forwards = network.Forwards.Select(f => string.Create(
            CultureInfo.InvariantCulture, $",hostfwd=tcp:127.0.0.1:{f.HostPort}-:{f.GuestPort}"));
        string boot = config.Boot is not BootMedium.Net net ? ""
            : config.Firmware == Firmware.Uefi ? $",tftp={Escape(files.TftpFolder)},bootfile={BootMedium.Net.UefiProgram}"
            : $",bootfile={files.AddressOf(net.Script)}";
        yield return "-netdev";
        yield return network.FrameSocket is SafeFileHandle wire
            ? Stream("net0", wire)
            : $"user,id=net0{(network.Restrict ? ",restrict=on" : "")}{boot}{string.Concat(forwards)}";
        yield return "-device";
        yield return $"{Virtio(config, "net")},netdev=net0{(config.Boot is BootMedium.Net ? ",bootindex=1" : "")}";
        for (int i = 1; i <= config.SwitchedCards; i++)
        {
            string id = $"net{i.ToString(CultureInfo.InvariantCulture)}";
            yield return "-netdev";
            yield return $"hubport,id={id},hubid=1";
            yield return "-device";
            yield return $"{Virtio(config, "net")},netdev={id}";
        }
    }

    /// <summary>Frames through a descriptor that QEMU inherits.</summary>
    private static string Stream(string id, SafeFileHandle cable) =>
        $"stream,id={id},server=off,addr.type=fd,addr.str={MachineLink.NumberOf(cable)}";

    private static IEnumerable<string> Wired(MachineConfig config, WiredCard card, string id) =>
        ["-netdev", Stream(id, card.Cable), "-device", $"{Virtio(config, "net")},netdev={id},mac={card.HardwareAddress}"];

    /// <summary>What QEMU calls the adapter of a screen; null for the first, which is what it takes when nobody says which.</summary>
    /// <param name="number">From 1.</param>
    public static string? AdapterOf(int number) => number == 1 ? null : string.Create(CultureInfo.InvariantCulture, $"screen{number}");

    private static IEnumerable<string> Screens(MachineConfig config, QemuFiles files) => config.Graphics == Graphics.None
        ? ["-display", "none"]
        :
        [
            "-device", "VGA",
            // adapters of the same kind without the ports of a PC's first one: their screens are always plugged in, and Linux drives both
            .. Enumerable.Range(2, config.Screens - 1).SelectMany(n => new[] { "-device", $"secondary-vga,id={AdapterOf(n)}" }),
            "-device", "usb-tablet,bus=usb0.0",
            "-display", config.Graphics == Graphics.Gtk ? "gtk" : $"vnc=unix:{Escape(files.VncSocket)}",
        ];
}
