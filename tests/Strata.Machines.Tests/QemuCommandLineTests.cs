using Microsoft.Win32.SafeHandles;

namespace Strata.Machines.Tests;

public sealed class QemuCommandLineTests
{
    private static readonly QemuFiles s_files = new()
    {
        DataFolders = ["/t/qemu", "/t/seabios"],
        FirmwareCode = "/t/CODE.fd",
        FirmwareVariablesTemplate = "/t/VARS.fd",
        PrivateFolder = "/p",
    };

    private static readonly IReadOnlyList<string> s_lines = MachineLink.ArgumentsFor(serial: "7", qmp: "8");

    [Fact]
    public void Of_CardsOnWiresCredentialsAndALoggedDisk_AreGivenByDescriptorsAndFiles()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk("/b", Keep: true) { WriteLog = "/b.log" },
            Disks = [new DiskConfig("/d", DiskBus.Usb, Keep: true)],
            WiredCards = [Card("52:54:00:57:01:00", 21), Card("52:54:00:57:01:01", 22)],
            Credentials = new Dictionary<string, string> { ["a.b"] = "secret", ["c"] = "other" },
        };
        string line = Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines));
        Assert.Contains("""
            -netdev stream,id=wire0,server=off,addr.type=fd,addr.str=21
            -device virtio-net-pci,netdev=wire0,mac=52:54:00:57:01:00
            -netdev stream,id=wire1,server=off,addr.type=fd,addr.str=22
            -device virtio-net-pci,netdev=wire1,mac=52:54:00:57:01:01
            """, line, StringComparison.Ordinal);
        Assert.Contains("-smbios type=11,path=/p/credential0\n-smbios type=11,path=/p/credential1", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        Assert.Contains("""
            -blockdev {"driver":"raw","node-name":"disk0","file":{"driver":"blklogwrites",
            "file":{"driver":"file","filename":"/b"},"log":{"driver":"file","filename":"/b.log"}}}
            """.Replace("\n", "", StringComparison.Ordinal) + "\n-device virtio-blk-pci,drive=disk0,bootindex=1",
            line, StringComparison.Ordinal);
        Assert.Contains("-drive if=none,id=disk1,format=raw,file=/d\n", line, StringComparison.Ordinal);

        static WiredCard Card(string address, int descriptor) => new(address, new SafeFileHandle(descriptor, ownsHandle: false));
    }

    [Fact]
    public void Of_ImageWithRoomBehindIt_LiesBelowALongerFileThatTakesTheChanges()
    {
        MachineConfig config = new() { Boot = new BootMedium.Disk("/b", DiskBus.Usb) { RoomBytes = 1 << 20 } };
        string line = Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines));
        Assert.Contains("""
            -blockdev {"driver":"qcow2","node-name":"disk0","file":{"driver":"file","filename":"/p/boot.qcow2"},
            "backing":{"driver":"raw","read-only":true,"file":{"driver":"file","filename":"/b","read-only":true}}}
            """.Replace("\n", "", StringComparison.Ordinal) + "\n-device usb-storage,bus=usb0.0,drive=disk0,bootindex=1",
            line, StringComparison.Ordinal);
        MachineConfig kept = config with { Boot = new BootMedium.Disk("/b", Keep: true) { RoomBytes = 1 << 20 } };
        line = Show(QemuCommandLine.Of(kept, s_files, AcceleratorKind.Tcg, s_lines));
        Assert.Contains("format=raw,file=/b\n", line, StringComparison.Ordinal);
        Assert.Contains(
            "there are -1 bytes of room behind the image",
            Assert.Single((config with { Boot = new BootMedium.Disk("/b") { RoomBytes = -1 } }).Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_UefiDisk_IsExactlyThis()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk("/images/a,b.img"),
            Cpus = 2,
            Disks = [new DiskConfig("/d1", DiskBus.Nvme, Keep: true), new DiskConfig("/d2", DiskBus.Sata)],
            Network = new NetworkConfig([new PortForward(22), new PortForward(80, 8080)], Restrict: true),
            SwitchedCards = 1,
        };
        Assert.Equal("""
            -nodefaults
            -no-user-config
            -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
            -L /t/qemu
            -L /t/seabios
            -pidfile /p/pid
            -machine q35
            -accel tcg
            -cpu max
            -smp 2
            -m 512M
            -object rng-random,id=rng0,filename=/dev/urandom
            -device virtio-rng-pci,rng=rng0
            -device pvpanic
            -drive if=pflash,unit=0,format=raw,readonly=on,file=/t/CODE.fd
            -drive if=pflash,unit=1,format=raw,file=/p/vars.fd
            -drive if=none,id=disk0,format=raw,snapshot=on,file=/images/a,,b.img
            -device virtio-blk-pci,drive=disk0,bootindex=1
            -drive if=none,id=disk1,format=raw,file=/d1
            -device nvme,drive=disk1,serial=disk1
            -drive if=none,id=disk2,format=raw,snapshot=on,file=/d2
            -device ide-hd,drive=disk2
            -netdev user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:0-:22,hostfwd=tcp:127.0.0.1:8080-:80
            -device virtio-net-pci,netdev=net0
            -netdev hubport,id=net1,hubid=1
            -device virtio-net-pci,netdev=net1
            -display none
            -chardev socket,id=serial0,server=off,fd=7
            -serial chardev:serial0
            -chardev socket,id=qmp0,server=off,fd=8
            -mon chardev=qmp0,mode=control
            -S
            -no-reboot
            """, Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines)));
    }

    [Fact]
    public void Of_SecureBoot_VariablesAreWrittenInManagementModeOnly()
    {
        MachineConfig config = new() { Boot = new BootMedium.Disk("/b"), HasSecureBoot = true };
        Assert.Empty(config.Problems());
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines);
        Assert.Contains("q35,smm=on", arguments);
        Assert.Contains("driver=cfi.pflash01,property=secure,value=on", arguments);
        IReadOnlyList<string> without =
            QemuCommandLine.Of(config with { HasSecureBoot = false }, s_files, AcceleratorKind.Tcg, s_lines);
        Assert.DoesNotContain("smm=on", Show(without), StringComparison.Ordinal);
        string problem = "Secure Boot needs UEFI firmware of q35";
        Assert.Equal([problem], (config with { Board = Board.Pc }).Problems());
        Assert.Equal([problem], (config with { Firmware = Firmware.Bios }).Problems());
    }

    [Theory]
    [InlineData(Firmware.Bios, "user,id=net0,bootfile=http://10.0.2.2:8123/boot.ipxe")]
    [InlineData(Firmware.Uefi, "user,id=net0,tftp=/p/tftp,bootfile=snponly.efi")]
    public void Of_Net_NamesTheScriptOrWhatUefiStartsFirst(Firmware firmware, string expected)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Net(new Dictionary<string, string> { ["boot.ipxe"] = "b", ["snponly.efi"] = "s" }, "boot.ipxe"),
            Firmware = firmware,
            Network = new NetworkConfig(),
        };
        Assert.Empty(config.Problems());
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, s_files with { ServedPort = 8123 }, AcceleratorKind.Tcg, s_lines);
        Assert.Contains(expected, arguments);
        Assert.Contains("virtio-net-pci,netdev=net0,bootindex=1", arguments);
    }

    [Fact]
    public void Problems_Net_AreNamed()
    {
        MachineConfig config = new() { Boot = new BootMedium.Net(new Dictionary<string, string> { ["../x"] = "b" }, "boot.ipxe") };
        Assert.Equal(
            [
                "a machine that boots from the network needs a network card",
                "'../x' is not a name of letters, digits, dots, hyphens and underscores under which a file can be served",
                "among the files for the network are not both the script 'boot.ipxe' and, for UEFI, snponly.efi",
            ],
            config.Problems());
    }

    [Fact]
    public void Of_DiskWithBadSectors_LiesBehindARuleForEach()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk("/d"),
            Disks = [new DiskConfig("/fail,ing", DiskBus.Sata, Keep: true) { BadSectors = [9] }],
        };
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines);
        const string Expected = """
            {"driver":"raw","node-name":"disk1","file":{"driver":"blkdebug","image":{"driver":"file","filename":"/fail,ing","read-only":false},
            "inject-error":[{"event":"read_aio","iotype":"read","sector":9,"errno":5,"once":false}]},"read-only":false}
            """;
        int at = arguments.ToList().IndexOf("-blockdev");
        Assert.Equal([Expected.Replace("\n", "", StringComparison.Ordinal), "-device", "ide-hd,drive=disk1"], arguments.Skip(at + 1).Take(3));
    }

    [Fact]
    public void Of_KernelWordsForADisk_GoThroughTheFirmwareWithTheirCommas()
    {
        MachineConfig config = new() { Boot = new BootMedium.Disk("/d"), KernelWords = "caps=a,b ro" };
        Assert.Empty(config.Problems());
        Assert.Contains(
            "-smbios type=11,value=io.systemd.stub.kernel-cmdline-extra=caps=a,,b ro",
            Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines)), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_KernelWordsForAKernel_FollowItsCommandLine()
    {
        MachineConfig config = new() { Boot = new BootMedium.Kernel("/k", null, "quiet"), Firmware = Firmware.Bios, KernelWords = "caps=a,b" };
        string shown = Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines));
        Assert.Contains("-append quiet caps=a,b", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("-smbios", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb", Firmware.Uefi, "printable ASCII")]
    [InlineData("ro", Firmware.Bios, "through UEFI firmware only")]
    public void Problems_KernelWordsThatCannotArrive_AreNamed(string words, Firmware firmware, string problem)
    {
        MachineConfig config = new() { Boot = new BootMedium.Disk("/d"), Firmware = firmware, KernelWords = words };
        Assert.Contains(problem, Assert.Single(config.Problems()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("caps=a,b ro", AcceleratorKind.Tcg, "caps=a,,b ro no_timer_check")]
    [InlineData("caps=a,b ro", AcceleratorKind.Kvm, "caps=a,,b ro")]
    [InlineData("", AcceleratorKind.Tcg, "no_timer_check")]
    public void Of_EmulatedUefi_GivesTheKernelTheBoardsWordsBehindOthers(string words, AcceleratorKind accelerator, string given)
    {
        MachineConfig config = new() { Boot = new BootMedium.Disk("/d"), KernelWords = words, EasesEmulation = true };
        Assert.Empty(config.Problems());
        Assert.Contains(
            $"-smbios type=11,value=io.systemd.stub.kernel-cmdline-extra={given}\n",
            Show(QemuCommandLine.Of(config, s_files, accelerator, s_lines)), StringComparison.Ordinal);
    }

    // what a BIOS starts has its words within the image, and under KVM nobody misses a tick
    [Theory]
    [InlineData(Firmware.Bios, AcceleratorKind.Tcg)]
    [InlineData(Firmware.Uefi, AcceleratorKind.Kvm)]
    public void Of_ImageThatTakesNoWordsOrNeedsNone_IsGivenNone(Firmware firmware, AcceleratorKind accelerator)
    {
        MachineConfig config = new() { Boot = new BootMedium.Iso("/i"), Firmware = firmware, EasesEmulation = true };
        Assert.Empty(config.Problems());
        Assert.DoesNotContain("-smbios", QemuCommandLine.Of(config, s_files, accelerator, s_lines));
    }

    [Theory]
    [InlineData("quiet", "caps=a", "quiet caps=a no_timer_check")]
    [InlineData("", "", "no_timer_check")]
    public void Of_EmulatedKernel_HasTheBoardsWordsAtItsEnd(string line, string words, string given)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Kernel("/k", null, line), Firmware = Firmware.Bios, KernelWords = words, EasesEmulation = true,
        };
        IReadOnlyList<string> arguments = QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines);
        Assert.Equal(given, arguments[arguments.ToList().IndexOf("-append") + 1]);
    }

    [Theory]
    [InlineData(2032, true)] // and a blank and the fourteen signs of the word make 2047
    [InlineData(2033, false)]
    public void Of_EmulatedKernelWithALongLine_IsGivenWhatItHasRoomFor(int length, bool isGiven)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Kernel("/k", null, new string('x', length)), Firmware = Firmware.Bios, EasesEmulation = true,
        };
        Assert.Empty(config.Problems());
        Assert.Equal(isGiven, QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines).Any(a => a.EndsWith(
            " no_timer_check", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_TpmAndThreeScreens_IsExactlyThis()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk("/d"), HasTpm = true, TpmState = "/state", Screens = 3, Graphics = Graphics.Vnc,
        };
        Assert.Empty(config.Problems());
        string line = Show(QemuCommandLine.Of(config, s_files with { TpmDescriptor = "31" }, AcceleratorKind.Tcg, s_lines));
        Assert.Contains("""
            -chardev socket,id=tpm0,server=off,fd=31
            -tpmdev emulator,id=tpm0,chardev=tpm0
            -device tpm-tis,tpmdev=tpm0
            -device qemu-xhci,id=usb0
            """, line, StringComparison.Ordinal);
        Assert.Contains("""
            -device VGA
            -device secondary-vga,id=screen2
            -device secondary-vga,id=screen3
            -device usb-tablet,bus=usb0.0
            -display vnc=unix:/p/vnc
            """, line, StringComparison.Ordinal);
        Assert.Equal("""
            socket
            --tpm2
            --terminate
            --tpmstate dir=/state,mode=0600
            --ctrl type=unixio,clientfd=30
            --pid file=/p/tpm.pid
            """, Show(TpmProcess.Arguments("/state", s_files, "30")));
    }

    [Fact]
    public void Of_UsbStickWithScreenOnATerminal_IsExactlyThis()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk("/stick", DiskBus.Usb, Keep: true),
            Firmware = Firmware.Bios,
            Board = Board.Pc,
            Graphics = Graphics.Vnc,
            AllowReboot = true,
            ExtraArguments = ["-name", "x"],
        };
        Assert.Equal("""
            -nodefaults
            -no-user-config
            -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny
            -L /t/qemu
            -L /t/seabios
            -pidfile /p/pid
            -machine pc
            -accel kvm
            -cpu host
            -smp 1
            -m 512M
            -object rng-random,id=rng0,filename=/dev/urandom
            -device virtio-rng-pci,rng=rng0
            -device pvpanic
            -device qemu-xhci,id=usb0
            -drive if=none,id=disk0,format=raw,file=/stick
            -device usb-storage,bus=usb0.0,drive=disk0,bootindex=1
            -device VGA
            -device usb-tablet,bus=usb0.0
            -display vnc=unix:/p/vnc
            -chardev stdio,id=serial0,mux=on,signal=off,logfile=/l,,og,logappend=on
            -serial chardev:serial0
            -mon chardev=serial0,mode=readline
            -name x
            """, Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Kvm, QemuCommandLine.Terminal("/l,og"))));
    }

    [Fact]
    public void Of_MicroVm_UsesDevicesWithoutPci()
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Kernel("/k", "/i", "console=ttyS0"),
            Board = Board.MicroVm,
            Firmware = Firmware.Bios,
            Network = new NetworkConfig(),
            Disks = [new DiskConfig("/d")],
        };
        string shown = Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines));
        Assert.DoesNotContain("pci", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("pvpanic", shown, StringComparison.Ordinal);
        Assert.Contains("-device virtio-blk-device,drive=disk1\n", shown, StringComparison.Ordinal);
        Assert.Contains("-kernel /k\n-initrd /i\n-append console=ttyS0\n", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Graphics.Gtk)]
    [InlineData(Graphics.Vnc)]
    [InlineData(Graphics.None)]
    public void Of_AnyConfiguration_ListensOnLoopbackOnly(Graphics graphics)
    {
        MachineConfig config = new()
        {
            Boot = new BootMedium.Iso("/i"),
            Graphics = graphics,
            Network = new NetworkConfig([new PortForward(443)]),
        };
        string shown = Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines));
        Assert.All(
            shown.Split('\n').Where(l => l.Contains("hostfwd=", StringComparison.Ordinal) || l.Contains("vnc=", StringComparison.Ordinal)),
            l => Assert.Matches("127[.]0[.]0[.]1:0|vnc=unix:/p/vnc$", l));
    }

    [Theory]
    [InlineData(Graphics.Gtk, "allow")]
    [InlineData(Graphics.Vnc, "deny")]
    [InlineData(Graphics.None, "deny")]
    public void Of_AnyConfiguration_FiltersTheSystemCallsOfQemu(Graphics graphics, string spawn)
    {
        MachineConfig config = new() { Boot = new BootMedium.Iso("/i"), Graphics = graphics };
        Assert.Contains(
            $"-sandbox on,obsolete=deny,elevateprivileges=deny,spawn={spawn},resourcecontrol=deny",
            Show(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines)).Split('\n'));
    }

    /// <summary>One line per option: an option starts with a hyphen and takes the values behind it.</summary>
    private static string Show(IReadOnlyList<string> arguments) =>
        string.Concat(arguments.Select(a => a.StartsWith('-') ? $"\n{a}" : $" {a}")).TrimStart();

    public static TheoryData<string, MachineConfig, bool> UsbUsers => new()
    {
        { "nothing", new MachineConfig { Boot = new BootMedium.Disk("/d") }, false },
        { "what it boots from", new MachineConfig { Boot = new BootMedium.Disk("/d", DiskBus.Usb) }, true },
        { "a second disk", new MachineConfig { Boot = new BootMedium.Disk("/d"), Disks = [new DiskConfig("/e", DiskBus.Virtio),
            new DiskConfig("/f", DiskBus.Usb)] }, true },
        { "a screen", new MachineConfig { Boot = new BootMedium.Disk("/d"), Graphics = Graphics.Vnc }, true },
        { "a CD-ROM", new MachineConfig { Boot = new BootMedium.Iso("/d") }, false },
    };

    [Theory]
    [MemberData(nameof(UsbUsers))]
    public void Of_WhoeverNeedsUsb_GetsAController(string who, MachineConfig config, bool hasOne) =>
        Assert.Equal((who, hasOne), (who, QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines).Contains("qemu-xhci,id=usb0")));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_DiskWithBadSectors_IsWrittenToOnlyWhenItIsKept(bool keep)
    {
        MachineConfig config = new() { Boot = new BootMedium.Iso("/i"), Disks = [new DiskConfig("/d", DiskBus.Virtio,
            keep) { BadSectors = [7] }] };
        string disk = Assert.Single(QemuCommandLine.Of(config, s_files, AcceleratorKind.Tcg, s_lines), a => a.Contains("blkdebug",
            StringComparison.Ordinal));
        Assert.Equal(2, disk.Split($"\"read-only\":{(keep ? "false" : "true")}").Length - 1);
    }
}
