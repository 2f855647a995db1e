namespace Strata.Sealing.Tpm;

/// <summary>An index in the memory of a TPM (TPM 2.0 Library, part 3, §31).</summary>
/// <param name="chip">The TPM.</param>
/// <param name="index">Its handle.</param>
internal sealed class TpmMemory(TpmChip chip, uint index)
{
    private const uint Owner = 0x4000_0001; // TPM_RH_OWNER

    /// <summary>Its public area (TPMS_NV_PUBLIC); null when it is not there.</summary>
    public byte[]? TryReadPublic()
    {
        try
        {
            TpmAnswer answer = chip.Ask(new TpmCommand(0x169, "NV_ReadPublic").U32(index));
            return answer.Sized().ToArray();
        }
        catch (TpmException e) when (e.IsMissing)
        {
            return null;
        }
    }

    /// <summary>Makes it, as the owner of the TPM, who has no password.</summary>
    public void Define(ReadOnlySpan<byte> publicArea) =>
        chip.Send(new TpmCommand(0x12A, "NV_DefineSpace").U32(Owner).Authorized(0).U16(0).Sized(publicArea));

    /// <summary>Takes it away, as the owner of the TPM.</summary>
    public void Delete() => chip.Send(new TpmCommand(0x122, "NV_UndefineSpace").U32(Owner).U32(index).Authorized(0));

    /// <summary>Reads from it, which everybody may.</summary>
    public byte[] Read(int offset, int count)
    {
        TpmAnswer answer = chip.Ask(
            new TpmCommand(0x14E, "NV_Read").U32(index).U32(index).Authorized(0).U16((ushort)count).U16((ushort)offset));
        _ = answer.U32();
        return answer.Sized() is var read && read.Length == count
            ? read.ToArray() : throw new TpmException("the TPM answered NV_Read with another length");
    }

    /// <summary>Writes to it in a session in which its policy is satisfied.</summary>
    public void Write(uint session, int offset, ReadOnlySpan<byte> bytes) =>
        chip.Send(new TpmCommand(0x137, "NV_Write").U32(index).U32(index).Authorized(session).Sized(bytes).U16((ushort)offset));
}
