using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Strata.Testing;

namespace Strata.Store.Tests;

/// <summary>
/// nginx as a cache on the loopback, with the configuration of docs/formats/store.md and nothing else; skips where there is none.
/// </summary>
internal sealed class NginxCache : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    public NginxCache(string folder)
    {
        string program = Oracle.FindOptional("nginx");
        Kept = Directory.CreateDirectory(Path.Combine(folder, "cache")).FullName;
        using (TcpListener probe = new(IPAddress.Loopback, 0))
        {
            probe.Start();
            Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}"));
        }
        string configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            pid {{folder}}/pid;
            error_log stderr;
            events { }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                server {
                    listen 127.0.0.1:{{Address.Port}};
                    root {{Kept}};
                    client_max_body_size 0;
                    location ~ "^/(ac|cas)/[0-9a-f]{64}$" {
                        dav_methods PUT;
                        create_full_put_path on;
                    }
                }
            }
            """);
        ProcessStartInfo start = new(program) { RedirectStandardError = true };
        foreach (string argument in new[] { "-c", configuration, "-g", "daemon off; master_process off;" })
        {
            start.ArgumentList.Add(argument);
        }
        _process = Process.Start(start)!;
        Task<string> errors = _process.StandardError.ReadToEndAsync();
        try
        {
            Assert.True(SpinWait.SpinUntil(() => Listens() || _process.HasExited, s_deadline) && !_process.HasExited,
                $"nginx does not listen: {(_process.HasExited ? errors.Result : "and says nothing")}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Uri Address { get; }

    /// <summary>The folder with what it keeps.</summary>
    public string Kept { get; }

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
        Thread.Sleep(TimeSpan.FromMilliseconds(20));
        using TcpClient client = new();
        try
        {
            client.Connect(IPAddress.Loopback, Address.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
