using System.Security.Cryptography;
using Strata.Core;
using Strata.Sealing.Policies;
using Strata.Sealing.Sealed;
using Strata.Sealing.Tpm;
using Strata.Testing;

namespace Strata.Sealing.Tests;

/// <summary>What a TPM gives away, and what it does not. swtpm is the judge: it comes to the policies by itself.</summary>
public sealed class StateSealerTests : IDisposable
{
    private const string Image = "a kernel image"; // measured as one word: PCR 11 is what it makes of it

    private const uint Lockout = 0x4000_000A; // TPM_RH_LOCKOUT, which has no password in a new TPM

    private readonly TemporaryFolder _folder = new();
    private readonly RSA _owner = RSA.Create(2048);
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);

    public void Dispose()
    {
        _folder.Dispose();
        _owner.Dispose();
    }

    [SkippableFact]
    public void Open_SameSystemAfterARestart_GivesTheSecret()
    {
        SealedObject item = SealAtFirstStart();
        using TpmChip chip = Start(Image);
        StateSealer sealer = SealerOf(chip, Image, 1);
        Assert.Equal(_secret, sealer.Open(item));
        Assert.Equal(_secret, sealer.Open(item)); // nothing is left behind that would fill the TPM
        for (int i = 0; i < 8; i++)
        {
            sealer.Open(item);
        }
        Assert.Equal(0UL, sealer.ReadFloor());
    }

    [SkippableFact]
    public void Open_AnotherImageOfTheSameOwner_GivesTheSecret()
    {
        SealedObject item = SealAtFirstStart();
        using TpmChip chip = Start("a later image");
        Assert.Equal(_secret, SealerOf(chip, "a later image", 2).Open(item));
    }

    [SkippableFact]
    public void Open_AnotherSystem_IsRefused()
    {
        SealedObject item = SealAtFirstStart();
        using (TpmChip chip = Start("something else")) // it brings the approved policies of the right one
        {
            Refuses(() => SealerOf(chip, Image, 1).Open(item), "has not approved what was started");
        }
        using RSA eve = RSA.Create(2048);
        using (TpmChip chip = Start("of Eve"))
        {
            Refuses(() => SealerOf(chip, "of Eve", 1, eve).Open(item), "no floor of this owner");
        }
        using (TpmChip chip = Start("of Eve")) // signed by Eve, said to be of the owner
        {
            PolicyKey key = KeyOf(_owner);
            PcrSignature[] forged = [.. SignaturesOf("of Eve", 1, _owner).Select(s => s with { Signature = Sign(eve, s.Policy) })];
            Refuses(() => new StateSealer(chip, key, forged).Open(item), "the signature of its policy is not that of the owner's key");
        }
    }

    /// <summary>A key that its owner exchanged, or another owner's: each has a floor of its own, none in the way of the other.</summary>
    [SkippableFact]
    public void Seal_AnotherPolicyKey_StandsBesideTheFirst()
    {
        SealedObject item = SealAtFirstStart();
        using RSA second = RSA.Create(2048);
        using TpmChip chip = Start(Image);
        StateSealer before = SealerOf(chip, Image, 3), after = SealerOf(chip, Image, 3, second);
        Assert.Null(after.ReadFloor());
        SealedObject anew = after.Seal(_secret);
        Assert.Equal(_secret, after.Open(anew));
        Assert.True(after.TryRaise(3));
        Assert.Equal((0UL, 3UL), (before.ReadFloor(), after.ReadFloor()));
        Assert.Equal(_secret, before.Open(item));
        Refuses(() => after.Open(item), "bound to another policy key");
        Refuses(() => before.Open(anew), "bound to another policy key");
    }

    [SkippableFact]
    public void Open_InAnotherPhase_IsRefused()
    {
        SealedObject item = SealAtFirstStart();
        using TpmChip chip = Start(Image);
        chip.Extend(KernelRegister.Number, KernelRegister.LeaveInitrd);
        Refuses(() => SealerOf(chip, Image, 1).Open(item), "another phase");
    }

    [SkippableFact]
    public void Open_ReleaseBelowTheFloor_IsRefused()
    {
        SealedObject item = SealAtFirstStart();
        using (TpmChip chip = Start("newer"))
        {
            StateSealer newer = SealerOf(chip, "newer", 3);
            Assert.False(newer.TryRaise(4)); // no further than its own
            Assert.True(newer.TryRaise(3));
            Assert.False(newer.TryRaise(2)); // never lower
            Assert.Equal(3UL, newer.ReadFloor());
            Assert.Equal(_secret, newer.Open(item));
        }
        using (TpmChip chip = Start(Image))
        {
            Refuses(
                () => SealerOf(chip, Image, 1).Open(item),
                "this release is too old: its security version is 1, and this machine has gone on to 3");
            // and it is the TPM that refuses, not the program that is asked
            TpmException e = Assert.Throws<TpmException>(() =>
                chip.PolicyMemory(
                    chip.StartPolicy(), FloorIndex.HandleOf(KeyOf(_owner)), StatePolicy.OperandOf(1), 0, StatePolicy.NotAbove));
            Assert.True(e.IsPolicy, e.Message);
        }
    }

    [SkippableFact]
    public void Open_FloorDeletedAndMadeAnewByAnOlderRelease_IsRefused()
    {
        SealedObject item = SealAtFirstStart();
        using (TpmChip chip = Start("newer"))
        {
            Assert.True(SealerOf(chip, "newer", 3).TryRaise(3));
            // by root of a running system, as the owner of a TPM has no password
            new TpmMemory(chip, FloorIndex.HandleOf(KeyOf(_owner))).Delete();
        }
        using (TpmChip chip = Start(Image))
        {
            StateSealer older = SealerOf(chip, Image, 1);
            Refuses(() => older.Open(item), "no floor of this owner");
            older.Seal(_secret); // what it does on an empty disk
            Assert.Equal(0UL, older.ReadFloor());
            Refuses(() => older.Open(item), "a floor that was deleted since");
        }
    }

    [SkippableFact]
    public void Open_AnotherTpm_IsRefused()
    {
        SealedObject item = SealAtFirstStart();
        using TpmChip other = new(SoftwareTpm.Start(_folder, "other"));
        Measure(other, Image);
        StateSealer sealer = SealerOf(other, Image, 1);
        Refuses(() => sealer.Open(item), "it was cleared, or is another one");
        sealer.Seal(_secret);
        TpmException e = Assert.Throws<TpmException>(() => sealer.Open(item));
        Assert.Contains("it was not made by this TPM", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Open_ClearedTpm_IsRefusedAndSealsAnew()
    {
        SealedObject item = SealAtFirstStart();
        using TpmChip chip = Start(Image);
        chip.Send(new TpmCommand(0x126, "Clear").U32(Lockout).Authorized(0));
        StateSealer sealer = SealerOf(chip, Image, 1);
        Refuses(() => sealer.Open(item), "it was cleared, or is another one");
        Assert.Equal(_secret, sealer.Open(sealer.Seal(_secret)));
        Assert.Throws<TpmException>(() => sealer.Open(item));
    }

    /// <summary>Wrong answers of others lock a TPM; what is sealed by a policy is not among what is locked.</summary>
    [SkippableFact]
    public void Open_TpmThatIsLocked_GivesTheSecret()
    {
        const uint Permanent = 0x200; // TPM_PT_PERMANENT
        const uint InLockout = 1 << 9;
        SealedObject item = SealAtFirstStart();
        using TpmChip chip = Start(Image);
        Assert.Equal(0u, chip.Property(Permanent) & InLockout);
        // no wrong answer at all is allowed from now on: whatever is protected is locked
        chip.Send(new TpmCommand(0x13A, "DictionaryAttackParameters").U32(Lockout).Authorized(0).U32(0).U32(1000).U32(1000));
        Assert.Equal(InLockout, chip.Property(Permanent) & InLockout);
        Assert.Equal(_secret, SealerOf(chip, Image, 1).Open(item));
    }

    [SkippableFact]
    public void Write_FloorFromTheRunningSystem_IsRefused()
    {
        SealAtFirstStart();
        using TpmChip chip = Start(Image);
        chip.Extend(KernelRegister.Number, KernelRegister.LeaveInitrd);
        TpmMemory floor = new(chip, FloorIndex.HandleOf(KeyOf(_owner)));
        Assert.Throws<TpmException>(() => floor.Write(0, 0, new byte[8])); // without a password, which is not asked
        Assert.Throws<TpmException>(() => floor.Write(chip.StartPolicy(), 0, new byte[8]));
        Assert.Equal(0UL, SealerOf(chip, Image, 1).ReadFloor());
    }

    [SkippableFact]
    public void Extend_Word_IsWhatWasPredicted()
    {
        using TpmChip chip = new(SoftwareTpm.Start(_folder, "tpm"));
        Measure(chip, Image);
        Assert.Equal(RegisterOf(Image), chip.ReadRegister(KernelRegister.Number));
        Assert.Equal(0x322E3000u, chip.Property(0x100)); // TPM_PT_FAMILY_INDICATOR: "2.0"
    }

    private SealedObject SealAtFirstStart()
    {
        using TpmChip chip = Start(Image);
        return SealerOf(chip, Image, 1).Seal(_secret);
    }

    private TpmChip Start(string image)
    {
        TpmChip chip = new(SoftwareTpm.Start(_folder, "tpm"));
        Measure(chip, image);
        return chip;
    }

    private static void Measure(TpmChip chip, string image)
    {
        chip.Extend(KernelRegister.Number, image);
        chip.Extend(KernelRegister.Number, KernelRegister.EnterInitrd);
    }

    private static Sha256Digest RegisterOf(string image) =>
        KernelRegister.Enter(KernelRegister.Enter(default, image), KernelRegister.EnterInitrd);

    private StateSealer SealerOf(TpmChip chip, string image, ulong version, RSA? owner = null) =>
        new(chip, KeyOf(owner ?? _owner), SignaturesOf(image, version, owner ?? _owner));

    private static PolicyKey KeyOf(RSA owner) => PolicyKey.Of(owner.ExportParameters(false).Modulus);

    private static PcrSignature[] SignaturesOf(string image, ulong version, RSA owner)
    {
        PolicyKey key = KeyOf(owner);
        Sha256Digest approved = StatePolicy.Approved(key, version, RegisterOf(image));
        Sha256Digest first = StatePolicy.ApprovedFirst(RegisterOf(image));
        return
        [
            new(key.Fingerprint, approved, Sign(owner, approved)) { Reference = StatePolicy.Reference, Floor = version },
            new(key.Fingerprint, first, Sign(owner, first)) { Reference = StatePolicy.Reference },
        ];
    }

    private static byte[] Sign(RSA owner, Sha256Digest policy) => owner.SignHash(
        PcrSignature.ToSign(policy, StatePolicy.Reference).Bytes.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    private static void Refuses(Action open, string why) =>
        Assert.Contains(why, Assert.Throws<PolicyException>(open).Message, StringComparison.Ordinal);
}
