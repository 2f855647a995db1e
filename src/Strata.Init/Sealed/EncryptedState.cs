using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Device.Disks;
using Strata.Device.Mapping;
using Strata.Device.Posix;
using Strata.Init.Reports;
using Strata.Sealing.Luks;
using Strata.Sealing.Recovery;
using Strata.Sealing.Sealed;
using Strata.Sealing.Tpm;
using Strata.Updates.State;

namespace Strata.Init.Sealed;

/// <summary>
/// State that is encrypted: made at the first start, and opened at every other by the TPM or by somebody who is asked on the console.
/// </summary>
/// <param name="kind">What opens it.</param>
/// <param name="phase">The TPM, while it opens.</param>
/// <param name="seconds">How long a question waits.</param>
/// <param name="screen">Where people are asked.</param>
/// <param name="note">Gets what is not as it should be, a sentence each.</param>
internal sealed class EncryptedState(StateEncryption kind, BootPhase phase, int seconds, Screen screen, Action<string> note) : IDisposable
{
    /// <summary>Least room in bytes for a partition with encrypted state.</summary>
    public const long LeastBytes = 32L << 20;

    /// <summary>Where the running system finds the security version of what was started.</summary>
    public const string VersionPath = "/run/strata/security-version";

    private const int Tries = 3;
    private const int LeastLetters = 8;
    private const int ZeroStep = 1 << 20;
    private const string NextStart = "The next start asks again.";

    private readonly KeyQuestion _question = new(screen, seconds);
    private BlockDevice? _partition;
    private LuksVolume? _volume;
    private MappedState? _mapped;
    private byte[]? _recovery;

    /// <summary>By what it was opened, for the report: <c>tpm</c>, <c>recovery-key</c>, <c>passphrase</c>, <c>made</c>.</summary>
    public string OpenedBy { get; private set; } = "";

    /// <summary>True for a volume of which the content was never finished, and no key ever shown: it may be made anew.</summary>
    /// <exception cref="ImageFormatException">Its header is damaged, or of a kind not known here.</exception>
    public static bool IsUnfinished(BlockDevice partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        using OpenFile device = OpenFile.Open(partition.Path);
        return LuksVolume.TryRead(device.TryReadAt) is { IsBegun: true };
    }

    /// <summary>True when a partition has the header of a volume, though its first copy may be gone.</summary>
    public static bool IsVolume(BlockDevice partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        try
        {
            using OpenFile device = OpenFile.Open(partition.Path);
            return LuksVolume.TryRead(device.TryReadAt) is not null;
        }
        catch (ImageFormatException)
        {
            return false;
        }
    }

    /// <summary>
    /// Makes a volume in a partition and returns its content, in which a file system is to be made; null when nobody said a passphrase.
    /// </summary>
    /// <exception cref="PosixException">The disk or the device mapper failed.</exception>
    /// <exception cref="MissingDriverException">The kernel has no device mapper.</exception>
    public BlockDevice? Begin(BlockDevice partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        byte[]? passphrase = kind == StateEncryption.Passphrase ? AskNew() : null;
        if (kind == StateEncryption.Passphrase && passphrase is null)
        {
            note("nobody gave a passphrase for the state of this machine: nothing was made, nothing is kept. " + NextStart);
            return null;
        }
        byte[] key = new byte[LuksVolume.KeySize];
        Entropy.Fill(key);
        using (OpenFile device = OpenFile.OpenForChanges(partition.Path))
        {
            byte[] zeros = new byte[ZeroStep];
            for (int at = 0; at < LuksVolume.ContentOffset; at += ZeroStep)
            {
                device.WriteAt(at, zeros); // what was here before is neither a header nor a key slot
            }
            LuksVolume volume = LuksVolume.New(StatePlan.Label, NewId(), key, device.TryReadAt);
            byte[] words = passphrase ?? (_recovery = RecoveryKey.New());
            _ = volume.TryAddSlot(key, words, passphrase is null ? LuksRounds.ForRandom : LuksRounds.ForWords, device.WriteAt);
            if (kind == StateEncryption.Tpm && Seal(volume, key, device) is string why)
            {
                note($"{why}; the recovery key opens it, and is asked for at every start");
            }
            volume.Save(device.WriteAt, device.Sync);
            (_partition, _volume) = (partition, volume);
        }
        CryptographicOperations.ZeroMemory(passphrase);
        OpenedBy = "made";
        return Map(partition, key);
    }

    /// <summary>Shows the recovery key of a volume whose content is whole now; from here on it is somebody's.</summary>
    /// <exception cref="PosixException">The disk failed.</exception>
    public void Finish()
    {
        if (_recovery is byte[] key)
        {
            screen.Write(
                "\nThe state of this machine is encrypted. This RECOVERY KEY opens it when the TPM does not:\n"
                + "after a change of the machine, or when its disk is put into another one.\n"
                + "It is shown this once, and cannot be had again. Write it down, or photograph it.\n\n"
                + RecoveryKey.Shown(key) + "\n" + QrCode.Shown(key) + "\n");
            _question.Ask("Press Enter when you have it. ");
            CryptographicOperations.ZeroMemory(key);
            _recovery = null;
        }
        using OpenFile device = OpenFile.OpenForChanges(_partition!.Path);
        _volume!.EndBegun();
        _volume.Save(device.WriteAt, device.Sync);
    }

    /// <summary>Opens a volume and returns its content; null when neither the TPM nor a person did, and then it was told.</summary>
    /// <exception cref="ImageFormatException">Its header is damaged, or of a kind not known here.</exception>
    /// <exception cref="PosixException">The disk or the device mapper failed.</exception>
    /// <exception cref="MissingDriverException">The kernel has no device mapper.</exception>
    public BlockDevice? Open(BlockDevice partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        using OpenFile device = OpenFile.OpenForChanges(partition.Path);
        LuksVolume volume = LuksVolume.TryRead(device.TryReadAt)
            ?? throw new ImageFormatException(FileSystemFacts.Encrypted, 0, "it has no header");
        (_partition, _volume) = (partition, volume);
        string why = "";
        byte[]? key = kind == StateEncryption.Tpm ? OpenByTpm(volume, out why) : null;
        if (key is null && (key = Ask(volume, partition, why)) is not null && kind == StateEncryption.Tpm)
        {
            if (Seal(volume, key, device) is string problem)
            {
                note($"{problem}; the recovery key is asked for at the next start too");
            }
            else
            {
                volume.Save(device.WriteAt, device.Sync);
                screen.Tell("the TPM opens the state from the next start on");
            }
        }
        return key is null ? null : Map(partition, key);
    }

    /// <summary>
    /// Raises the floor of the machine to a security version of which the running system has said that a start with it was good; and tells
    /// the system that of this release.
    /// </summary>
    /// <param name="proven">What it wrote; null when it wrote nothing.</param>
    public void RaiseFloor(byte[]? proven)
    {
        if (phase.Sealer is not { SecurityVersion: ulong own } sealer)
        {
            return;
        }
        Files.Write(VersionPath, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{own}\n")));
        try
        {
            string said = Encoding.ASCII.GetString(proven ?? []).Trim();
            if (ulong.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out ulong good)
                && sealer.TryRaise(Math.Min(good, own)))
            {
                screen.Tell(string.Create(
                    CultureInfo.InvariantCulture, $"releases below the security version {Math.Min(good, own)} are not started any more"));
            }
        }
        catch (Exception e) when (e is TpmException or PolicyException)
        {
            note($"cannot raise the floor of this machine: {e.Message}; older releases still start");
        }
    }

    /// <summary>The partition has grown: its content grows with it.</summary>
    /// <exception cref="PosixException">The kernel refuses.</exception>
    public void Extend() => _mapped?.Extend();

    /// <summary>Lets go of what was opened: another one takes its place.</summary>
    public void Close()
    {
        MappedState.Remove();
        _mapped?.Dispose();
        _mapped = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mapped?.Dispose();
        CryptographicOperations.ZeroMemory(_recovery);
    }

    private BlockDevice Map(BlockDevice partition, byte[] key)
    {
        _mapped = new MappedState(partition, _volume!, key);
        return _mapped.Map();
    }

    /// <summary>Puts a slot for the TPM into a volume; null when it is there, else why not.</summary>
    private string? Seal(LuksVolume volume, byte[] key, OpenFile device)
    {
        if (phase.Sealer is not StateSealer sealer)
        {
            return phase.Why;
        }
        try
        {
            return TpmSlot.TryPut(volume, key, sealer, device.WriteAt) ? null : "there is no room for another key slot in its header";
        }
        catch (Exception e) when (e is TpmException or PolicyException)
        {
            return $"the TPM does not open the state of this machine: {e.Message}";
        }
    }

    private byte[]? OpenByTpm(LuksVolume volume, out string why)
    {
        why = phase.Why;
        if (phase.Sealer is not StateSealer sealer)
        {
            return null;
        }
        if (!TpmSlot.IsIn(volume))
        {
            why = "no TPM was asked to keep its key yet";
            return null;
        }
        try
        {
            if (TpmSlot.TryOpen(volume, sealer) is byte[] key)
            {
                OpenedBy = "tpm";
                return key;
            }
            why = "what the TPM keeps fits none of its key slots";
        }
        catch (PolicyException e)
        {
            why = e.Message;
        }
        catch (TpmException e) when (e.IsLockout)
        {
            why = "the TPM is locked for a while after too many wrong answers";
        }
        catch (TpmException e)
        {
            why = e.Message;
        }
        return null;
    }

    private byte[]? Ask(LuksVolume volume, BlockDevice partition, string why)
    {
        string what = kind == StateEncryption.Tpm ? "Recovery key" : "Passphrase";
        if (why.Length > 0)
        {
            screen.Warn($"the state on {partition.Name} stays locked: {why}");
        }
        for (int left = Tries; left > 0; left--)
        {
            if (_question.Ask($"{what} for the state of this machine ({partition.Name}): ") is not byte[] typed)
            {
                break;
            }
            byte[] words = RecoveryKey.TryNormalize(typed) ?? typed;
            byte[]? key = words.Length == 0 ? null : volume.TryOpen(words);
            OpenedBy = ReferenceEquals(words, typed) ? "passphrase" : "recovery-key";
            CryptographicOperations.ZeroMemory(typed);
            CryptographicOperations.ZeroMemory(words);
            if (key is not null)
            {
                return key;
            }
            string rest = left > 1 ? $" {left - 1} {(left == 2 ? "try is" : "tries are")} left." : "";
            screen.Write($"It does not open with that.{rest}\n");
        }
        OpenedBy = "";
        note($"the state on {partition.Name} was not opened{(why.Length > 0 ? $" ({why})" : "")}: the system starts without, and what "
            + "changes until the next start is then gone. " + NextStart);
        return null;
    }

    private byte[]? AskNew()
    {
        for (int left = Tries; left > 0; left--)
        {
            if (_question.Ask("The state of this machine becomes encrypted. New passphrase: ") is not byte[] first)
            {
                return null;
            }
            if (first.Length < LeastLetters)
            {
                screen.Write($"That is too short; take at least {LeastLetters} characters.\n");
                continue;
            }
            if (_question.Ask("The same once more: ") is byte[] second && CryptographicOperations.FixedTimeEquals(first, second))
            {
                return first;
            }
            screen.Write("These were two different ones.\n");
        }
        return null;
    }

    private static Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Entropy.Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40); // RFC 9562 §5.4
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
