using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Strata.Device.Confinement;
using Strata.Testing;

namespace Strata.Device.Tests;

/// <summary>What a confined program has from its first instruction on, asked of a shell that tries.</summary>
public sealed class ConfinementTests : IDisposable
{
    private static readonly ProcessLimits s_limits =
        new() { ProcessorSeconds = 77, FileBytes = 1 << 20, MemoryBytes = 1L << 32, OpenFiles = 111 };

    /// <summary>What is missing is refused: a program goes on without rings then.</summary>
    private const string Ring = """
        import ctypes, errno
        def ring():
         c = ctypes.CDLL(None, use_errno=True)
         if c.syscall(425, 8, ctypes.create_string_buffer(120)) < 0 and ctypes.get_errno() == errno.ENOSYS: raise PermissionError()

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Start_Shell_HasItsLimitsAtOnceAndItsChildrenToo()
    {
        const string Asks = "echo $(ulimit -Ht) $(ulimit -Hf) $(ulimit -Hc) $(ulimit -Hn) $(ulimit -Hv)";
        Assert.Equal("77 1024 0 111 4194304", Run(None, Asks)); // of files and memory in KiB
        Assert.Equal("77 1024 0 111 4194304", Run(null, Asks)); // one that makes a room by itself
    }

    [Fact]
    public void Start_BoundOfTheHostThatIsNarrower_Stays()
    {
        string most = Run(None, "ulimit -Hn", s_limits with { OpenFiles = long.MaxValue });
        Assert.Equal(File.ReadAllLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4], most);
    }

    [Fact]
    public void Start_ProgramThatIsNotThere_IsRefusedAsWithoutLimits()
    {
        ProcessStartInfo missing = new("/no/such/program");
        Assert.Equal(2, Assert.Throws<Win32Exception>(() => ConfinedProcess.Start(missing, None, s_limits)).NativeErrorCode);
        Assert.Equal(2, Assert.Throws<Win32Exception>(() => ConfinedProcess.StartRoom(missing, s_limits)).NativeErrorCode);
    }

    [SkippableTheory]
    [InlineData("none", "tcp refused, udp refused")]
    [InlineData("port", "tcp works, udp refused")]
    [InlineData("all", "tcp works, udp works")]
    public void Start_Views_MakeTheSocketsTheyName(string view, string expected)
    {
        Skip.IfNot(SocketFilter.IsThere, "this kernel has no filter of system calls");
        using TcpListener service = new(IPAddress.Loopback, 0);
        service.Start();
        int port = ((IPEndPoint)service.LocalEndpoint).Port;
        ProcessView wanted = None with { ConnectsTo = view switch { "none" => [], "port" => [port], _ => null } };
        Assert.Equal(expected, Run(wanted, $$"""
            try() {
              if (exec 3<>"/dev/$1/127.0.0.1/{{port}}") 2>said
              then echo -n "$1 works"; else grep -q 'Permission denied' said && echo -n "$1 refused"; fi
            }
            try tcp; echo -n ', '; try udp
            """));
    }

    /// <summary>What Landlock does not see: TCP by another name, and connecting by sending.</summary>
    [SkippableTheory]
    [InlineData("socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)")] // IPPROTO_MPTCP
    [InlineData("socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)")]
    [InlineData("socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)")]
    [InlineData("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)")]
    [InlineData("socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)")]
    [InlineData("socket.socket(socket.AF_INET, socket.SOCK_STREAM).sendto(b'x', 0x20000000, ('127.0.0.1', PORT))")] // MSG_FASTOPEN
    [InlineData("socket.socket(socket.AF_INET, socket.SOCK_STREAM).sendmsg([b'x'], [], 0x20000000, ('127.0.0.1', PORT))")]
    [InlineData("ring()")] // io_uring_setup(2)
    public void Start_ViewWithAPort_OpensNothingBesideIt(string call)
    {
        const string Python = "/usr/bin/python3";
        Skip.IfNot(SocketFilter.IsThere && File.Exists(Python), "this host has no Python, or no filter of system calls");
        ProcessView view = HostProgram.ViewOf(Python, _folder.Path) with { ConnectsTo = [1] };
        string script = $"{Ring}import socket\ntry:\n {call.Replace("PORT", "2", StringComparison.Ordinal)}\n print('done')\n"
            + "except PermissionError:\n print('refused')";
        Assert.Equal("refused", Run(view, new ProcessStartInfo(Python, ["-I", "-c", script]), s_limits));
    }

    private ProcessView None => HostProgram.ViewOf("/bin/bash", _folder.Path);

    private string Run(ProcessView? view, string script, ProcessLimits? limits = null) =>
        Run(view, new ProcessStartInfo("/bin/bash", ["-c", script]), limits ?? s_limits);

    private string Run(ProcessView? view, ProcessStartInfo start, ProcessLimits limits)
    {
        start.RedirectStandardOutput = true;
        start.WorkingDirectory = _folder.Path;
        using ChildProcess process = (view is null ? ConfinedProcess.StartRoom(start, limits) : ConfinedProcess.Start(start, view, limits));
        string said = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return said;
    }
}
