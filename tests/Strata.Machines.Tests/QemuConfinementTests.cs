using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Strata.Device.Confinement;
using Strata.Machines.Serial;
using Strata.Testing;

namespace Strata.Machines.Tests;

/// <summary>What a guest that broke out of QEMU would find: tried by a QEMU that is told to open what it should not.</summary>
[Collection("guests")]
public sealed class QemuConfinementTests : IDisposable
{
    private const string Nobody = "65534:65534";

    private static readonly TimeSpan s_boot = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Start_Qemu_HasNoCapabilityGainsNoneSeesNoEnvironmentAndIsBounded()
    {
        await using Machine machine = await StartAsync(Guest(Put("disk.img", GuestParts.TalkingDisk())));
        string of = $"/proc/{machine.ProcessId.ToString(CultureInfo.InvariantCulture)}/";
        string[] status = await File.ReadAllLinesAsync(of + "status");
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], c => Assert.Contains(c + ":\t0000000000000000", status));
        Assert.Contains("NoNewPrivs:\t1", status);
        string environment = await File.ReadAllTextAsync(of + "environ");
        Assert.Equal(["", "QEMU_MODULE_DIR", "TMPDIR"], environment.Split('\0').Select(v => v.Split('=')[0]).Order(StringComparer.Ordinal));
        string[] limits = await File.ReadAllLinesAsync(of + "limits");
        Assert.All(["Max core file size", "Max file size", "Max open files", "Max address space", "Max cpu time"], name =>
            Assert.DoesNotContain("unlimited", limits.Single(l => l.StartsWith(name, StringComparison.Ordinal)), StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("-drive", "if=none,format=raw,file={0}")]
    [InlineData("-serial", "file:{0}")]
    public async Task Start_QemuThatOpensAFileOfThisUser_IsRefused(string argument, string value)
    {
        Skip.IfNot(Landlock.IsThere, "this kernel has no Landlock");
        string secret = Put("secret", "words of the builder"u8);
        string said = await SaidByProbeAsync(argument, string.Format(CultureInfo.InvariantCulture, value, secret));
        Assert.Contains("Permission denied", said, StringComparison.Ordinal);
        Assert.Equal("words of the builder", File.ReadAllText(secret));
    }

    [SkippableFact]
    public async Task Start_QemuWithoutNetwork_ReachesNoService()
    {
        Skip.IfNot(Landlock.ForbidsTcp, "this kernel's Landlock knows no TCP");
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        string port = ((IPEndPoint)service.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        string connects = await SaidByProbeAsync("-chardev", $"socket,id=c,server=off,host=127.0.0.1,port={port}");
        Assert.Contains("Permission denied", connects, StringComparison.Ordinal);
        string listens = await SaidByProbeAsync("-chardev", "socket,id=c,server=on,wait=off,host=127.0.0.1,port=0");
        Assert.Contains("Permission denied", listens, StringComparison.Ordinal);
        Assert.False(service.Pending());
    }

    [SkippableFact]
    public async Task Start_QemuWithoutNetwork_ReachesNoSocketThatIsNotOfTcp()
    {
        Skip.IfNot(SocketFilter.IsThere, "this kernel has no filter of system calls");
        using Socket datagrams = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        datagrams.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        string port = ((IPEndPoint)datagrams.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
        string udp = await SaidByProbeAsync("-chardev", $"udp,id=c,host=127.0.0.1,port={port}");
        Assert.Contains("Permission denied", udp, StringComparison.Ordinal);

        using Socket daemon = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        daemon.Bind(new UnixDomainSocketEndPoint(_folder["daemon"]));
        daemon.Listen();
        string local = await SaidByProbeAsync("-chardev", $"socket,id=c,server=off,path={_folder["daemon"]}");
        Assert.Contains("Permission denied", local, StringComparison.Ordinal);
        Assert.False(daemon.Poll(0, SelectMode.SelectRead));
    }

    [Fact]
    public void ViewOf_Network_HasThePortsOfTheConfigurationAlone()
    {
        MachineConfig config = Guest("/no/image");
        PortForward[] forwards = [new(22), new(80, 8080)];
        Assert.Equal(("", ""), Ports(config));
        using SafeFileHandle wire = new(99, ownsHandle: false);
        Assert.Equal(("", ""), Ports(config with { Network = new NetworkConfig { FrameSocket = wire } }));
        Assert.Equal(("", "0 8080"), Ports(config with { Network = new NetworkConfig(forwards, Restrict: true) }));
        Assert.Equal(("all", "0 8080"), Ports(config with { Network = new NetworkConfig(forwards) }));
        Assert.Equal(("all", ""), Ports(config with { Network = new NetworkConfig() }));
        Assert.True(ViewOf(config with { ExtraArguments = ["-S"] }).IsWhole);
        Assert.True(ViewOf(config with { Graphics = Graphics.Gtk }).IsWhole);
        Assert.False(ViewOf(config with { Graphics = Graphics.Vnc }).IsWhole);
    }

    // root has every right by its capabilities, and QEMU gets none of them
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_RootWithADiskInAFolderOfAnotherUser_Boots(bool keep)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "root alone may open what another user keeps to itself");
        string disk = Put("disk.img", GuestParts.TalkingDisk());
        OfAnotherUser(disk);
        await using Machine machine = await StartAsync(Guest(disk) with { Boot = new BootMedium.Disk(disk, Keep: keep) });
        await machine.WaitForLineAsync(LinePattern.Text("from-the-disk"), s_boot);
    }

    [SkippableFact]
    public async Task Start_RootWithAKernelInAFolderOfAnotherUser_Boots()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "root alone may open what another user keeps to itself");
        string initrd = GuestParts.MakeInitrd(_folder, GuestParts.Shell);
        OfAnotherUser(initrd);
        await using Machine machine = await StartAsync(GuestParts.Config(initrd));
        await machine.WaitForLineAsync(LinePattern.Text("guest-is-ready"), s_boot);
    }

    /// <summary>What QEMU says as a probe with one more argument; it must end by itself.</summary>
    private static async Task<string> SaidByProbeAsync(string argument, string value)
    {
        using PrivateFolder own = PrivateFolder.Make();
        QemuFiles files = QemuFiles.In(GuestParts.Qemu, Board.Q35, own.Path);
        string[] arguments =
        [
            "-nodefaults", "-no-user-config", "-display", "none", "-S", "-pidfile", files.ProcessIdFile,
            .. files.DataFolders.SelectMany(f => new[] { "-L", f }), argument, value,
        ];
        await using GuardedProcess process = QemuProcess.StartProbe(GuestParts.Qemu, files, AcceleratorKind.Tcg, arguments);
        await Task.WhenAny(process.Exited, Task.Delay(TimeSpan.FromSeconds(20)));
        return process.Exited.IsCompleted ? await process.MessagesAsync() : "it runs";
    }

    private static (string Connects, string Listens) Ports(MachineConfig config)
    {
        ProcessView view = ViewOf(config);
        return (Show(view.ConnectsTo), Show(view.ListensOn));

        static string Show(IReadOnlyList<int>? ports) => ports is null ? "all" : string.Join(' ', ports);
    }

    private static ProcessView ViewOf(MachineConfig config)
    {
        QemuFiles files = new() { DataFolders = [], FirmwareCode = "", FirmwareVariablesTemplate = "", PrivateFolder = "/p" };
        using OpenImages none = OpenImages.Of(new MachineConfig { Boot = new BootMedium.Net(new Dictionary<string, string>(), "") }, files);
        return QemuView.Of(config, files, none, AcceleratorKind.Tcg);
    }

    private static MachineConfig Guest(string disk) =>
        new() { Boot = new BootMedium.Disk(disk), Board = Board.Pc, Firmware = Firmware.Bios, MemoryMiB = 64 };

    private Task<Machine> StartAsync(MachineConfig config) =>
        Machine.StartAsync(GuestParts.Qemu, config, AcceleratorKind.Tcg, new MachineOptions { LogPath = _folder["serial.log"] });

    private string Put(string name, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(_folder["of"]);
        File.WriteAllBytes(_folder[$"of/{name}"], content);
        return _folder[$"of/{name}"];
    }

    private static void OfAnotherUser(string file)
    {
        foreach ((string path, string mode) in new[] { (file, "600"), (Path.GetDirectoryName(file)!, "700") })
        {
            Assert.Equal((0, ""), Oracle.Run("chmod", mode, path));
            Assert.Equal((0, ""), Oracle.Run("chown", Nobody, path));
        }
    }
}
