using System.IO.Compression;
using System.Text;
using Strata.Boot.Tests.Layers;
using Strata.Formats.Pe;
using Strata.Machines;
using Strata.Machines.Serial;
using Strata.Testing;
using Strata.Toolbox;

namespace Strata.Boot.Tests;

/// <summary>
/// A machine whose firmware is in setup mode learns keys at its first start; from then on it starts what they signed, and nothing else.
/// </summary>
[Collection("guests with layers")]
public class SecureBootTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(5);

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

    [SkippableFact]
    public async Task Machine_ThatLearnedItsOwnersKeys_StartsWhatTheySignedAndNothingElse()
    {
        using TemporaryFolder folder = new();
        string signed = BuildSigned(folder);
        Succeed(StrataProgram.Run(folder.Path, "keys", "new", "others", "--owner", "Eve"));
        string unsigned = Build(folder, "unsigned");
        string foreign = Build(folder, "foreign", "--keys", "others");
        Assert.Equal(File.ReadAllBytes(signed), File.ReadAllBytes(SignElsewhere(folder)));

        // the first start: the machine learns, starts anew, and is locked
        (string text, int resets) = await StartAsync(folder, signed, "dmesg; " + TellMeasurements);
        await MeasuredAsSaidAsync(folder, signed, text, "as expected: secure-boot");
        Assert.Contains("secureboot: Secure boot enabled", text, StringComparison.Ordinal);
        Assert.Contains("Kernel is locked down from EFI Secure Boot", text, StringComparison.Ordinal);
        Assert.Equal(1, resets);

        // what must not start
        await RefuseAsync(folder, unsigned);
        await RefuseAsync(folder, foreign);
        await RefuseAsync(folder, Changed(folder, signed, "strata.word=of-the-owner", "strata.word=of-somebody"));
        await RefuseAsync(folder, Flipped(folder, signed, ".initrd"));
        await RefuseAsync(folder, WithSecondEntry(folder, signed, unsigned));

        // and the owner's still does; words of the machine's host stand behind its own (docs/secure-boot.md)
        (text, resets) = await StartAsync(folder, signed, $"cat /proc/cmdline; {TellMeasurements}", words: "strata.word=of-the-host");
        await MeasuredOtherwiseAsync(folder, signed, text, "register 12: event ", "strata.word=of-the-host') is one more than expected");
        Assert.Contains("strata.word=of-the-owner strata.word=of-the-host", text, StringComparison.Ordinal);
        Assert.Equal(0, resets);

        // a machine that learns with the keys that this very image is revoked
        KernelImageOf(signed, folder["owned_1.efi"]);
        Succeed(StrataProgram.Run(folder.Path, "keys", "revoke", "keys", "owned_1.efi"));
        await RefuseAsync(folder, Build(folder, "revoked", "--keys", "keys"), "new-variables");
    }

    [SkippableFact]
    [Trait("Category", "Slow")] // a start of the firmware for each section
    public async Task Machine_KernelImageWithOneBitFlipped_IsRefusedWhereverItIs()
    {
        using TemporaryFolder folder = new();
        string signed = BuildSigned(folder);
        await StartAsync(folder, signed, "true"); // it learns
        PeImage image = KernelImageIn(File.ReadAllBytes(signed)).Image;
        string[] sections = [.. image.Sections.Where(s => s.ContentSize > 0).Select(s => s.Name)];
        Assert.Superset(new HashSet<string>([".linux", ".initrd", ".cmdline", ".osrel", ".text"]), sections.ToHashSet());
        foreach (string section in sections)
        {
            await RefuseAsync(folder, Flipped(folder, signed, section));
        }
    }

    /// <summary>What the program says of a start, judged by a TPM that is not ours: the registers of a guest.</summary>
    [SkippableFact]
    public async Task Machine_WithoutSecureBoot_MeasuresWhatTheBuildSaid()
    {
        using TemporaryFolder folder = new();
        string image = BuildSigned(folder);
        // nobody signed it, so nothing else is expected than what firmware without keys measures
        string unsigned = Build(folder, "unsigned");
        (string text, _) = await StartAsync(folder, unsigned, TellMeasurements, secureBoot: false);
        await MeasuredAsSaidAsync(folder, unsigned, text, "as expected: open");
        // another image of the same edition, which is for Secure Boot
        await MeasuredOtherwiseAsync(folder, image, text, "register 4: event ", "Secure Boot is off");
    }

    // the log as text, for a line of a terminal is not for bytes; and the registers
    private const string TellMeasurements =
        "mount -t securityfs none /sys/kernel/security; echo LOG; gzip -c /sys/kernel/security/tpm0/binary_bios_measurements | base64; "
        + "echo PCRS; cd /sys/class/tpm/tpm0/pcr-sha256; grep . *; echo END";

    private static async Task MeasuredAsSaidAsync(TemporaryFolder folder, string image, string told, string expected)
    {
        StrataProgram.Outcome outcome = await AttestAsync(folder, image, told);
        Assert.True(outcome.ExitCode == 0, outcome.All);
        Assert.Equal(2, outcome.All.Split(expected).Length - 1); // programs and keys
        Assert.Contains("as expected: kernel", outcome.All, StringComparison.Ordinal);
        Assert.Equal(2, outcome.All.Split("as expected: nothing-passed").Length - 1);
    }

    private static async Task MeasuredOtherwiseAsync(TemporaryFolder folder, string image, string told, params string[] findings)
    {
        StrataProgram.Outcome outcome = await AttestAsync(folder, image, told);
        Assert.True(outcome.ExitCode == 1, outcome.All);
        Assert.All(findings, f => Assert.Contains(f, outcome.All, StringComparison.Ordinal));
    }

    private static async Task<StrataProgram.Outcome> AttestAsync(TemporaryFolder folder, string image, string told)
    {
        string log = Between(told, "LOG", "PCRS");
        using GZipStream packed = new(new MemoryStream(Convert.FromBase64String(log)), CompressionMode.Decompress);
        await using (FileStream file = File.Create(folder["log"]))
        {
            await packed.CopyToAsync(file);
        }
        await File.WriteAllTextAsync(folder["pcrs"], Between(told, "PCRS", "END"));
        return StrataProgram.Run(
            folder.Path, "attest", "--log", "log", "--pcrs", "pcrs", "--expect", image + ".measurements.json", "--events");
    }

    private static string Between(string text, string from, string to)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        return string.Join('\n', lines.SkipWhile(l => l.Trim() != from).Skip(1).TakeWhile(l => l.Trim() != to)) + "\n";
    }

    private static string BuildSigned(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["owned"]);
        File.WriteAllText(folder["owned/edition.yaml"], Blueprint);
        Succeed(StrataProgram.Run(folder.Path, "keys", "new", "keys", "--owner", "Anna"));
        return Build(folder, "signed", "--keys", "keys");
    }

    /// <summary>A copy of an image in which one bit of a section of its kernel image is another.</summary>
    private static string Flipped(TemporaryFolder folder, string image, string section)
    {
        byte[] bytes = File.ReadAllBytes(image);
        (int start, PeImage kernel) = KernelImageIn(bytes);
        PeSection found = kernel.Sections.First(s => s.Name == section);
        bytes[start + found.RawOffset + (found.ContentSize / 2)] ^= 1;
        File.WriteAllBytes(folder["flipped.img"], bytes);
        return folder["flipped.img"];
    }

    // its volume has no gaps, so it lies in one piece, before the kernel that it holds
    private static (int Start, PeImage Image) KernelImageIn(byte[] disk)
    {
        const int Sector = 512;
        for (int at = 0; at < disk.Length; at += Sector)
        {
            if (disk[at] == 'M' && disk[at + 1] == 'Z')
            {
                PeImage image = PeImage.Read(new MemoryStream(disk, at, disk.Length - at, writable: false));
                if (image.Sections.Any(s => s.Name == ".linux"))
                {
                    return (at, image);
                }
            }
        }
        throw new InvalidDataException("no kernel image is on the disk");
    }

    /// <summary>A copy of an image with a newer, unsigned system beside its own.</summary>
    private static string WithSecondEntry(TemporaryFolder folder, string image, string other)
    {
        string copy = folder["second.img"];
        File.Copy(image, copy);
        KernelImageOf(other, folder["other.efi"]);
        Copy(copy, folder["other.efi"], "::/EFI/Linux/owned_2.efi");
        return copy;
    }

    private static void KernelImageOf(string image, string file) => Copy(image, "::/EFI/Linux/owned_1.efi", file);

    private static void Copy(string image, string from, string to)
    {
        (int code, string output) = Oracle.Run("mcopy", "-n", "-i", image + "@@1M", from, to); // where the first partition begins
        Assert.True(code == 0, output);
    }

    /// <summary>The image as it is when the private keys lie on another machine, which has nothing but openssl.</summary>
    private static string SignElsewhere(TemporaryFolder folder)
    {
        File.Move(folder["keys/db.key"], folder["drawer-db.key"]);
        File.Move(folder["keys/pcr.key"], folder["drawer-pcr.key"]);
        // first what becomes part of the kernel image, then the kernel image
        SignElsewhere(
            folder, "owned-boot-program.digest", "owned-policy-enter-initrd.pcr.digest", "owned-policy-state-first.pcr.digest",
            "owned-policy-state.pcr.digest");
        SignElsewhere(folder, "owned-boot-program.digest", "owned-kernel-image.digest");
        return Build(folder, "elsewhere", "--keys", "keys");
    }

    private static void SignElsewhere(TemporaryFolder folder, params string[] expected)
    {
        Succeed(StrataProgram.Run(folder.Path, "sign", "./owned", "--keys", "keys", "--prepare", "to-sign"));
        string[] requests = [.. Directory.EnumerateFiles(folder["to-sign"]).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, requests.Select(Path.GetFileName));
        foreach (string request in requests)
        {
            string key = request.EndsWith(".pcr.digest", StringComparison.Ordinal) ? "drawer-pcr.key" : "drawer-db.key";
            (int code, string output) = Oracle.Run(
                "openssl", "pkeyutl", "-sign", "-inkey", folder[key], "-pkeyopt", "digest:sha256", "-in", request,
                "-out", Path.ChangeExtension(request, ".sig"));
            Assert.True(code == 0, output);
        }
        Succeed(StrataProgram.Run(folder.Path, "sign", "--keys", "keys", "--attach", "to-sign"));
    }

    private static string Build(TemporaryFolder folder, string name, params string[] options)
    {
        Succeed(StrataProgram.Run(folder.Path, ["build", "./owned", "--output", name, .. options]));
        return folder[$"{name}/owned/owned.img"];
    }

    private static void Succeed(StrataProgram.Outcome outcome) => Assert.True(outcome.ExitCode == 0, outcome.All);

    /// <summary>A copy of an image in which a text is another one of the same length.</summary>
    private static string Changed(TemporaryFolder folder, string image, string from, string to)
    {
        byte[] bytes = File.ReadAllBytes(image);
        int count = 0;
        for (int at = 0; (at = Index(bytes, from, at)) >= 0; at += from.Length)
        {
            Encoding.ASCII.GetBytes(to, bytes.AsSpan(at));
            count++;
        }
        Assert.True(count > 0, $"'{from}' is nowhere in the image");
        string changed = folder["changed.img"];
        File.WriteAllBytes(changed, bytes);
        return changed;
    }

    private static int Index(byte[] bytes, string text, int from)
    {
        int found = bytes.AsSpan(from).IndexOf(Encoding.ASCII.GetBytes(text));
        return found < 0 ? -1 : from + found;
    }

    private static async Task<(string Output, int Resets)> StartAsync(TemporaryFolder folder, string image, string command,
        string words = "", bool secureBoot = true)
    {
        MachineConfig config = Config(folder, image) with { KernelWords = words, HasTpm = true };
        await using Machine machine = await Machine.StartAsync(
            new ToolTree(LayerBench.Qemu),
            secureBoot ? config : config with { HasSecureBoot = false, FirmwareVariables = null },
            AcceleratorKind.Tcg, new MachineOptions { TpmTools = new ToolTree(LayerBench.Tpm) });
        await machine.WaitForLineAsync(LinePattern.Text("Owned 1 is ready."), s_deadline);
        SerialConsole console = new(machine.Log, machine.SerialInput, TimeProvider.System);
        await console.AttachAsync(s_deadline);
        string output = (await console.RunAsync(command, s_deadline)).Output;
        await machine.StopAsync(); // which keeps the variables
        return (output, machine.Resets);
    }

    private static async Task RefuseAsync(TemporaryFolder folder, string image, string variables = "variables")
    {
        await using Machine machine = await Machine.StartAsync(
            new ToolTree(LayerBench.Qemu), Config(folder, image) with { FirmwareVariables = folder[variables] }, AcceleratorKind.Tcg);
        // the firmware says it of a boot program, and systemd-boot of a kernel image
        SerialMatch said = await machine.WaitForLineAsync(
            LinePattern.Matching("Access Denied|Security Violation|Security Policy Violation|Owned 1 is ready"), s_deadline);
        Assert.DoesNotContain("is ready", said.Line, StringComparison.Ordinal);
        await machine.StopAsync();
    }

    private static MachineConfig Config(TemporaryFolder folder, string image) => new()
    {
        Boot = new BootMedium.Disk(image),
        HasSecureBoot = true,
        FirmwareVariables = folder["variables"],
        MemoryMiB = 512,
        AllowReboot = true,
    };
}
