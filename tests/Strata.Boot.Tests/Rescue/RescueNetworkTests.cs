using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Strata.Machines;
using Strata.Machines.Serial;

namespace Strata.Boot.Tests.Rescue;

/// <summary>What leaves and enters the machine: downloads that trust the right people, the bundle, and the password of the SSH server.</summary>
[Trait("Category", "Slow")]
public sealed partial class RescueNetworkTests(RescueImage image) : IClassFixture<RescueImage>
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Menu_OnANetwork_DownloadsSendsAndLetsIn()
    {
        byte[] file = RandomNumberGenerator.GetBytes(300_000);
        (X509Certificate2 authority, X509Certificate2 certificate) = LoopbackServer.MakeCertificates();
        using (authority)
        using (certificate)
        {
            await using LoopbackServer secure = new(file, certificate);
            await using LoopbackServer plain = new(file, null);
            MachineConfig config = new() { Boot = image.Medium, MemoryMiB = 256, Network = new NetworkConfig() };
            await using Machine machine = await Machine.StartAsync(RescueImage.Tools, config, AcceleratorKind.Tcg);
            SerialMatch ready = await machine.WaitForLineAsync(LinePattern.Text("Number or letter"), TimeSpan.FromMinutes(4), 0);
            SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);

            await LogInByPasswordAsync(machine, console, ready.End);
            await DownloadAsync(console, secure.Port, authority.ExportCertificatePem(), file);
            await SendBundleAsync(machine, console, plain);
        }
    }

    private static async Task LogInByPasswordAsync(Machine machine, SerialConsole console, long from)
    {
        await console.TypeLineAsync("9");
        await console.TypeLineAsync("1");
        SerialMatch shown = await machine.WaitForLineAsync(LinePattern.Matching("Password: +[a-z2-9]{12}"), s_step, from);
        string password = PasswordLine().Match(shown.Line).Groups["password"].Value;
        await machine.WaitForLineAsync(LinePattern.Text("back to the menu"), s_step, shown.End);
        await console.TypeLineAsync("0");
        await console.AttachAsync(s_step);
        CommandResult wrong = await console.RunAsync("DROPBEAR_PASSWORD=wrong ssh -y -y root@127.0.0.1 echo let in", s_step);
        Assert.True(wrong.ExitCode != 0 && !wrong.Output.Contains("let in\n", StringComparison.Ordinal), wrong.Output);
        CommandResult right = await console.RunAsync($"DROPBEAR_PASSWORD={password} ssh -y -y root@127.0.0.1 echo let in", s_step);
        Assert.True(right.ExitCode == 0 && right.Output.Contains("let in", StringComparison.Ordinal), right.Output);
        CommandResult kept = await console.RunAsync($"grep -r {password} /run /var /etc /root", s_step);
        Assert.True(kept.ExitCode == 1, kept.Output); // the password itself is nowhere
    }

    private static async Task DownloadAsync(SerialConsole console, int port, string authority, byte[] file)
    {
        await DoAsync(console, $"cat >/tmp/ca.pem <<'end'\n{authority}\nend");
        await DoAsync(console, "for i in $(seq 30); do ip route | grep -q ^default && exit 0; sleep 1; done; exit 1");
        string address = string.Create(CultureInfo.InvariantCulture, $"https://10.0.2.2:{port}/file");
        CommandResult stranger = await console.RunAsync($"curl -sSf -o /tmp/stranger {address}", s_step);
        Assert.True(stranger.ExitCode == 60 && stranger.Output.Contains("not trusted", StringComparison.Ordinal), $"{stranger.ExitCode} {stranger.Output}");
        CommandResult digest = await DoAsync(console, $"curl -sSf --cacert /tmp/ca.pem -o /tmp/file {address} && sha256sum </tmp/file");
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(file)), digest.Output.Trim(), StringComparison.Ordinal);
        await DoAsync(console, "! [ -s /tmp/stranger ]");
    }

    private static async Task SendBundleAsync(Machine machine, SerialConsole console, LoopbackServer server)
    {
        long from = machine.Log.Length;
        await console.TypeLineAsync("exit");
        from = (await machine.WaitForLineAsync(LinePattern.Text("Number or letter"), s_step, from)).End;
        await console.TypeLineAsync("11");
        from = (await machine.WaitForLineAsync(LinePattern.Text("Which?"), TimeSpan.FromMinutes(3), from)).End;
        await console.TypeLineAsync("2");
        from = (await machine.WaitForLineAsync(LinePattern.Text("Address"), s_step, from)).End;
        await console.TypeLineAsync(string.Create(CultureInfo.InvariantCulture, $"http://10.0.2.2:{server.Port}/bundle"));
        await machine.WaitForLineAsync(LinePattern.Text("Sent."), s_step, from);
        using MemoryStream posted = new(await server.Posted.WaitAsync(s_step));
        await using GZipStream plain = new(posted, CompressionMode.Decompress);
        await using TarReader reader = new(plain);
        List<string> names = [];
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            names.Add(entry.Name);
        }
        Assert.Contains("bundle/log/rescue.log", names);
        Assert.Contains("bundle/kernel.txt", names);
    }

    private static async Task<CommandResult> DoAsync(SerialConsole console, string command)
    {
        CommandResult result = await console.RunAsync(command, s_step);
        Assert.True(result.ExitCode == 0, $"{command}: {result.ExitCode}\n{result.Output}");
        return result;
    }

    [GeneratedRegex("Password: +(?<password>[a-z2-9]{12})", RegexOptions.CultureInvariant)]
    private static partial Regex PasswordLine();
}
