using System.Text;
using Strata.Core;

namespace Strata.Sealing.Policies;

/// <summary>
/// PCR 11, into which systemd's stub measures the parts of a kernel image, and the system the words of its phases (UAPI "Linux TPM PCR
/// Registry").
/// </summary>
public static class KernelRegister
{
    /// <summary>Its number.</summary>
    public const int Number = 11;

    /// <summary>The initramfs runs: what is sealed opens in this phase only.</summary>
    public const string EnterInitrd = "enter-initrd";

    /// <summary>The initramfs hands over.</summary>
    public const string LeaveInitrd = "leave-initrd";

    /// <summary>All phases up to a running system, in order; systemd measures the last two.</summary>
    public static IReadOnlyList<string> Phases { get; } = [EnterInitrd, LeaveInitrd, "sysinit", "ready"];

    /// <summary>What a register becomes: TPM2_PCR_Extend.</summary>
    public static Sha256Digest Extend(Sha256Digest value, Sha256Digest with) => Sha256Digest.Of([.. value.Bytes, .. with.Bytes]);

    /// <summary>What the register becomes when a phase begins: extended by the digest of the word, without a zero behind it.</summary>
    public static Sha256Digest Enter(Sha256Digest value, string phase) => Extend(value, Sha256Digest.Of(Encoding.ASCII.GetBytes(phase)));
}
