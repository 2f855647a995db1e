using System.IO.Compression;
using System.Text;
using Strata.Formats.Pe;
using Strata.Testing;
using static Strata.Boot.Tests.SecureBootBench;

namespace Strata.Boot.Tests;

/// <summary>
/// A machine whose firmware is in setup mode learns keys at its first start; from then on it starts what they signed, and nothing else.
/// </summary>
[Collection("guests with layers")]
public class SecureBootTests
{
    private const string OneModule = "requires: [console]\nkernel:\n  modules: [dummy]\n";

    // the signature of a module is behind it and ends with a mark; without the last byte of that it has none
    private const string LoadModules =
        "mount -t securityfs securityfs /sys/kernel/security; cat /sys/kernel/security/lockdown; rmmod dummy; "
        + "m=$(find /lib/modules /usr/lib/modules -name 'dummy.ko*' | head -n 1); "
        + "case $m in *.xz) xzcat $m;; *) cat $m;; esac >/run/whole.ko; head -c -1 /run/whole.ko >/run/cut.ko; "
        + "insmod /run/cut.ko; echo without its signature: $?; insmod /run/whole.ko; echo with its signature: $?";

    [SkippableFact]
    public async Task Machine_ThatLearnedItsOwnersKeys_StartsWhatTheySignedAndNothingElse()
    {
        using TemporaryFolder folder = new();
        string signed = BuildSigned(folder, OneModule);
        Succeed(StrataProgram.Run(folder.Path, "keys", "new", "others", "--owner", "Eve"));
        string unsigned = Build(folder, "unsigned");
        string foreign = Build(folder, "foreign", "--keys", "others");
        Assert.Equal(File.ReadAllBytes(signed), File.ReadAllBytes(SignElsewhere(folder)));

        // the first start: the machine learns, starts anew, and is locked
        (string text, int resets) = await StartAsync(folder, signed, $"dmesg; {LoadModules}; {TellMeasurements}");
        await MeasuredAsSaidAsync(folder, signed, text, "as expected: secure-boot");
        Assert.Contains("secureboot: Secure boot enabled", text, StringComparison.Ordinal);
        Assert.Contains("Kernel is locked down from EFI Secure Boot", text, StringComparison.Ordinal);
        Assert.Equal(1, resets);

        // and the kernel is: it takes modules that its maker signed, and no others
        Assert.Contains("none [integrity] confidentiality", text, StringComparison.Ordinal);
        Assert.Contains("without its signature: 1", text, StringComparison.Ordinal);
        Assert.Contains("with its signature: 0", text, StringComparison.Ordinal);

        // what must not start
        await RefuseAsync(folder, unsigned);
        await RefuseAsync(folder, foreign);
        await RefuseAsync(folder, Changed(folder, signed, "strata.word=of-the-owner", "strata.word=of-somebody"));
        await RefuseAsync(folder, Flipped(folder, signed, ".initrd"));
        await RefuseAsync(folder, WithSecondEntry(folder, signed, unsigned));

        // and the owner's still does; words of the machine's host stand behind its own (docs/secure-boot.md), and words that lie beside the
        // kernel image count when the owner signed them
        string addon = Addon.Write(folder, "unsigned.efi", "strata.word=of-somebody");
        string own = Addon.Write(folder, "own.efi", "strata.word=of-the-owners-addon");
        string withAddons = Addon.Beside(
            folder, signed, addon, Addon.Sign(folder, addon, "others/db.key", "others/db.crt"),
            Addon.Sign(folder, own, "drawer.key", "keys/db.crt"));
        (text, resets) = await StartAsync(
            folder, withAddons, $"cat /proc/cmdline; {TellMeasurements}", words: "strata.word=of-the-host");
        await MeasuredOtherwiseAsync(folder, signed, text, "register 12: event ", "is one more than expected", "not as owned 1 said");
        Assert.Contains("strata.word=of-the-owner", text, StringComparison.Ordinal);
        Assert.Contains("strata.word=of-the-host", text, StringComparison.Ordinal);
        Assert.Contains("strata.word=of-the-owners-addon", text, StringComparison.Ordinal);
        Assert.DoesNotContain("of-somebody", text, StringComparison.Ordinal);
        Assert.Equal(0, resets);

        // a machine that learns with the keys that this very image is revoked
        KernelImageOf(signed, folder["owned_1.efi"]);
        Succeed(StrataProgram.Run(folder.Path, "keys", "revoke", "keys", "owned_1.efi"));
        await RefuseAsync(folder, Build(folder, "revoked", "--keys", "keys"), "new-variables");
    }

    /// <summary>What the owner signed starts, whichever edition it is: docs/security.md tells who wants otherwise what to do.</summary>
    [SkippableFact]
    [Trait("Category", "Slow")]
    public async Task Machine_GivenAnotherEditionOfItsOwner_StartsIt()
    {
        using TemporaryFolder folder = new();
        await StartAsync(folder, BuildSigned(folder), "true"); // it learns
        Directory.CreateDirectory(folder["another"]);
        string text = File.ReadAllText(folder["owned/edition.yaml"]);
        File.WriteAllText(folder["another/edition.yaml"], text.Replace("edition: owned", "edition: another", StringComparison.Ordinal));
        Succeed(StrataProgram.Run(folder.Path, "build", "./another", "--output", "signed", "--keys", "keys"));
        (text, int resets) = await StartAsync(folder, folder["signed/another/another.img"], "cat /etc/os-release");
        Assert.Contains("another", text, StringComparison.Ordinal);
        Assert.Equal(0, resets);
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
        (string text, _) = await StartAsync(folder, unsigned, TellMeasurements, hasSecureBoot: false);
        await MeasuredAsSaidAsync(folder, unsigned, text, "as expected: open");
        // the same image, signed, is for Secure Boot
        await MeasuredOtherwiseAsync(
            folder, image, text, "register 4: it is that of a start of another kind: 'open', not 'secure-boot'", "Secure Boot is off");
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
        await using GZipStream packed = new(new MemoryStream(Convert.FromBase64String(log)), CompressionMode.Decompress);
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

    /// <summary>The image as it is when the private key lies on another machine, which has nothing but openssl.</summary>
    private static string SignElsewhere(TemporaryFolder folder)
    {
        File.Move(folder["keys/db.key"], folder["drawer.key"]);
        Succeed(StrataProgram.Run(folder.Path, "sign", "./owned", "--keys", "keys", "--prepare", "to-sign"));
        string[] requests = [.. Directory.EnumerateFiles(folder["to-sign"]).Order(StringComparer.Ordinal)];
        Assert.Equal(["owned-boot-program.digest", "owned-kernel-image.digest"], requests.Select(Path.GetFileName));
        foreach (string request in requests)
        {
            (int code, string output) = Oracle.Run(
                "openssl", "pkeyutl", "-sign", "-inkey", folder["drawer.key"], "-pkeyopt", "digest:sha256", "-in", request,
                "-out", Path.ChangeExtension(request, ".sig"));
            Assert.True(code == 0, output);
        }
        Succeed(StrataProgram.Run(folder.Path, "sign", "--keys", "keys", "--attach", "to-sign"));
        return Build(folder, "elsewhere", "--keys", "keys");
    }

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
}
