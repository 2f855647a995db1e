using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Strata.Boot.Tests.Layers;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Machines;
using Strata.Sealing.Policies;
using Strata.Testing;
using Strata.Toolbox;
using Strata.Updates.State;

namespace Strata.Boot.Tests.State;

/// <summary>
/// A system with encrypted state, its disk, and the TPM of its machine. The kernel is started without firmware that measures, so PCR 11 has
/// nothing in it but the phase, and what the owner approved is known beforehand.
/// </summary>
/// <param name="folder">Where its files lie.</param>
internal sealed partial class SealedBench(TemporaryFolder folder) : IDisposable
{
    /// <summary>What the guest says, and that it leaves a word in its state.</summary>
    public const string Say = """
        echo "guest: data $(cat /data/words 2>/dev/null | wc -l)"
        echo "guest: state $(cat /run/strata/state.json)"
        echo "guest: room $(df -m /data | busybox tail -n 1)"
        echo "guest: register $(cat /sys/class/tpm/tpm0/pcr-sha256/11 2>/dev/null)"
        echo x >> /data/words
        cat /run/strata/security-version > /var/lib/strata/proven 2>/dev/null

        """;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(240);

    private readonly RSA _owner = RSA.Create(2048);
    private TestLayer[] _layers = [];

    /// <summary>The disk.</summary>
    public string Disk { get; private set; } = "";

    /// <summary>Name of the folder with the state of the TPM.</summary>
    public string Tpm { get; set; } = "tpm";

    /// <summary>Whether the machine has one.</summary>
    public bool HasTpm { get; set; } = true;

    private string Initrd { get; set; } = "";

    public void Dispose() => _owner.Dispose();

    /// <summary>Makes disk and initrd.</summary>
    public async Task MakeAsync(StateEncryption encryption = StateEncryption.Tpm, int restMiB = 96)
    {
        FileTree tree = new();
        LayerBench.Add(tree, "/etc/machine-id", [], Modes.ReadOnlyFile);
        TestLayer system = await LayerBench.MakeAsync("system", tree, isBase: true);
        _layers = [await LayerBench.BaseAsync(), system, await LayerBench.ScriptAsync(Say)];
        await TakeReleaseAsync(1, encryption);
        Disk = await LayerBench.PartitionedMediumAsync(folder, _layers);
        using FileStream disk = File.OpenWrite(Disk);
        disk.SetLength(disk.Length + ((long)restMiB << 20));
    }

    /// <summary>Makes the disk larger.</summary>
    public void Enlarge(int mebibytes)
    {
        using FileStream disk = File.OpenWrite(Disk);
        disk.SetLength(disk.Length + ((long)mebibytes << 20));
    }

    /// <summary>From now on a release of that security version is started.</summary>
    /// <param name="version">The security version.</param>
    /// <param name="encryption">What opens the state.</param>
    /// <param name="owner">Who signed it; null for the owner of the machine.</param>
    public async Task TakeReleaseAsync(ulong version, StateEncryption encryption = StateEncryption.Tpm, RSA? owner = null)
    {
        owner ??= _owner;
        PolicyKey key = PolicyKey.Of(owner.ExportParameters(false).Modulus);
        Sha256Digest register = KernelRegister.Enter(default, KernelRegister.EnterInitrd);
        Sha256Digest approved = StatePolicy.Approved(key, version, register);
        Sha256Digest first = StatePolicy.ApprovedFirst(register);
        Dictionary<string, byte[]> extra = new()
        {
            ["/.extra/tpm2-pcr-public-key.pem"] = key.ToPem(),
            ["/.extra/tpm2-pcr-signature.json"] = PcrSignatures.Write(
            [
                new(key.Fingerprint, approved, Sign(owner, approved)) { Reference = StatePolicy.Reference, Floor = version },
                new(key.Fingerprint, first, Sign(owner, first)) { Reference = StatePolicy.Reference },
            ]),
        };
        StatePlan plan = new()
        {
            Edition = "bench", Encryption = encryption,
            Folders = [new("/data", 0, 0, 0x1ED), new(StatePlan.OwnFolder, 0, 0, 0x1C0)], // 0755, 0700
        };
        Initrd = await LayerBench.InitrdWithEncryptionAsync(folder, plan, extra, _layers);
    }

    /// <summary>Starts it once, to its end, and answers its questions in their order.</summary>
    /// <param name="words">More words of the kernel command line.</param>
    /// <param name="answers">A part of what is asked, and the answer.</param>
    public async Task<string> RunAsync(string words = "", params (string Question, string Answer)[] answers)
    {
        string text = await ToEndAsync(words, answers);
        Assert.Contains("guest: end", text, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Starts what has to be refused before anything of the system runs; returns what it said.</summary>
    public async Task<string> RefusalAsync(string words = "")
    {
        string text = await ToEndAsync(words);
        Assert.Contains("cannot be started", text, StringComparison.Ordinal);
        Assert.DoesNotContain("guest: ", text, StringComparison.Ordinal);
        return text;
    }

    private async Task<string> ToEndAsync(string words, params (string Question, string Answer)[] answers)
    {
        string? tools = Environment.GetEnvironmentVariable("STRATA_TOOLBOX_TPM");
        Skip.If(string.IsNullOrEmpty(tools), "STRATA_TOOLBOX_TPM is not set; './test' sets it");
        MachineConfig config = LayeredGuest.ConfigOf(Initrd, words, new DiskConfig(Disk, Keep: true)) with
        {
            HasTpm = HasTpm, TpmState = HasTpm ? folder[Tpm] : null,
        };
        await using Machine machine = await Machine.StartAsync(
            new ToolTree(LayerBench.Qemu), config, AcceleratorKind.Tcg, new MachineOptions { TpmTools = new ToolTree(tools!) });
        int from = 0;
        foreach ((string question, string answer) in answers)
        {
            long end = Environment.TickCount64 + (long)s_deadline.TotalMilliseconds;
            for (int at; (at = machine.Log.TextFrom(0).IndexOf(question, from, StringComparison.Ordinal)) < 0 || !Found(at);)
            {
                Assert.False(
                    machine.Ended.IsCompleted || Environment.TickCount64 > end, $"'{question}' was not asked\n{machine.Log.TextFrom(0)}");
                await Task.Delay(50);
            }
            await machine.SerialInput.WriteAsync(Encoding.UTF8.GetBytes(answer + "\r"));
            await machine.SerialInput.FlushAsync();

            bool Found(int at)
            {
                from = at + question.Length;
                return true;
            }
        }
        await machine.WaitForEndAsync(s_deadline);
        return machine.Log.TextFrom(0).Replace("\r", "", StringComparison.Ordinal);
    }

    /// <summary>The recovery key that a start has shown.</summary>
    public static string RecoveryKeyIn(string text)
    {
        Match shown = RecoveryKeyLines().Match(text);
        Assert.True(shown.Success, text);
        return shown.Groups[1].Value + shown.Groups[2].Value;
    }

    /// <summary>Offset of the state's partition in bytes.</summary>
    public long PartitionOffset()
    {
        (int exitCode, string output) = Oracle.Run("sgdisk", "-i", "3", Disk);
        string? line = output.Split('\n').FirstOrDefault(l => l.StartsWith("First sector: ", StringComparison.Ordinal));
        Assert.True(exitCode == 0 && line is not null, output);
        return long.Parse(line["First sector: ".Length..].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) * 512;
    }

    /// <summary>The state's partition as a file of its own.</summary>
    public string Partition()
    {
        string path = folder["partition"];
        using FileStream from = File.OpenRead(Disk);
        from.Position = PartitionOffset();
        using FileStream to = File.Create(path);
        from.CopyTo(to);
        return path;
    }

    private static byte[] Sign(RSA owner, Sha256Digest policy) => owner.SignHash(
        PcrSignature.ToSign(policy, StatePolicy.Reference).Bytes.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    [GeneratedRegex(
        "^    ((?:[cbdefghijklnrtuv]{8}-){4})\n    ((?:[cbdefghijklnrtuv]{8}-){3}[cbdefghijklnrtuv]{8})$", RegexOptions.Multiline)]
    private static partial Regex RecoveryKeyLines();
}
