using System.CommandLine;
using System.Globalization;
using Strata.Blueprints;
using Strata.Cli.Commands.Trust;
using Strata.Cli.Output;
using Strata.Cli.Wiring;
using Strata.Core;
using Strata.Editions.Guests;
using Strata.Editions.Testing;
using Strata.Images.Building;
using Strata.Images.Signing;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Machines.Testing;
using Strata.Toolbox;

namespace Strata.Cli.Commands;

/// <summary><c>strata run</c>: builds an edition and boots it, its console in the terminal.</summary>
internal static class RunCommand
{
    private const int DefaultExecSeconds = 300;

    public static Command Create()
    {
        Argument<string> edition = CommonOptions.Edition();
        Option<string?> memory = new("--memory", "-m") { Description = "Memory of the machine, such as 512M (else what the blueprint says)", HelpName = "size" };
        Option<int> cpus = new("--cpus") { Description = "Processors of the machine", DefaultValueFactory = _ => 2 };
        Option<bool> graphics = new("--graphics") { Description = "Open a window with the machine's screen as well" };
        Option<string[]> forward = new("--forward") { Description = "Lead a port of 127.0.0.1 into the guest, such as 2222:22; may be repeated", HelpName = "host:guest" };
        Option<string> network = new("--network")
        {
            Description =
                "What the guest reaches: open (the host's networks, and as 10.0.2.2 what listens on 127.0.0.1 of this host), "
                + "restricted (nothing; --forward still works), or none (it has no card)",
            DefaultValueFactory = _ => "open",
        };
        network.AcceptOnlyFromAmong("open", "restricted", "none");
        Option<string?> caps = new("--caps") { Description = "Capabilities to compose the system of, by name with commas between; their requirements come along", HelpName = "names" };
        Option<string?> state = new("--state") { Description = "Keep changes in this file (made when it is missing); without it every start is clean", HelpName = "file" };
        Option<string?> append = new("--append") { Description = "Words for the kernel command line, such as \"kiosk copy2ram\"", HelpName = "words" };
        Option<string?> medium = new("--medium")
        {
            Description = "What to boot from: disk (the disk image; with a BIOS, which cannot start that, the ISO image), "
                + "the ISO image as cd "
                + "or usb (a stick), or net (the files for iPXE, by HTTP); without it, the disk image, with a BIOS the ISO image as cd",
        };
        medium.AcceptOnlyFromAmong("cd", "usb", "disk", "net");
        Option<string?> firmware = new("--firmware") { Description = "Firmware of the machine: uefi (else this), or bios (boots the ISO image or from the network)" };
        firmware.AcceptOnlyFromAmong("uefi", "bios");
        Option<string?> keys = new("--keys")
        {
            Description = "Sign what is booted with the key 'db' of this folder ('strata keys new')", HelpName = "folder",
        };
        Option<string?> passphrase = PassphraseInput.Option();
        Option<bool> secureBoot = new("--secure-boot")
        {
            Description = "Firmware with Secure Boot, in setup mode: systemd-boot enrols the keys of --keys at the first start, "
                + "and starts anew",
        };
        Option<string?> log = new("--log") { Description = "Write everything on the serial line to a file too", HelpName = "file" };
        Option<string[]> disk = new("--disk")
        {
            Description = "One more disk: a size such as 1G for an empty one that is gone afterwards, or a raw image that keeps what "
                + "is written; with usb:, sata: or nvme: before it another bus; may be repeated",
            HelpName = "size|file",
        };
        Option<int> nic = new("--nic")
        {
            Description = "Network cards; those after the first are plugged into one switch that leads nowhere",
            DefaultValueFactory = _ => 1,
        };
        Option<bool> tpm = new("--tpm")
        {
            Description = "Give the machine a TPM 2.0; with --state its state is kept in the folder FILE.tpm, "
                + "without it every start has a new one",
        };
        Option<string?> exec = new("--exec")
        {
            Description = "Run a command at the console once the system is ready, print what it says, end the machine, and exit as it did",
            HelpName = "command",
        };
        Option<int?> timeout = new("--timeout")
        {
            Description = "End the machine after so many seconds (with --exec: 300 if not given)", HelpName = "seconds",
        };
        Command command = new("run", "Build an edition and boot it, its console in the terminal")
        {
            edition, memory, cpus, graphics, forward, network, caps, state, append, medium, firmware, keys, passphrase, secureBoot, log,
            disk, nic, tpm, exec, timeout,
            CommonOptions.Emulate, CommonOptions.Locked,
        };
        command.SetAction(async (result, token) =>
        {
            List<PortForward> forwards = [.. (result.GetValue(forward) ?? []).Select(ParseForward)];
            if (result.GetValue(network) == "none" && forwards.Count > 0)
            {
                throw new UsageException("cannot forward ports into a machine without a network card",
                    "'--network restricted' keeps the guest from everything but forwarded ports.");
            }
            if (result.GetValue(network) != "open" && result.GetValue(medium) == "net")
            {
                throw new UsageException("cannot boot from a network that the guest does not reach",
                    "'--medium net' needs '--network open'.");
            }
            if (result.GetValue(timeout) is < 1 or > 86400)
            {
                throw new UsageException($"cannot end the machine after {result.GetValue(timeout)} seconds: expected 1 to 86400");
            }
            if (result.GetValue(exec) is not null && result.GetValue(graphics))
            {
                throw new UsageException(
                    "cannot run one command in a machine with a window: nobody would see it", "Leave out --graphics or --exec.");
            }
            if (result.GetValue(nic) is < 1 or > MachineConfig.MaximumSwitchedCards + 1
                || (result.GetValue(nic) > 1 && result.GetValue(network) == "none"))
            {
                throw new UsageException(
                    $"cannot give the machine {result.GetValue(nic)} network cards: expected 1 to "
                    + $"{MachineConfig.MaximumSwitchedCards + 1}, and with '--network none' no --nic");
            }
            if (result.GetValue(secureBoot) && (result.GetValue(keys) is null || result.GetValue(firmware) == "bios"))
            {
                throw new UsageException(
                    "cannot start with Secure Boot: it needs UEFI firmware, and keys that the image is signed with",
                    "'strata keys new FOLDER' makes some, and '--keys FOLDER' takes them.");
            }
            using ImageSigner? signer = result.GetValue(keys) is string folder
                ? PassphraseInput.SignerOf(folder, result.GetValue(passphrase)) : null;
            using RunDisks more = RunDisks.Parse(result.GetValue(disk) ?? []);
            int? memoryMiB = ParseMemory(result.GetValue(memory));
            if (result.GetValue(cpus) is < 1 or > MachineConfig.MaximumCpus)
            {
                throw new UsageException($"cannot give the machine {result.GetValue(cpus)} processors: expected 1 to {MachineConfig.MaximumCpus}");
            }
            Started ran = await Terminal.WithProgressAsync(async progress =>
            {
                Workspace workspace = new(result, progress, signer: signer);
                Firmware chosen = result.GetValue(firmware) == "bios" ? Firmware.Bios : Firmware.Uefi;
                string? from = result.GetValue(medium) ?? (chosen == Firmware.Bios ? "cd" : null); // the disk image has nothing for a BIOS
                ImageKind kind = KindFor(from, chosen);
                GuestHost host = workspace.Host(result.GetValue(CommonOptions.Emulate), hasScreen: result.GetValue(graphics));
                Blueprint blueprint = workspace.Catalog.Load(result.GetValue(edition)!);
                (ToolTree tools, BuildResult built) = await Together.RunAsync(
                    host.InstallAsync,
                    stop => workspace.Builds.BuildAsync(blueprint, result.GetValue(CommonOptions.Locked), kind, results: null, stop),
                    token);
                Accelerator accelerator = await host.DecideAsync(tools, token);
                List<string> words = [];
                if (result.GetValue(caps) is string names)
                {
                    words.Add("caps=" + GuestLayers.Check(workspace, built, names));
                }
                List<DiskConfig> disks = [.. more.Disks];
                string? tpmState = null;
                if (result.GetValue(state) is string kept)
                {
                    disks.Add(new DiskConfig(GuestLayers.StateFile(tools, built, kept), DiskBus.Virtio, Keep: true));
                    words.Add("state=" + StateDisk.Label);
                    tpmState = Path.GetFullPath(kept) + ".tpm";
                }
                if (result.GetValue(append) is string further)
                {
                    words.Add(further);
                }
                int length = string.Join(' ', words.Prepend(built.Blueprint.Edition.CommandLine)).Length;
                if (length > BootMedium.Kernel.MaximumCommandLine)
                {
                    throw new UsageException(
                        $"cannot give the kernel these words: with those of {built.Blueprint.Edition.Name} they have {length} characters, "
                        + $"it takes {BootMedium.Kernel.MaximumCommandLine}",
                        "Leave some of --append or --caps out.");
                }
                MachineConfig config = new()
                {
                    Boot = from switch
                    {
                        "usb" => BootMedia.OnDisk(workspace.Store, built[kind], DiskBus.Usb),
                        "disk" when kind == ImageKind.Iso => BootMedia.OnDisk(workspace.Store, built[kind], DiskBus.Virtio),
                        _ => BootMedia.Of(workspace.Store, built, kind),
                    },
                    Firmware = chosen,
                    HasSecureBoot = result.GetValue(secureBoot),
                    MemoryMiB = memoryMiB ?? (int)(built.Blueprint.Edition.Memory.Bytes >> 20),
                    Cpus = result.GetValue(cpus),
                    KernelWords = string.Join(' ', words),
                    EasesEmulation = true,
                    Disks = disks,
                    Network = result.GetValue(network) == "none" ? null
                        : new NetworkConfig(forwards, Restrict: result.GetValue(network) == "restricted"),
                    Graphics = result.GetValue(graphics) ? Graphics.Gtk : Graphics.None,
                    HasTpm = result.GetValue(tpm),
                    TpmState = tpmState,
                    SwitchedCards = Math.Max(0, result.GetValue(nic) - 1),
                    EnoughMemoryMiB = (int)(built.Blueprint.Edition.Memory.Bytes >> 20),
                    AllowReboot = result.GetValue(exec) is null || result.GetValue(secureBoot), // anew when keys were enrolled
                };
                if (config.HasSecureBoot && built.Blueprint.Edition.Boot == BootProgram.Uki)
                {
                    progress.Warn(
                        $"{built.Blueprint.Edition.Name} starts without systemd-boot, so nothing enrols the keys: "
                        + "the firmware stays in setup "
                        + "mode and starts everything; 'boot: systemd-boot' in the blueprint changes that");
                }
                if (config.MemoryMiB < built.Blueprint.Edition.Memory.Bytes >> 20)
                {
                    progress.Warn(
                    $"{built.Blueprint.Edition.Name} asks for {built.Blueprint.Edition.Memory} of memory; "
                    + $"with {config.MemoryMiB} MiB it may not boot, or say nothing at all");
                }
                ToolTree? tpmTools = config.HasTpm ? await host.InstallTpmAsync(token) : null;
                return new Started(config, tools, tpmTools, accelerator, workspace, built.Blueprint.Edition);
            });
            using (ran.Workspace)
            {
                return result.GetValue(exec) is string line
                    ? await ExecAsync(
                        ran, line, TimeSpan.FromSeconds(result.GetValue(timeout) ?? DefaultExecSeconds), result.GetValue(log), token)
                    : await InteractAsync(
                        ran, result.GetValue(log), result.GetValue(timeout) is int seconds ? TimeSpan.FromSeconds(seconds) : null, token);
            }
        });
        return command.WithExamples("strata run nano", "strata run nano --memory 512M --forward 2222:22",
            "strata run nano --medium usb --firmware bios", "strata run ./my-os --graphics",
            "strata run capability --caps network,containers --state mine.img",
            "strata run ./not-mine --network restricted --forward 2222:22",
            "strata run nano --disk 1G --disk usb:stick.img --nic 2", "strata run nano --tpm",
            "strata run ./my-os --keys ~/keys --secure-boot",
            "strata run nano --exec \"uname -a\" --timeout 120");
    }

    private static async Task<int> InteractAsync(Started ran, string? log, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (!Console.IsErrorRedirected)
        {
            Terminal.Note($"\e[2mCtrl-A X ends the machine. {ran.Accelerator.Reason}\e[0m");
        }
        int code = await InteractiveMachine.RunAsync(
            ran.Tools, ran.Config, ran.Accelerator.Kind, log, timeout, ran.TpmTools, cancellationToken);
        return code == 0
            ? 0
            : throw new StrataException(
                $"cannot go on with the machine: QEMU ended with exit code {code}; what it said is above",
                "Where it lacks memory, give the machine less with --memory; 'strata doctor' looks at the usual causes on this host.");
    }

    /// <summary>What says that it is ready, and who logs in, is what the edition's first test says.</summary>
    private static async Task<int> ExecAsync(
        Started ran, string command, TimeSpan timeout, string? log, CancellationToken cancellationToken)
    {
        string tests = Path.Combine(ran.Edition.Folder, EditionTests.FileName);
        TestGuest? first = File.Exists(tests) ? EditionTest.FirstGuest(EditionTestFile.Read(tests)) : null;
        LinePattern ready = first?.Ready ?? LinePattern.Text($"{ran.Edition.Title} {ran.Edition.Version} is ready.");
        (string, string?)? login = first?.Login is { } who ? (who.User, who.Password) : null;
        CommandResult said = await ScriptedMachine.RunAsync(
            ran.Tools, ran.Config, ran.Accelerator.Kind, ready, login, command, timeout, log, ran.TpmTools, cancellationToken);
        Console.Out.Write(said.OutputWithoutKernelMessages);
        return said.ExitCode;
    }

    /// <summary>What a machine boots from a medium.</summary>
    /// <param name="medium">Its name; null for the usual one of UEFI.</param>
    /// <param name="firmware">A BIOS finds nothing to start in the disk image, and an ISO image is a disk too.</param>
    internal static ImageKind KindFor(string? medium, Firmware firmware) => medium switch
    {
        null => ImageKind.Disk,
        "disk" when firmware == Firmware.Uefi => ImageKind.Disk,
        "net" => ImageKind.Pxe,
        _ => ImageKind.Iso,
    };

    internal static int? ParseMemory(string? text)
    {
        if (text is null)
        {
            return null;
        }
        return ByteSize.TryParse(text, out ByteSize size) && size.Bytes % (1 << 20) == 0
            && size.Bytes >> 20 is >= MachineConfig.MinimumMemoryMiB and <= MachineConfig.MaximumMemoryMiB
            ? (int)(size.Bytes >> 20)
            : throw new UsageException(
                $"cannot give the machine '{text}' of memory: expected whole mebibytes such as 512M, "
                + $"from {MachineConfig.MinimumMemoryMiB}M to {MachineConfig.MaximumMemoryMiB >> 10}G",
                "Without --memory it gets what the blueprint says.");
    }

    internal static PortForward ParseForward(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int host) && host is >= 0 and <= 65535
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int guest) && guest is > 0 and <= 65535
            ? new PortForward(guest, host)
            : throw new UsageException($"cannot forward '{text}': expected two port numbers such as 2222:22, the one on this host first");
    }

    private sealed record Started(
        MachineConfig Config, ToolTree Tools, ToolTree? TpmTools, Accelerator Accelerator, Workspace Workspace, Edition Edition);
}
