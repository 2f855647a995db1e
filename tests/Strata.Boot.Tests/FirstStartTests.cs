using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>Guests that learn from a disk whose they are; the disks are written by programs of others.</summary>
[Collection("guests with layers")]
public class FirstStartTests
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f anna@desk";

    private const string Words = $"hostname: gate-7\nusers:\n  anna: {{ssh-keys: [\"{Key}\"]}}\nssh: {{users: [anna]}}\nhostnam: wrong\n";

    private const string UserData = $"""
        #cloud-config
        hostname: gate-7
        users:
          - {"{"}name: anna, ssh_authorized_keys: ["{Key}"]{"}"}
        bootcmd: [touch /run/each-start]
        runcmd: [touch /run/once]
        packages: [vim]

        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(6);

    [SkippableTheory]
    [InlineData("busybox", "strata/machine.yaml", Words, "/strata/machine.yaml:5:1: unknown key 'hostnam' (did you mean 'hostname'?)")]
    [InlineData("systemd", "user-data", UserData, "/user-data:7:1: unknown key 'packages'")]
    [Trait("Category", "Slow")]
    public async Task SeedOnADisk_GivesTheMachineItsNameAndItsUser(string init, string file, string text, string told)
    {
        string format = Oracle.Find("mkfs.fat");
        string copy = Oracle.Find("mcopy");
        string makeFolder = Oracle.Find("mmd");
        using TemporaryFolder folder = new();
        WriteEdition(folder, init);
        StrataProgram.Outcome built = StrataProgram.Run(folder.Path, "build", "./mine", "--image", "disk");
        Assert.True(built.ExitCode == 0, built.All);
        string seed = folder["seed.img"];
        File.WriteAllBytes(seed, new byte[4 << 20]);
        File.WriteAllText(folder["seed"], text);
        Run(format, "-n", "CIDATA", seed);
        if (file.Contains('/', StringComparison.Ordinal))
        {
            Run(makeFolder, "-i", seed, "::/strata");
        }
        Run(copy, "-i", seed, folder["seed"], "::/" + file);

        MachineConfig config = new()
        {
            Boot = new BootMedium.Disk(folder["out/mine/mine.img"]), MemoryMiB = 512, Disks = [new DiskConfig(seed)],
        };
        await using Machine machine = await Machine.StartAsync(new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await machine.WaitForLineAsync(LinePattern.Text("is ready."), s_deadline);
        await console.AttachAsync(s_deadline);
        CommandResult result = await console.RunAsync(
            "hostname; grep ^anna: /etc/passwd; cat /home/anna/.ssh/authorized_keys; stat -c '%a %U' /home/anna/.ssh/authorized_keys; "
            + "ls -1 /etc/dropbear; wc -c </etc/machine-id; stat -c %s /usr/sbin/strata-agent; cat /run/strata/first-start.log",
            s_deadline);
        string[] lines = [.. result.OutputWithoutKernelMessages.Split('\n').Select(l => l.Trim())];
        Assert.Equal("gate-7", lines[0]);
        Assert.Matches("^anna:x:([0-9]+):\\1::/home/anna:/bin/sh$", lines[1]);
        Assert.Equal([Key, "600 anna", "dropbear_ecdsa_host_key", "dropbear_ed25519_host_key", "33"], lines[2..7]);
        Assert.InRange(int.Parse(lines[7], System.Globalization.CultureInfo.InvariantCulture), 1, 3 << 20);
        Assert.Contains(told, result.Output, StringComparison.Ordinal);
        if (init == "systemd")
        {
            result = await console.RunAsync("ls /run/each-start; systemctl is-failed first-start.service", s_deadline);
            Assert.Contains("/run/each-start", result.Output, StringComparison.Ordinal);
            Assert.Contains("active", result.Output, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("/strata/machine.yaml:5:1", machine.Log.TextFrom(0), StringComparison.Ordinal); // on the console, for people
        }
    }

    [SkippableTheory]
    [InlineData("busybox")]
    [InlineData("systemd")]
    [Trait("Category", "Slow")]
    public void SeedOfStrata_AsAnotherDisk_GivesTheMachineItsOwner(string init)
    {
        using TemporaryFolder folder = new();
        WriteEdition(folder, init);
        File.WriteAllText(
            folder["machine.yaml"],
            $"hostname: gate-7\nusers: {{anna: {{ssh-keys: [\"{Key}\"]}}}}\nfiles: {{/etc/motd: {{content: \"Welcome.\\n\"}}}}\n");
        StrataProgram.Outcome made = StrataProgram.Run(folder.Path, "seed", "machine.yaml");
        Assert.True(made.ExitCode == 0, made.All);
        StrataProgram.Outcome said = StrataProgram.Run(
            folder.Path, "run", "./mine", "--disk", "seed.img", "--emulate", "--timeout", "360", "--exec",
            "hostname; cat /home/anna/.ssh/authorized_keys /etc/motd; cat /run/strata/first-start.log");
        Assert.True(said.ExitCode == 0, said.All);
        string[] lines = [.. said.Output.Split('\n').Select(l => l.Trim())];
        Assert.Equal(["gate-7", Key, "Welcome."], lines[..3]);
        Assert.Contains("this machine has learnt from ", said.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("mistake", said.Output, StringComparison.Ordinal);
    }

    private static void WriteEdition(TemporaryFolder folder, string init)
    {
        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(folder["mine/edition.yaml"], $"""
            edition: mine
            title: Mine
            version: "1"
            kernel: debian-cloud
            init: {init}
            capabilities: [console, first-start, ssh]
            command-line: {LayeredGuest.Words}
            run: {"{"}memory: 512 MiB{"}"}
            """);
    }

    private static void Run(string program, params string[] arguments)
    {
        (int exitCode, string output) = Oracle.Run(program, arguments);
        Assert.True(exitCode == 0, output);
    }
}
