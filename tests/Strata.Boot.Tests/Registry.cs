using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>The registry of the distribution project on the loopback.</summary>
internal sealed class Registry : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <param name="folder">Keeps what it is sent.</param>
    /// <param name="passwords">A file of htpasswd that tells who may; anybody when null.</param>
    /// <param name="mostBytes">Of a blob: the system lets it write no larger file, so it takes the beginning and refuses the rest.</param>
    public Registry(string folder, string? passwords = null, int? mostBytes = null)
    {
        string program = Oracle.Find("docker-registry");
        Directory.CreateDirectory(folder);
        using (TcpListener probe = new(IPAddress.Loopback, 0))
        {
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        string configuration = Path.Combine(folder, "registry.yml");
        File.WriteAllText(configuration, $"""
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: {folder}/data
            http:
              addr: {Address}

            """ + (passwords is null ? "" : $"""
            auth:
              htpasswd:
                realm: test
                path: {passwords}

            """));
        string limit = string.Create(CultureInfo.InvariantCulture, $"--fsize={mostBytes}");
        ProcessStartInfo start = mostBytes is null ? new(program, ["serve", configuration])
            : new("prlimit", [limit, program, "serve", configuration]);
        (start.RedirectStandardError, start.RedirectStandardOutput) = (true, true);
        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
        _ = _process.StandardOutput.ReadToEndAsync();
        try
        {
            Assert.True(SpinWait.SpinUntil(() => Listens() || _process.HasExited, s_deadline) && !_process.HasExited,
                $"the registry does not listen: {(_process.HasExited ? _errors.Result : "and says nothing")}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
        _process.WaitForExit();
        _process.Dispose();
    }

    private bool Listens()
    {
        Thread.Sleep(TimeSpan.FromMilliseconds(50));
        using TcpClient client = new();
        try
        {
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
