using System.Globalization;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Init.Reports;
using Strata.Sealing.Policies;
using Strata.Sealing.Sealed;
using Strata.Sealing.Tpm;

namespace Strata.Init.Sealed;

/// <summary>
/// The TPM of this machine in the only phase in which it gives away the key of its state. The phase ends before anything of the system
/// runs, whether something was opened or not: what is measured then opens nothing.
/// </summary>
internal sealed class BootPhase
{
    /// <summary>Where systemd's stub puts what the boot image brings (systemd-stub(7)).</summary>
    private const string Folder = "/.extra/";

    private const string SignaturesFile = Folder + "tpm2-pcr-signature.json";
    private const string KeyFile = Folder + "tpm2-pcr-public-key.pem";

    private readonly Action<string> _note;
    private TpmChip? _chip;

    private BootPhase(TpmChip? chip, Action<string> note) => (_chip, _note) = (chip, note);

    /// <summary>Seals and opens by what the owner signed; null when there is none (<see cref="Why"/>).</summary>
    public StateSealer? Sealer { get; private set; }

    /// <summary>Why there is none, to stand behind a comma.</summary>
    public string Why { get; private set; } = "";

    /// <summary>Begins the phase, with or without a TPM.</summary>
    /// <param name="note">Gets what is wrong.</param>
    public static BootPhase Enter(Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(note);
        TpmFile? file = TpmFile.TryOpen();
        BootPhase phase = new(file is null ? null : new TpmChip(file), note);
        if (file is null)
        {
            phase.Why = "this machine has no TPM 2.0 that could open it";
            return phase;
        }
        try
        {
            phase._chip!.Extend(KernelRegister.Number, KernelRegister.EnterInitrd);
            byte[]? key = Files.TryRead(KeyFile, PcrSignatures.LargestText);
            byte[]? signatures = Files.TryRead(SignaturesFile, PcrSignatures.LargestText + 1);
            if (key is null || signatures is null)
            {
                phase.Why = "the boot image brings no policy that its owner signed, so the TPM cannot open it";
                return phase;
            }
            StateSealer sealer = new(phase._chip, PolicyKey.ReadPem(key), PcrSignatures.Read(signatures));
            if (sealer.SecurityVersion is null)
            {
                phase.Why = "the policies that the boot image brings are not for state, so the TPM cannot open it";
                return phase;
            }
            phase.Sealer = sealer;
        }
        catch (Exception e) when (e is TpmException or PosixException or ImageFormatException)
        {
            phase.Why = $"the TPM cannot be used: {e.Message}";
        }
        return phase;
    }

    /// <summary>
    /// Refuses a release of this owner that is older than what its machine has gone on to. A TPM that fails, has no floor, or one of
    /// another owner, refuses nothing: it opens no state either.
    /// </summary>
    /// <param name="what">Edition and version.</param>
    /// <exception cref="BootException">It is older.</exception>
    public void RequireFloor(string what)
    {
        try
        {
            if (Sealer is { SecurityVersion: ulong own } sealer && sealer.ReadFloor() is ulong floor && floor > own)
            {
                throw new BootException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"cannot start {what}: its security version is {own}, and this machine has gone on to {floor}"),
                    ["The number that this machine has gone on to is in its TPM."],
                    [
                        "Start a newer version from the boot menu.",
                        "To go back on purpose, clear the TPM in the setup of the firmware; the recovery key then opens the state.",
                    ]);
            }
        }
        catch (Exception e) when (e is TpmException or PosixException or PolicyException)
        {
            // it is told when state is to be opened
        }
    }

    /// <summary>Ends the phase. Once is enough.</summary>
    public void Leave()
    {
        Sealer = null;
        TpmChip? chip = _chip;
        _chip = null;
        try
        {
            chip?.Extend(KernelRegister.Number, KernelRegister.LeaveInitrd);
        }
        catch (Exception e) when (e is TpmException or PosixException)
        {
            _note($"cannot tell the TPM that the initramfs ends: {e.Message}; programs with all rights could open what is sealed");
        }
        finally
        {
            chip?.Dispose();
        }
    }
}
