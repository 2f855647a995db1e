using Strata.Boot.Tests.Layers;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>An edition with keys of its owner's, and machines whose firmware asks for signatures.</summary>
internal static class SecureBootBench
{
    private const string Blueprint = """
        edition: owned
        title: Owned
        version: "1"
        kernel: debian-cloud
        init: busybox
        boot: systemd-boot
        capabilities: [console]
        command-line: console=ttyS0,115200 quiet panic=10 no_timer_check strata.word=of-the-owner
        run: {memory: 512 MiB}
        disk: {parts: [{role: esp, size: 96 MiB}]} # room for what somebody puts beside

        """;

    /// <summary>How long anything of a machine may take.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(5);

    /// <summary>Keys, and an edition that is signed with them: its disk image.</summary>
    /// <param name="folder">Gets <c>keys</c>, <c>owned</c> and <c>signed</c>.</param>
    /// <param name="capability">A capability of its own; null for none.</param>
    public static string BuildSigned(TemporaryFolder folder, string? capability = null)
    {
        Directory.CreateDirectory(folder["owned/capabilities"]);
        File.WriteAllText(folder["owned/edition.yaml"], capability is null ? Blueprint : Blueprint.Replace("[console]", "[console, own]",
            StringComparison.Ordinal));
        if (capability is not null)
        {
            File.WriteAllText(folder["owned/capabilities/own.yaml"], "capability: own\ndescription: For a test\n" + capability);
        }
        Succeed(StrataProgram.Run(folder.Path, "keys", "new", "keys", "--owner", "Anna"));
        return Build(folder, "signed", "--keys", "keys");
    }

    /// <summary>Builds the edition into a folder of a name: its disk image.</summary>
    public static string Build(TemporaryFolder folder, string name, params string[] options)
    {
        Succeed(StrataProgram.Run(folder.Path, ["build", "./owned", "--output", name, .. options]));
        return folder[$"{name}/owned/owned.img"];
    }

    public static void Succeed(StrataProgram.Outcome outcome) => Assert.True(outcome.ExitCode == 0, outcome.All);

    /// <summary>Takes the kernel image out of a disk image.</summary>
    public static void KernelImageOf(string image, string file) => Copy(image, "::/EFI/Linux/owned_1.efi", file);

    /// <summary>Copies between the boot partition of a disk image (<c>::/…</c>) and the host.</summary>
    public static void Copy(string image, string from, string to) => Mtools(image, "mcopy", ["-n"], [from, to]);

    /// <summary>Puts a file in the place of one on the boot partition.</summary>
    public static void Overwrite(string image, string from, string to) => Mtools(image, "mcopy", ["-o"], [from, to]);

    /// <summary>Makes a folder on the boot partition of a disk image.</summary>
    public static void MakeFolder(string image, string path) => Mtools(image, "mmd", [], [path]);

    /// <summary>Starts a machine with a TPM to its prompt, runs a command there, and stops it, which keeps its variables.</summary>
    public static async Task<(string Output, int Resets)> StartAsync(TemporaryFolder folder, string image, string command,
        string words = "", string variables = "variables", bool hasSecureBoot = true)
    {
        MachineConfig config = Config(folder, image, variables) with { KernelWords = words, HasTpm = true };
        await using Machine machine = await Machine.StartAsync(
            new ToolTree(LayerBench.Qemu),
            hasSecureBoot ? config : config with { HasSecureBoot = false, FirmwareVariables = null },
            AcceleratorKind.Tcg, new MachineOptions { TpmTools = new ToolTree(LayerBench.Tpm) });
        await machine.WaitForLineAsync(LinePattern.Text("Owned 1 is ready."), Deadline);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(Deadline);
        string output = (await console.RunAsync(command, Deadline)).Output;
        await machine.StopAsync();
        return (output, machine.Resets);
    }

    /// <summary>Starts a machine that has to refuse what it is given.</summary>
    public static async Task RefuseAsync(TemporaryFolder folder, string image, string variables = "variables")
    {
        // the firmware says it of a boot program, and systemd-boot of a kernel image
        const string Pattern = "Access Denied|Security Violation|Security Policy Violation|Owned 1 is ready";
        string said = await SaysAsync(folder, image, Pattern, variables);
        Assert.DoesNotContain("is ready", said, StringComparison.Ordinal);
    }

    /// <summary>Starts a machine and waits for a line that fits a pattern.</summary>
    public static async Task<string> SaysAsync(TemporaryFolder folder, string image, string pattern, string variables = "variables")
    {
        await using Machine machine = await Machine.StartAsync(
            new ToolTree(LayerBench.Qemu), Config(folder, image, variables), AcceleratorKind.Tcg);
        SerialMatch said = await machine.WaitForLineAsync(LinePattern.Matching(pattern), Deadline);
        await machine.StopAsync();
        return said.Line;
    }

    /// <summary>A machine with Secure Boot.</summary>
    public static MachineConfig Config(TemporaryFolder folder, string image, string variables = "variables") => new()
    {
        Boot = new BootMedium.Disk(image),
        HasSecureBoot = true,
        FirmwareVariables = folder[variables],
        MemoryMiB = 512,
        AllowReboot = true,
    };

    private static void Mtools(string image, string program, string[] options, string[] arguments)
    {
        string partition = image + "@@1M"; // where the first one begins
        (int code, string output) = Oracle.Run(program, [.. options, "-i", partition, .. arguments]);
        Assert.True(code == 0, output);
    }
}
