using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Strata.Testing;

namespace Strata.Boot.Tests;

/// <summary>PicoStation through the program, as a person would use it; images come from the packaged registry on the loopback.</summary>
[Collection("guests with layers")]
public class PicoTests
{
    private const string Image = """
        edition: hello
        version: "1"
        description: A page
        kernel: none
        capabilities: [shell]
        files: {/pages/index.html: {content: "hello from a container\n"}}
        container: {command: [/usr/sbin/httpd, -f, -p, "8080", -h, /pages]}
        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(12); // beside others, with an emulated processor

    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Run_EditionWithContainers_AnswersHttpOnAForwardedPort()
    {
        using TemporaryFolder folder = new();
        using Registry registry = new(folder["registry"]);
        Write(folder, "hello", Image);
        Run(folder, "push", $"{registry.Address}/team/hello:1", "./hello", "--plain-http", "--image-only");
        Run(folder, "build", "./hello", "--image", "oci", "-o", "station/images");
        // from the guest 10.0.2.2 is this host
        Write(folder, "station", string.Create(CultureInfo.InvariantCulture, $$$"""
            edition: station
            title: Station
            version: "1"
            extends: pico
            containers:
              pulled: {image: "10.0.2.2:{{{registry.Port}}}/team/hello:1", ports: ["8080:8080"]}
              shipped: {image: {archive: images/hello/hello.oci.tar}, ports: ["8081:8080"], read-only: true}
            files:
              /etc/containers/registries.conf.d/test.conf:
                content: "[[registry]]\nlocation = \"10.0.2.2:{{{registry.Port}}}\"\ninsecure = true\n"
            machine: {firewall: {allow: {web: {port: [8080-8081]} } } }
            """));
        Run(folder, "build", "./station");
        (int pulled, int shipped) = (FreePort(), FreePort());
        using Process machine = StrataProgram.Start(
            folder.Path, null,
            [
                "run", "./station", "--emulate", "--cpus", "1", "--log", "console", "--timeout", "900",
                "--forward", $"{pulled}:8080", "--forward", $"{shipped}:8081",
            ]);
        try
        {
            Task<string> output = machine.StandardOutput.ReadToEndAsync();
            Task<string> errors = machine.StandardError.ReadToEndAsync();
            Assert.Equal("hello from a container\n", await AnswerAsync(pulled, machine, () => Said(folder)));
            Assert.Equal("hello from a container\n", await AnswerAsync(shipped, machine, () => Said(folder)));
        }
        finally
        {
            machine.Kill(entireProcessTree: true);
            await machine.WaitForExitAsync();
        }
    }

    [SkippableFact]
    public void Test_Pico_StartsHardenedAndRunsContainers()
    {
        using TemporaryFolder folder = new();
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "pico");
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Matches(@"(\d+) of \1 tests passed", outcome.Output);
    }

    [SkippableFact]
    public async Task Start_WithSecureBoot_SignedPicoStartsAndAnUnsignedOneIsRefused()
    {
        using TemporaryFolder folder = new();
        Run(folder, "keys", "new", "keys", "--owner", "Anna");
        Run(folder, "build", "pico", "--keys", "keys", "-o", "signed");
        Run(folder, "build", "pico", "-o", "unsigned");
        const string Pattern = "Access Denied|Security Violation|Security Policy Violation|Starting ssh";
        Assert.Contains(
            "Starting ssh", await SecureBootBench.SaysAsync(folder, folder["signed/pico/pico.img"], Pattern), StringComparison.Ordinal);
        Assert.DoesNotContain( // by the same machine, which the first start gave its keys
            "Starting ssh", await SecureBootBench.SaysAsync(folder, folder["unsigned/pico/pico.img"], Pattern), StringComparison.Ordinal);
    }

    private static async Task<string> AnswerAsync(int port, Process machine, Func<string> said)
    {
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(20) };
        Uri address = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed < s_deadline && !machine.HasExited)
        {
            try
            {
                return await client.GetStringAsync(address);
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
        throw new TimeoutException($"nothing answers on port {port}; the console says:\n{said()}");
    }

    private static string Said(TemporaryFolder folder) =>
        File.Exists(folder["console"]) ? File.ReadAllText(folder["console"]) : "nothing";

    private static void Write(TemporaryFolder folder, string edition, string text)
    {
        Directory.CreateDirectory(folder[edition]);
        File.WriteAllText(folder[$"{edition}/edition.yaml"], text);
    }

    private static void Run(TemporaryFolder folder, params string[] words)
    {
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, words);
        Assert.True(outcome.ExitCode == 0, outcome.All);
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
