using System.Security.Cryptography;
using System.Text;
using Strata.Core;
using Strata.Device.Posix;
using Strata.Sealing.Policies;

namespace Strata.Sealing.Tpm;

/// <summary>Commands of a TPM 2.0 (TPM 2.0 Library, part 3): those that sealing takes, and no others.</summary>
/// <param name="device">The TPM; it is closed with this.</param>
public sealed class TpmChip(ITpmDevice device) : IDisposable
{
    private const uint Owner = 0x4000_0001; // TPM_RH_OWNER
    private const uint Nobody = 0x4000_0007; // TPM_RH_NULL
    private const ushort None = 0x0010; // TPM_ALG_NULL
    private const ushort RsaSignature = 0x0014; // TPM_ALG_RSASSA
    private const int MostRepeats = 50;
    private const int RepeatMilliseconds = 100;

    // TPMT_PUBLIC of the storage key: ECC P-256, AES-128-CFB; fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted,
    // decrypt (TCG TPM v2.0 Provisioning Guidance, §7.5.1). The same seed gives the same key at each start.
    private static ReadOnlySpan<byte> StorageKey =>
    [
        0x00, 0x23, 0x00, 0x0B, 0x00, 0x03, 0x04, 0x72, 0x00, 0x00, 0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x00, 0x03, 0x00, 0x10,
        0x00, 0x00, 0x00, 0x00,
    ];

    // TPMT_PUBLIC of what is sealed, before its policy: keyed hash, fixedTPM, fixedParent, noDA: wrong answers lock nobody out, as a policy
    // cannot be guessed
    private static ReadOnlySpan<byte> SealedHead => [0x00, 0x08, 0x00, 0x0B, 0x00, 0x00, 0x04, 0x12];

    /// <summary>Extends a register, in all its banks, by the digests of a word (TPM2_PCR_Event).</summary>
    public void Extend(int register, string word) =>
        Send(new TpmCommand(0x13C, "PCR_Event").U32((uint)register).Authorized(0).Sized(Encoding.ASCII.GetBytes(word)));

    /// <summary>Value of a register of the bank SHA-256; null when the TPM has no such bank.</summary>
    public Sha256Digest? ReadRegister(int register)
    {
        TpmAnswer answer = Ask(new TpmCommand(0x17E, "PCR_Read").Raw(PolicyDigest.Selection(register)));
        _ = answer.U32();
        for (uint banks = answer.U32(); banks > 0; banks--)
        {
            _ = answer.U16();
            _ = answer.Take(answer.Take(1)[0]);
        }
        return answer.U32() == 1 && answer.Sized() is { Length: Sha256Digest.Size } value ? new Sha256Digest(value) : null;
    }

    /// <summary>A property of the TPM (TPM_PT); null when it has none of that number.</summary>
    public uint? Property(uint number)
    {
        TpmAnswer answer = Ask(new TpmCommand(0x17A, "GetCapability").U32(6).U32(number).U32(1)); // TPM_CAP_TPM_PROPERTIES
        _ = answer.Take(1);
        _ = answer.U32();
        return answer.U32() > 0 && answer.U32() == number ? answer.U32() : null;
    }

    /// <summary>Makes the storage key (TPM2_CreatePrimary) and returns its handle.</summary>
    public uint MakeStorageKey()
    {
        TpmCommand command = new TpmCommand(0x131, "CreatePrimary").U32(Owner).Authorized(0)
            .Sized([0, 0, 0, 0]) // no password, no data
            .Sized(StorageKey).U16(0).U32(0);
        return Ask(command).U32();
    }

    /// <summary>Seals a secret (TPM2_Create): what only this TPM can take apart, and only when a policy is satisfied.</summary>
    /// <param name="parent">Handle of the storage key.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="secret">At most 128 bytes.</param>
    public SealedObject Seal(uint parent, Sha256Digest policy, ReadOnlySpan<byte> secret)
    {
        byte[] sensitive = [0, 0, 0, (byte)secret.Length, .. secret];
        byte[] shape = [.. SealedHead, 0, Sha256Digest.Size, .. policy.Bytes, 0x00, (byte)None, 0x00, 0x00];
        TpmCommand command = new TpmCommand(0x153, "Create").U32(parent).Authorized(0).Sized(sensitive).Sized(shape).U16(0).U32(0);
        TpmAnswer answer = Ask(command);
        command.Clear();
        CryptographicOperations.ZeroMemory(sensitive);
        _ = answer.U32();
        byte[] secretPart = answer.Sized().ToArray();
        return new SealedObject(answer.Sized().ToArray(), secretPart);
    }

    /// <summary>Loads what was sealed (TPM2_Load) and returns its handle.</summary>
    public uint Load(uint parent, SealedObject item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return Ask(new TpmCommand(0x157, "Load").U32(parent).Authorized(0).Sized(item.Private.Span).Sized(item.Public.Span)).U32();
    }

    /// <summary>Opens it (TPM2_Unseal).</summary>
    /// <param name="item">Its handle.</param>
    /// <param name="session">A session in which its policy is satisfied; it ends with this.</param>
    public byte[] Unseal(uint item, uint session)
    {
        byte[] bytes = new byte[ITpmDevice.MostBytes];
        TpmAnswer answer = Ask(new TpmCommand(0x15E, "Unseal").U32(item).Authorized(session), bytes);
        _ = answer.U32();
        byte[] secret = answer.Sized().ToArray();
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    /// <summary>Loads a public key (TPM2_LoadExternal) and returns its handle.</summary>
    /// <param name="publicArea">TPMT_PUBLIC.</param>
    public uint LoadPublic(ReadOnlySpan<byte> publicArea) =>
        Ask(new TpmCommand(0x167, "LoadExternal").U16(0).Sized(publicArea).U32(Owner)).U32();

    /// <summary>Has a signature checked (TPM2_VerifySignature) and returns the ticket that says so (TPMT_TK_VERIFIED).</summary>
    /// <param name="key">Handle of the key.</param>
    /// <param name="digest">What was signed.</param>
    /// <param name="signature">RSASSA-PKCS1-v1_5 with SHA-256.</param>
    public byte[] Verify(uint key, Sha256Digest digest, ReadOnlySpan<byte> signature)
    {
        TpmAnswer answer = Ask(new TpmCommand(0x177, "VerifySignature").U32(key).Sized(digest.Bytes)
            .U16(RsaSignature).U16(TpmName.Sha256).Sized(signature));
        byte[] head = answer.Take(6).ToArray(); // tag, hierarchy
        ReadOnlySpan<byte> ticket = answer.Sized();
        return [.. head, (byte)(ticket.Length >> 8), (byte)ticket.Length, .. ticket];
    }

    /// <summary>Begins a session of a policy with SHA-256 (TPM2_StartAuthSession) and returns its handle.</summary>
    public uint StartPolicy()
    {
        byte[] nonce = new byte[16];
        Entropy.Fill(nonce);
        // not salted: nothing in it is secret but the answer of Unseal
        return Ask(new TpmCommand(0x176, "StartAuthSession").U32(Nobody).U32(Nobody).Sized(nonce).U16(0)
            .U8(1).U16(None).U16(TpmName.Sha256)).U32();
    }

    /// <summary>TPM2_PolicyPCR with the value that a register of the bank SHA-256 has now.</summary>
    public void PolicyRegister(uint session, int register) =>
        Send(new TpmCommand(0x17F, "PolicyPCR").U32(session).U16(0).Raw(PolicyDigest.Selection(register)));

    /// <summary>TPM2_PolicyNV: an index that everybody may read compares with an operand as asked.</summary>
    public void PolicyMemory(uint session, uint index, ReadOnlySpan<byte> operand, int offset, ushort operation) =>
        Send(new TpmCommand(0x149, "PolicyNV").U32(index).U32(index).U32(session).Authorized(0)
            .Sized(operand).U16((ushort)offset).U16(operation));

    /// <summary>TPM2_PolicyNvWritten: the index that is used was never written.</summary>
    public void PolicyUnwritten(uint session) => Send(new TpmCommand(0x18F, "PolicyNvWritten").U32(session).U8(0));

    /// <summary>TPM2_PolicyAuthorize: the policy so far was signed.</summary>
    /// <param name="session">The session.</param>
    /// <param name="approved">Its digest so far.</param>
    /// <param name="reference">The purpose.</param>
    /// <param name="key">Name of the key.</param>
    /// <param name="ticket">From <see cref="Verify"/>.</param>
    public void PolicyAuthorized(
        uint session, Sha256Digest approved, ReadOnlySpan<byte> reference, TpmName key, ReadOnlySpan<byte> ticket) =>
        Send(new TpmCommand(0x16A, "PolicyAuthorize").U32(session).Sized(approved.Bytes).Sized(reference).Sized(key.ToBytes()).Raw(ticket));

    /// <summary>What a session has come to (TPM2_PolicyGetDigest).</summary>
    public Sha256Digest DigestOf(uint session)
    {
        TpmAnswer answer = Ask(new TpmCommand(0x189, "PolicyGetDigest").U32(session));
        return answer.Sized() is { Length: Sha256Digest.Size } digest
            ? new Sha256Digest(digest) : throw new TpmException("the TPM answered PolicyGetDigest with no SHA-256");
    }

    /// <summary>Lets go of a key or a session (TPM2_FlushContext); one that is gone is gone.</summary>
    public void Flush(uint handle)
    {
        try
        {
            Send(new TpmCommand(0x165, "FlushContext").U32(handle));
        }
        catch (TpmException)
        {
            // a session ends with the command that used it up
        }
    }

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();

    /// <summary>Sends a command of which only success counts.</summary>
    internal void Send(TpmCommand command) => _ = Ask(command);

    /// <summary>Sends a command; a TPM that is busy is asked again.</summary>
    /// <exception cref="TpmException">It refuses.</exception>
    internal TpmAnswer Ask(TpmCommand command) => Ask(command, new byte[ITpmDevice.MostBytes]);

    private TpmAnswer Ask(TpmCommand command, byte[] bytes)
    {
        for (int left = MostRepeats; ; left--)
        {
            int count = device.Exchange(command.Finish(), bytes);
            TpmAnswer answer = TpmAnswer.Of(command.Name, bytes.AsSpan(0, count));
            switch (answer.Code)
            {
                case 0:
                    return answer;
                case TpmCode.Retry or TpmCode.Yielded or TpmCode.Testing when left > 0:
                    Thread.Sleep(RepeatMilliseconds);
                    break;
                default:
                    throw new TpmException(command.Name, answer.Code);
            }
        }
    }
}
