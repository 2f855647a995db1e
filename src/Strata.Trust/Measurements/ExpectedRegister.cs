using Strata.Core;

namespace Strata.Trust.Measurements;

/// <summary>Something that is measured: it extends a register by a digest.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Digest">By what it extends the register.</param>
public sealed record ExpectedEvent(string What, Sha256Digest Digest);

/// <summary>What a register of the bank SHA-256 should hold.</summary>
/// <param name="Register">Its number.</param>
/// <param name="Case">When: a machine that starts otherwise has another value; one of <see cref="MeasuredCase"/> or a phase.</param>
/// <param name="Events">What extends it, in order, from zeros.</param>
public sealed record ExpectedRegister(int Register, string Case, IReadOnlyList<ExpectedEvent> Events)
{
    /// <summary>What it holds then.</summary>
    public Sha256Digest Value => Events.Aggregate(default(Sha256Digest), (value, e) => Extend(value, e.Digest));

    /// <summary>What a register becomes (TPM 2.0 Library, part 1, section 17.2).</summary>
    internal static Sha256Digest Extend(Sha256Digest value, Sha256Digest with) => Sha256Digest.Of([.. value.Bytes, .. with.Bytes]);
}

/// <summary>Ways to start that give other values.</summary>
public static class MeasuredCase
{
    /// <summary>Secure Boot is on, with the owner's keys.</summary>
    public const string SecureBoot = "secure-boot";

    /// <summary>Secure Boot is off; of register 7: and the firmware knows nothing of it.</summary>
    public const string Open = "open";

    /// <summary>Nobody passed anything: no words for the kernel, no credentials, no extensions.</summary>
    public const string NothingPassed = "nothing-passed";

    /// <summary>Of register 11: the stub has handed over, and no phase has begun.</summary>
    public const string Kernel = "kernel";
}
