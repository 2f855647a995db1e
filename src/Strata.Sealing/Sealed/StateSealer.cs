using System.Buffers.Binary;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Sealing.Policies;
using Strata.Sealing.Tpm;

namespace Strata.Sealing.Sealed;

/// <summary>
/// Seals the key of a machine's state to what its owner signs, opens it, and keeps the floor (<see cref="StatePolicy"/>).
/// </summary>
/// <param name="chip">The TPM.</param>
/// <param name="key">The owner's policy key, as the boot image brings it.</param>
/// <param name="signatures">What that key approved, as the boot image brings it.</param>
public sealed class StateSealer(TpmChip chip, PolicyKey key, IReadOnlyList<PcrSignature> signatures)
{
    private readonly TpmMemory _floor = new(chip, FloorIndex.HandleOf(key));

    /// <summary>The security version of this release: the one that its key approved it for; null when it approved none.</summary>
    public ulong? SecurityVersion => Ours().Max(s => s.Floor);

    /// <summary>The floor of this machine; null when it has none yet.</summary>
    /// <exception cref="TpmException">The TPM fails.</exception>
    /// <exception cref="PolicyException">The index is somebody else's.</exception>
    public ulong? ReadFloor()
    {
        if (_floor.TryReadPublic() is not byte[] area)
        {
            return null;
        }
        if (area.AsSpan().SequenceEqual(FloorIndex.PublicArea(key, isWritten: false)))
        {
            return null;
        }
        return area.AsSpan().SequenceEqual(FloorIndex.PublicArea(key, isWritten: true))
            ? BinaryPrimitives.ReadUInt64BigEndian(_floor.Read(0, FloorIndex.FloorSize))
            : throw new PolicyException("the floor in the TPM belongs to a system of another owner");
    }

    /// <summary>Seals a secret. A machine without a floor gets one, of 0.</summary>
    /// <exception cref="TpmException">The TPM fails.</exception>
    /// <exception cref="PolicyException">The owner's key has not approved this system, or the floor is somebody else's.</exception>
    public SealedObject Seal(ReadOnlySpan<byte> secret)
    {
        if (ReadFloor() is null)
        {
            MakeFloor();
        }
        Sha256Digest policy = StatePolicy.SealedPolicy(key, _floor.Read(FloorIndex.FloorSize, FloorIndex.NonceSize));
        uint parent = chip.MakeStorageKey();
        try
        {
            return chip.Seal(parent, policy, secret);
        }
        finally
        {
            chip.Flush(parent);
        }
    }

    /// <summary>Opens what was sealed.</summary>
    /// <exception cref="TpmException">The TPM fails, or did not seal it.</exception>
    /// <exception cref="PolicyException">The policy says no.</exception>
    public byte[] Open(SealedObject item)
    {
        RequireFloor();
        uint parent = chip.MakeStorageKey();
        uint loaded = 0;
        uint session = 0;
        try
        {
            loaded = chip.Load(parent, item);
            session = Approve(isFirst: false);
            byte[] nonce = _floor.Read(FloorIndex.FloorSize, FloorIndex.NonceSize);
            chip.PolicyMemory(session, FloorIndex.HandleOf(key), nonce, FloorIndex.FloorSize, StatePolicy.Same);
            return chip.Unseal(loaded, session);
        }
        catch (TpmException e) when (e.IsPolicy)
        {
            throw new PolicyException("what was sealed is bound to another policy key, or to a floor that was deleted since");
        }
        finally
        {
            FlushAll(session, loaded, parent);
        }
    }

    /// <summary>Raises the floor to a security version; one that is higher already stays.</summary>
    /// <exception cref="TpmException">The TPM fails.</exception>
    /// <exception cref="PolicyException">The owner's key has not approved this system.</exception>
    public bool TryRaise(ulong version)
    {
        if (ReadFloor() is not ulong floor || floor >= version || version > SecurityVersion)
        {
            return false;
        }
        uint session = Approve(isFirst: false);
        try
        {
            _floor.Write(session, 0, StatePolicy.OperandOf(version));
            return true;
        }
        finally
        {
            FlushAll(session);
        }
    }

    private void RequireFloor()
    {
        if (ReadFloor() is not ulong floor)
        {
            throw new PolicyException("the TPM has no floor of this owner: it was cleared, or is another one, or the policy key is new");
        }
        if (SecurityVersion is ulong own && own < floor)
        {
            throw new PolicyException(
                $"this release is too old: its security version is {own}, and this machine has gone on to {floor}");
        }
    }

    private void MakeFloor()
    {
        if (_floor.TryReadPublic() is null)
        {
            _floor.Define(FloorIndex.PublicArea(key, isWritten: false));
        }
        byte[] first = new byte[FloorIndex.Size];
        Entropy.Fill(first.AsSpan(FloorIndex.FloorSize));
        uint session = Approve(isFirst: true);
        try
        {
            _floor.Write(session, 0, first);
        }
        finally
        {
            FlushAll(session);
        }
    }

    /// <summary>A session in which a policy of this system is approved.</summary>
    /// <param name="isFirst">Whether it is that for the first write of the floor.</param>
    private uint Approve(bool isFirst)
    {
        uint session = 0;
        uint loaded = 0;
        try
        {
            foreach (ulong? version in Ours().Select(s => s.Floor).Where(f => f.HasValue != isFirst).Distinct())
            {
                session = chip.StartPolicy();
                if (version is ulong own)
                {
                    chip.PolicyMemory(session, FloorIndex.HandleOf(key), StatePolicy.OperandOf(own), 0, StatePolicy.NotAbove);
                }
                else
                {
                    chip.PolicyUnwritten(session);
                }
                chip.PolicyRegister(session, KernelRegister.Number);
                Sha256Digest reached = chip.DigestOf(session);
                if (Ours().FirstOrDefault(s => s.Policy == reached) is not PcrSignature approved)
                {
                    chip.Flush(session);
                    session = 0;
                    continue;
                }
                loaded = chip.LoadPublic(key.PublicArea.Span);
                byte[] ticket = chip.Verify(loaded, PcrSignature.ToSign(reached, StatePolicy.Reference), approved.Signature.Span);
                chip.PolicyAuthorized(session, reached, StatePolicy.ReferenceBytes, key.Name, ticket);
                uint opened = session;
                session = 0;
                return opened;
            }
        }
        catch (TpmException e) when (e.IsSignature)
        {
            throw new PolicyException("the signature of its policy is not that of the owner's key");
        }
        finally
        {
            FlushAll(session, loaded);
        }
        throw new PolicyException(
            "the owner's key has not approved what was started: another boot image, another phase, or none of it was measured");
    }

    private IEnumerable<PcrSignature> Ours() => signatures.Where(
        s => s.Reference == StatePolicy.Reference && s.Key == key.Fingerprint && s.Registers is [KernelRegister.Number]);

    private void FlushAll(params ReadOnlySpan<uint> handles)
    {
        foreach (uint handle in handles)
        {
            if (handle != 0)
            {
                chip.Flush(handle);
            }
        }
    }
}
