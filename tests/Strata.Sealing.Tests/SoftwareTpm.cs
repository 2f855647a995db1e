using System.Diagnostics;
using System.Net.Sockets;
using Strata.Sealing.Tpm;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Sealing.Tests;

/// <summary>
/// swtpm, spoken to directly. Each is a start of the machine: registers begin anew, memory and seeds are those of its folder. The tools are
/// those of <c>STRATA_TOOLBOX_TPM</c>.
/// </summary>
internal sealed class SoftwareTpm : ITpmDevice
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly Socket _socket;

    private SoftwareTpm(Process process, Socket socket) => (_process, _socket) = (process, socket);

    public static SoftwareTpm Start(TemporaryFolder folder, string state)
    {
        string? tools = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_TPM");
        Skip.If(string.IsNullOrEmpty(tools), "STRATA_TOOLBOX_TPM is not set; './test' sets it");
        Directory.CreateDirectory(folder[state]);
        string path = folder[$"{Guid.NewGuid():N}"[..8]];
        ProcessStartInfo start = new ToolTree(tools!).Command(
            "usr/bin/swtpm", "socket", "--tpm2", "--terminate", "--tpmstate", $"dir={folder[state]}",
            "--server", $"type=unixio,path={path}", "--flags", "not-need-init,startup-clear");
        Process process = Process.Start(start)!;
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        for (long end = Environment.TickCount64 + (long)s_deadline.TotalMilliseconds; ; Thread.Sleep(20))
        {
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                socket.ReceiveTimeout = (int)s_deadline.TotalMilliseconds;
                return new SoftwareTpm(process, socket);
            }
            catch (SocketException) when (Environment.TickCount64 < end && !process.HasExited)
            {
                // it is not there yet
            }
        }
    }

    public int Exchange(ReadOnlySpan<byte> command, Span<byte> response)
    {
        _socket.Send(command);
        return _socket.Receive(response);
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(2)))
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }
}
