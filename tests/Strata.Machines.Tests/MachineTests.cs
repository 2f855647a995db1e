using System.Net;
using System.Net.Sockets;
using System.Text;
using Strata.Core;
using Strata.Machines.Serial;
using Strata.Testing;

namespace Strata.Machines.Tests;

[Collection("guests")]
public sealed class MachineTests : IDisposable
{
    private static readonly TimeSpan s_boot = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder _folder = new();
    private readonly IReadOnlyList<string> _foldersBefore = GuestParts.MachineFolders();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task StartAsync_Shell_RunsCommandsAndPowersOff()
    {
        string initrd = GuestParts.MakeInitrd(_folder, GuestParts.Shell);
        int processId;
        await using (Machine machine = await StartAsync(GuestParts.Config(initrd)))
        {
            processId = machine.ProcessId;
            SerialMatch ready = await machine.WaitForLineAsync(LinePattern.Text("guest-is-ready"), s_boot);
            Assert.Equal("guest-is-ready", ready.Line);
            Assert.Equal("running", await machine.StatusAsync());
            SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
            await console.AttachAsync(s_short);

            Assert.Equal(new CommandResult(0, "hello\n"), await console.RunAsync("echo hello", s_short));
            Assert.Equal(new CommandResult(0, "no end"), await console.RunAsync("printf 'no end'", s_short));
            Assert.Equal(new CommandResult(3, ""), await console.RunAsync("exit 3", s_short));
            CommandResult unknown = await console.RunAsync("nonsense", s_short);
            Assert.Equal(127, unknown.ExitCode);
            Assert.EndsWith("nonsense: not found\n", unknown.Output, StringComparison.Ordinal);
            Assert.Equal(new CommandResult(0, "a\nb\n"), await console.RunAsync("for x in a b; do\n  echo $x\ndone", s_short));
            Assert.Equal(new CommandResult(0, "it's \"quoted\" \\n $HOME\n"), await console.RunAsync("""echo 'it'\''s "quoted" \n $HOME'""", s_short));
            Assert.NotEqual(0, (await console.RunAsync("if then; (", s_short)).ExitCode);
            Assert.Equal(new CommandResult(0, "4\n"), await console.RunAsync("printf 'a\tb\n' | wc -c", s_short));
            string @long = new('x', 10_000);
            Assert.Equal(new CommandResult(0, "10000\n"), await console.RunAsync($"printf %s {@long} | wc -c", s_short));
            CommandResult large = await console.RunAsync("seq 1 20000", s_boot);
            Assert.Equal(108_894, large.Output.Length);
            MachineException tooLong = await Assert.ThrowsAsync<MachineException>(() => console.RunAsync("seq 1 20000", s_boot, outputLimit: 1000));
            Assert.Contains("longer than 1000 characters", tooLong.Message, StringComparison.Ordinal);

            await console.AttachAsync(s_boot);
            await console.TypeLineAsync("poweroff -f");
            MachineEnd end = await machine.WaitForEndAsync(s_short);
            Assert.Equal(MachineEndKind.PoweredOff, end.Kind);
        }
        AssertNothingLeft(processId);
        Assert.Contains("guest-is-ready", File.ReadAllText(_folder["serial.log"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task RunAsync_KernelMessagesInBetween_OutputIsFound()
    {
        string initrd = GuestParts.MakeInitrd(_folder, GuestParts.Shell);
        await using Machine machine = await StartAsync(GuestParts.Config(initrd, "console=ttyS0 no_timer_check"));
        await machine.WaitForLineAsync(LinePattern.Text("guest-is-ready"), s_boot);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(s_short);
        await console.RunAsync("(for i in $(seq 1 400); do echo \"<3>noise $i\" > /dev/kmsg; done) >/dev/null 2>&1 &", s_short);
        for (int i = 0; i < 10; i++)
        {
            CommandResult result = await console.RunAsync($"echo one-{i}; echo two-{i}", s_short);
            Assert.Equal($"one-{i}\ntwo-{i}\n", result.OutputWithoutKernelMessages);
        }
        Assert.Contains("noise 1", File.ReadAllText(_folder["serial.log"]), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Ended_KernelPanic_SaysWhy()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "echo now-i-leave\nexit 7");
        await using Machine machine = await StartAsync(GuestParts.Config(initrd));
        MachineEnd end = await machine.WaitForEndAsync(s_boot);
        Assert.Equal(MachineEndKind.Panicked, end.Kind);
        Assert.Contains("kernel panic: Attempted to kill init! exitcode=0x00000700", end.Description, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Ended_PanicOfASilentKernel_IsReportedThroughPvpanic()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "exit 7", ["pvpanic", "pvpanic-mmio"]);
        await using Machine machine = await StartAsync(GuestParts.Config(initrd, "console=tty0 quiet panic=0 no_timer_check"));
        MachineEnd end = await machine.WaitForEndAsync(s_boot);
        Assert.Equal(new MachineEnd(MachineEndKind.Panicked, "ended: the guest reported a panic through pvpanic"), end);
    }

    [SkippableFact]
    public async Task Ended_KernelPanicWithoutPvpanic_IsSeenInTheLog()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "exit 7"); // the stock kernel's pvpanic driver is a module
        await using Machine machine = await StartAsync(GuestParts.Config(initrd));
        MachineEndedException ended = await Assert.ThrowsAsync<MachineEndedException>(
            () => machine.WaitForLineAsync(LinePattern.Text("never"), s_boot));
        Assert.Equal(MachineEndKind.Panicked, ended.End.Kind);
        Assert.StartsWith("cannot see 'never' on the serial line: the guest's machine ended: kernel panic: Attempted", ended.Message, StringComparison.Ordinal);
        Assert.Contains(ended.LogTail, l => l.Contains("end Kernel panic", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Ended_CrashOfTheFirmware_IsSeenInTheLog()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "echo '!!!! X64 Exception Type - 0D(#GP - General Protection)  CPU Apic ID - 00000000 !!!!'; while :; do sleep 1; done");
        await using Machine machine = await StartAsync(GuestParts.Config(initrd));
        Assert.Equal(new MachineEnd(MachineEndKind.Panicked, "ended: the firmware crashed: 0D(#GP - General Protection)"), await machine.WaitForEndAsync(s_boot));
    }

    [SkippableFact]
    public async Task WaitForEndAsync_HangingGuest_IsEndedWithItsLastLines()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "for i in $(seq 1 50); do echo line $i; done\nwhile :; do sleep 1; done");
        await using Machine machine = await StartAsync(GuestParts.Config(initrd));
        await machine.WaitForLineAsync(LinePattern.Text("line 50"), s_boot);
        MachineTimeoutException late = await Assert.ThrowsAsync<MachineTimeoutException>(() => machine.WaitForEndAsync(TimeSpan.FromSeconds(1)));
        Assert.Contains("still ran after 1 s", late.Message, StringComparison.Ordinal);
        Assert.Equal(30, late.LogTail.Count);
        Assert.Equal("line 50", late.LogTail[^1]);
        Assert.Contains("serial.log", late.Hint, StringComparison.Ordinal);
        Assert.False(GuestParts.IsRunning(machine.ProcessId));
        Assert.Equal(MachineEndKind.Stopped, (await machine.Ended).Kind);
    }

    [SkippableFact]
    public async Task StartAsync_ArgumentsQemuRefuses_QuotesIt()
    {
        MachineConfig config = GuestParts.Config(initrd: GuestParts.Kernel) with { ExtraArguments = ["-device", "no-such-device"] };
        StrataException error = await Assert.ThrowsAsync<StrataException>(() => StartAsync(config));
        Assert.Contains("cannot start the machine: QEMU said '-device no-such-device: 'no-such-device' is not a valid device model name'", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
        Assert.Equal(_foldersBefore, GuestParts.MachineFolders());
    }

    [SkippableFact]
    public async Task Ended_RebootNotAllowed_IsTheEnd()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "reboot -f");
        await using Machine machine = await StartAsync(GuestParts.Config(initrd));
        Assert.Equal(MachineEndKind.Rebooted, (await machine.WaitForEndAsync(s_boot)).Kind);
    }

    [SkippableFact]
    public async Task HostPortOfAsync_ForwardedPort_ReachesTheGuest()
    {
        string initrd = GuestParts.MakeInitrd(
            _folder,
            "ifconfig eth0 10.0.2.15 up\nwhile :; do echo from-the-guest | nc -l -p 80; done &\n" + GuestParts.Shell,
            ["failover", "net_failover", "virtio_net"]);
        MachineConfig config = GuestParts.Config(initrd) with { Network = new NetworkConfig([new PortForward(80)], Restrict: true) };
        await using Machine machine = await StartAsync(config);
        await machine.WaitForLineAsync(LinePattern.Text("guest-is-ready"), s_boot);
        int port = await machine.HostPortOfAsync(80);
        Assert.Equal("from-the-guest\n", await ReadFromAsync(port));
        await Assert.ThrowsAsync<StrataException>(() => machine.HostPortOfAsync(81));
    }

    // 10.0.2.2 is this host: 'open' is what the name says, 'restricted' is what keeps a guest that one does not trust away from it
    [SkippableTheory]
    [InlineData(false, "the-guest-reached-it")]
    [InlineData(true, "the-guest-was-kept-out")]
    public async Task Network_ServiceOnTheHostsLoopback_IsReachedUnlessRestricted(bool restrict, string expected)
    {
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        _ = Task.Run(async () =>
        {
            using TcpClient guest = await service.AcceptTcpClientAsync();
            await guest.GetStream().WriteAsync("from-the-host\n"u8.ToArray());
        });
        string initrd = GuestParts.MakeInitrd(
            _folder,
            $"ifconfig eth0 10.0.2.15 up\ncase $(nc -w 5 10.0.2.2 {((IPEndPoint)service.LocalEndpoint).Port} </dev/null) in\n"
                + "from-the-host) echo the-guest-reached-it ;;\n*) echo the-guest-was-kept-out ;;\nesac\npoweroff -f",
            ["failover", "net_failover", "virtio_net"]);
        MachineConfig config = GuestParts.Config(initrd) with { Network = new NetworkConfig([], restrict) };
        await using Machine machine = await StartAsync(config);
        await machine.WaitForLineAsync(LinePattern.Text(expected), s_boot);
    }

    [SkippableFact]
    public async Task DisposeAsync_RunningGuest_LeavesNothing()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "sleep 1000");
        Machine machine = await StartAsync(GuestParts.Config(initrd));
        int processId = machine.ProcessId;
        Assert.True(GuestParts.IsRunning(processId));
        await machine.DisposeAsync();
        AssertNothingLeft(processId);
        await machine.DisposeAsync();
    }

    [SkippableFact]
    public async Task Disk_NotKept_StaysAsItWas()
    {
        string initrd = GuestParts.MakeInitrd(_folder, "echo overwritten > /dev/vda && sync && echo overwritten > /dev/vdb && sync && echo written\npoweroff -f", ["virtio_blk"]);
        File.WriteAllBytes(_folder["a.img"], new byte[1 << 20]);
        File.WriteAllBytes(_folder["b,c.img"], new byte[1 << 20]);
        MachineConfig config = GuestParts.Config(initrd) with
        {
            Disks = [new DiskConfig(_folder["a.img"]), new DiskConfig(_folder["b,c.img"], Keep: true)],
        };
        await using (Machine machine = await StartAsync(config))
        {
            await machine.WaitForLineAsync(LinePattern.Text("written"), s_boot);
            Assert.Equal(MachineEndKind.PoweredOff, (await machine.WaitForEndAsync(s_short)).Kind);
        }
        Assert.Equal(0, File.ReadAllBytes(_folder["a.img"])[0]);
        Assert.Equal("overwritten", Encoding.ASCII.GetString(File.ReadAllBytes(_folder["b,c.img"]), 0, 11));
    }

    [SkippableTheory]
    [InlineData("q35", DiskBus.Virtio)]
    [InlineData("q35", DiskBus.Sata)]
    [InlineData("q35", DiskBus.Nvme)]
    [InlineData("pc", DiskBus.Usb)]
    [InlineData("pc", DiskBus.Sata)]
    public async Task Boot_DiskOnAnyBus_RunsItsBootSector(string board, DiskBus bus)
    {
        File.WriteAllBytes(_folder["disk,1.img"], GuestParts.TalkingDisk());
        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(_folder["disk,1.img"], bus),
            Board = Board.All.Single(b => b.Name == board),
            Firmware = Firmware.Bios,
            MemoryMiB = 64,
            Graphics = Graphics.Vnc,
        };
        await using Machine machine = await StartAsync(config);
        await machine.WaitForLineAsync(LinePattern.Matching("^from-the-disk$"), s_boot);
        Assert.Equal("RFB 003.008\n", await GreetingOfAsync(machine.VncSocket!)); // RFC 6143 §7.1.1
        // of the task, not of the process: filter 2 and no way to new privileges (proc_pid_status(5))
        string[] status = await File.ReadAllLinesAsync($"/proc/{machine.ProcessId}/status");
        Assert.Contains("Seccomp:\t2", status);
        Assert.Contains("NoNewPrivs:\t1", status);
    }

    private static async Task<string> GreetingOfAsync(string path)
    {
        using Socket screen = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await screen.ConnectAsync(new UnixDomainSocketEndPoint(path));
        byte[] greeting = new byte[12];
        using CancellationTokenSource limit = new(s_boot);
        await using NetworkStream stream = new(screen);
        await stream.ReadExactlyAsync(greeting, limit.Token);
        return Encoding.ASCII.GetString(greeting);
    }

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Boot_UkiUnderUefi_ReachesItsShell()
    {
        string? stub = Environment.GetEnvironmentVariable("STRATA_TEST_STUB");
        Skip.If(string.IsNullOrEmpty(stub), "STRATA_TEST_STUB is not set");
        string initrd = GuestParts.MakeInitrd(_folder, "[ -d /sys/firmware/efi ] && echo under-uefi\n" + GuestParts.Shell);
        File.WriteAllText(_folder["cmdline"], GuestParts.Words);
        (_, string headers) = Oracle.Run("objdump", "-h", stub!);
        long top = headers.Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(l => l.Length == 7 && l[1].StartsWith('.'))
            .Max(l => Convert.ToInt64(l[3], 16)) + 0x20000;
        long at = top / 0x10000 * 0x10000;
        (int exitCode, string output) = Oracle.Run(
            "objcopy",
            "--add-section", $".cmdline={_folder["cmdline"]}", "--change-section-vma", $".cmdline=0x{at:x}",
            "--add-section", $".initrd={initrd}", "--change-section-vma", $".initrd=0x{at + 0x10000:x}",
            "--add-section", $".linux={GuestParts.Kernel}", "--change-section-vma", $".linux=0x{at + 0x4000000:x}",
            stub!, _folder["os.efi"]);
        Assert.True(exitCode == 0, output);
        await using Machine machine = await StartAsync(new MachineConfig { Boot = new BootMedium.Uki(_folder["os.efi"]) });
        await machine.WaitForLineAsync(LinePattern.Text("under-uefi"), TimeSpan.FromSeconds(120));
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(s_boot);
        Assert.Equal(new CommandResult(0, "Linux\n"), await console.RunAsync("uname", s_short));
    }

    private Task<Machine> StartAsync(MachineConfig config) =>
        Machine.StartAsync(GuestParts.Qemu, config, AcceleratorKind.Tcg, new MachineOptions { LogPath = _folder["serial.log"] });

    private void AssertNothingLeft(int processId)
    {
        Assert.False(GuestParts.IsRunning(processId));
        Assert.Equal(_foldersBefore, GuestParts.MachineFolders());
    }

    private static async Task<string> ReadFromAsync(int port)
    {
        using CancellationTokenSource limit = new(s_short);
        while (true)
        {
            using TcpClient client = new();
            await client.ConnectAsync("127.0.0.1", port, limit.Token);
            using StreamReader reader = new(client.GetStream());
            try
            {
                if (await reader.ReadToEndAsync(limit.Token) is { Length: > 0 } text)
                {
                    return text;
                }
            }
            catch (IOException)
            {
                await Task.Delay(200, limit.Token); // nc was between two connections
            }
        }
    }
}
