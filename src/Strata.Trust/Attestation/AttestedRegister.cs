using Strata.Core;

namespace Strata.Trust.Attestation;

/// <summary>What is to be thought of a register.</summary>
public enum RegisterStanding
{
    /// <summary>It holds what the release said.</summary>
    Expected,

    /// <summary>It holds something else than the release said.</summary>
    Different,

    /// <summary>The release says nothing of it, and the log explains it.</summary>
    Explained,

    /// <summary>The release says nothing of it, and neither does the log explain it.</summary>
    Unexplained,
}

/// <summary>A register, and what is to be thought of it.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Value">What the machine says that it holds.</param>
/// <param name="Standing">What is to be thought of it.</param>
/// <param name="Case">For which way to start it is as expected; null when it is not.</param>
/// <param name="Finding">What is different, or what that means; null where there is nothing to say.</param>
public sealed record AttestedRegister(int Number, Sha256Digest Value, RegisterStanding Standing, string? Case, string? Finding)
{
    private static readonly string[] s_meanings =
    [
        "firmware: its code", "firmware: its settings", "programs of plugged-in hardware", "settings of plugged-in hardware",
        "programs that firmware started", "partitions and settings of the start", "what the maker of the machine likes",
        "Secure Boot: whether it is on, and its keys", "commands of a boot loader", "files that a boot loader or the kernel read",
        "files that run (IMA)", "kernel image, and the phase of the system", "words and credentials passed to the kernel image",
        "extensions passed to the kernel image", "keys of shim", "identity of the machine", "for trying out",
    ];

    /// <summary>What is measured into it (UAPI "Linux TPM PCR Registry").</summary>
    public string Meaning => Number < s_meanings.Length ? s_meanings[Number]
        : Number == 23 ? "for applications" : "a start that the processor measures";
}

/// <summary>What a machine said of its start, compared with what a release said before.</summary>
/// <param name="HasSecureBoot">Whether the log says that Secure Boot is on; null when it says neither.</param>
/// <param name="Registers">The registers, by number.</param>
public sealed record AttestationReport(bool? HasSecureBoot, IReadOnlyList<AttestedRegister> Registers)
{
    // what firmware alone extends: from 8 on the running system does too, and keeps its own notes
    private const int LastOfFirmware = 7;

    /// <summary>True when all that the release said holds, and the log explains what firmware measured.</summary>
    public bool IsAsExpected => Registers.All(
        r => r.Standing != RegisterStanding.Different && (r.Standing != RegisterStanding.Unexplained || r.Number > LastOfFirmware));
}
