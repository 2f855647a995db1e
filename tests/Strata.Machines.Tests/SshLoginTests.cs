using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Strata.Machines.Testing;
using Strata.Toolbox;

namespace Strata.Machines.Tests;

public sealed class SshLoginTests
{
    private static readonly TimeSpan s_ample = TimeSpan.FromSeconds(30);

    // a listener that never says a word stands in for the guest
    [SkippableFact]
    public async Task Client_TalkingToAGuest_HasNoCapabilityGainsNoneAndIsBounded()
    {
        using TcpListener guest = new(IPAddress.Loopback, 0);
        guest.Start();
        int port = ((IPEndPoint)guest.LocalEndpoint).Port;
        using SshLogin login = await LoginAsync();
        using CancellationTokenSource stop = new();
        Task<Serial.CommandResult?> running = login.RunAsync(port, "true", s_ample, stop.Token);
        using TcpClient _ = await guest.AcceptTcpClientAsync(new CancellationTokenSource(s_ample).Token);
        Process client = Process.GetProcessesByName("ld-linux-x86-64").Concat(Process.GetProcesses())
            .First(p => CommandOf(p).Contains($"\0-p\0{port.ToString(CultureInfo.InvariantCulture)}\0", StringComparison.Ordinal));
        string of = $"/proc/{client.Id.ToString(CultureInfo.InvariantCulture)}/";
        string[] status = await File.ReadAllLinesAsync(of + "status");
        string environment = await File.ReadAllTextAsync(of + "environ");
        string limits = await File.ReadAllTextAsync(of + "limits");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], c => Assert.Contains(c + ":\t0000000000000000", status));
        Assert.Contains("NoNewPrivs:\t1", status);
        Assert.Equal(["", "LC_ALL", "QEMU_MODULE_DIR"], environment.Split('\0').Select(v => v.Split('=')[0]).Order(StringComparer.Ordinal));
        Assert.Matches(@"Max core file size +0 +0 ", limits);
    }

    [SkippableFact]
    public async Task Client_OfTheGuest_SeesItsKeyAndOnePortAlone()
    {
        using SshLogin login = await LoginAsync();
        ToolStart client = login.Client(2222, "true");
        Assert.Equal([2222], client.View!.ConnectsTo);
        Assert.Equal([], client.View.ListensOn);
        Assert.Equal([], client.View.Writes);
        Assert.Equal(["/etc/passwd", "/etc/nsswitch.conf", "key's folder", GuestParts.Qemu.Root],
            client.View.Reads.Select(p => File.Exists(Path.Combine(p, "key.pub")) ? "key's folder" : p));
    }

    private static Task<SshLogin> LoginAsync() =>
        SshLogin.CreateAsync(GuestParts.Qemu, new TestSsh(), TimeProvider.System, CancellationToken.None);

    private static string CommandOf(Process process)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has just ended
        }
    }
}
