using System.Globalization;
using System.Security.Cryptography;
using Strata.Boot.Tests.Layers;
using Strata.Boot.Tests.Rescue;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>A guest that learns from a web server of this host whose it is.</summary>
[Collection("guests with layers")]
public class AddressedSeedTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(6);

    [SkippableTheory]
    [InlineData("busybox", "network", false)]
    [InlineData("busybox", "network", true)] // BusyBox asks for no certificate: the digest says that it is the right file
    [InlineData("busybox", "download", false)] // curl
    [InlineData("systemd", "download", false)]
    [Trait("Category", "Slow")]
    public async Task Address_OnTheKernelCommandLine_GivesTheMachineItsOwner(string init, string capability, bool isSecured)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(folder["mine/edition.yaml"], $"""
            edition: mine
            title: Mine
            version: "1"
            kernel: debian-cloud
            init: {init}
            capabilities: [console, first-start, {capability}]
            command-line: {LayeredGuest.Words}
            """);
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "./mine", "--image", "disk");
        Assert.True(built.ExitCode == 0, built.All);
        byte[] words = "hostname: gate-7\nusers: {anna: {}}\n"u8.ToArray();
        var (authority, certificate) = LoopbackServer.MakeCertificates();
        using (authority)
        using (certificate)
        {
            await using LoopbackServer server = new(words, isSecured ? certificate : null);
            string address = string.Create(
                CultureInfo.InvariantCulture, $"http{(isSecured ? "s" : "")}://10.0.2.2:{server.Port}/gate-7.yaml");
            MachineConfig config = new()
            {
                Boot = new BootMedium.Disk(folder["out/mine/mine.img"]), MemoryMiB = 512, Network = new NetworkConfig(),
                KernelWords = $"strata.seed={address} strata.seed.sha256={Convert.ToHexStringLower(SHA256.HashData(words))}",
            };
            await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
            await machine.WaitForLineAsync(
                LinePattern.Text($"strata: this machine has learnt from {address}: hostname, users"), s_deadline);
            SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
            await console.AttachAsync(s_deadline);
            CommandResult said = await console.RunAsync(
                "hostname; grep -c ^anna: /etc/passwd; cat /run/strata/first-start.log", s_deadline);
            string lines = said.OutputWithoutKernelMessages.Replace("\r", "", StringComparison.Ordinal);
            Assert.StartsWith("gate-7\n1\n", lines, StringComparison.Ordinal);
        }
    }
}
