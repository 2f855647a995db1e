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
    [Trait("Category", "Slow")]
    public void Test_ImageThatHasToBeSigned_RunsOnlyWhenItIs()
    {
        using TemporaryFolder folder = new();
        using Registry registry = new(folder["registry"]);
        string guest = string.Create(CultureInfo.InvariantCulture, $"10.0.2.2:{registry.Port}"); // from there it is this host
        Write(folder, "hello", Image);
        Run(folder, "push", $"{registry.Address}/team/plain:1", "./hello", "--plain-http", "--image-only");
        Directory.CreateDirectory(folder["lookaside"]);
        File.WriteAllText(folder["lookaside/all.yaml"], "default-docker: {use-sigstore-attachments: true}\n");
        File.WriteAllText(folder["words"], "a passphrase\n");
        Skopeo("generate-sigstore-key", "--output-prefix", folder["own"], "--passphrase-file", folder["words"]);
        Skopeo(
            "--insecure-policy", "--registries.d", folder["lookaside"], "copy", "--src-tls-verify=false", "--dest-tls-verify=false",
            "--sign-by-sigstore-private-key", folder["own.private"], "--sign-passphrase-file", folder["words"],
            "--sign-identity", $"{guest}/team/signed:1",
            $"docker://{registry.Address}/team/plain:1", $"docker://{registry.Address}/team/signed:1");
        Write(folder, "station", $$$"""
            edition: station
            title: Station
            version: "1"
            extends: pico
            containers:
              signed: {image: "{{{guest}}}/team/signed:1", signed-by: own.pub, ports: ["8080:8080"]}
              plain: {image: "{{{guest}}}/team/plain:1", signed-by: own.pub}
            files:
              /etc/containers/registries.conf.d/test.conf: {content: "[[registry]]\nlocation = \"{{{guest}}}\"\ninsecure = true\n"}
            """);
        File.Copy(folder["own.pub"], folder["station/own.pub"]);
        File.WriteAllText(folder["station/tests.yaml"], """
            format: 1
            machine:
              memory: 256 MiB
              network: open
              credentials: {strata.machine: "users: {root: {ssh-keys: ['${ssh-key}']}}"}
            tests:
              - name: demands-signatures
                ready: "Starting ssh"
                within: 300
                steps:
                  - ssh: |
                      until [ "$(cat /run/strata/services/signed/state)" = ready ]; do sleep 1; done;
                      until wget -T 3 -qO- http://127.0.0.1:8080/ 2>/dev/null; do sleep 1; done
                    within: 600
                    expect: {equals: hello from a container}
                  - ssh: |
                      until grep "team/plain:1 is not signed by the key in" /var/log/plain.log >/dev/null; do sleep 1; done;
                      podman ps --format '{{.Names}}'; podman images --format '{{.Repository}}'
                    within: 300
                    expect: {matches: ['^signed\s+[0-9.:]+/team/signed\s*$']}
            """);
        StrataProgram.Outcome outcome = StrataProgram.Run(folder.Path, "test", "./station");
        Assert.True(outcome.ExitCode == 0, outcome.All);

        static void Skopeo(params string[] words)
        {
            (int code, string output) = Oracle.Run("skopeo", words);
            Assert.True(code == 0, output);
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
