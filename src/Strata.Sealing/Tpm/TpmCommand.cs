using System.Buffers.Binary;

namespace Strata.Sealing.Tpm;

/// <summary>A command while it is written: numbers with their greatest byte first (TPM 2.0 Library, part 1, §18).</summary>
/// <param name="code">TPM_CC.</param>
/// <param name="name">Its name in messages.</param>
internal sealed class TpmCommand(uint code, string name)
{
    private const ushort WithoutSessions = 0x8001;
    private const ushort WithSessions = 0x8002;
    private const uint PasswordSession = 0x4000_0009; // TPM_RS_PW
    private const byte ContinueSession = 1;

    private readonly byte[] _bytes = new byte[ITpmDevice.MostBytes];
    private int _length = 10; // tag, size, code

    /// <summary>Its name in messages.</summary>
    public string Name => name;

    /// <summary>Whether it has an authorization area.</summary>
    public bool HasSessions { get; private set; }

    /// <summary>One byte.</summary>
    public TpmCommand U8(byte value)
    {
        _bytes[_length++] = value;
        return this;
    }

    /// <summary>Two bytes.</summary>
    public TpmCommand U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(_length), value);
        _length += 2;
        return this;
    }

    /// <summary>Four bytes.</summary>
    public TpmCommand U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(_length), value);
        _length += 4;
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public TpmCommand Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return this;
    }

    /// <summary>Bytes with their length before them (TPM2B).</summary>
    public TpmCommand Sized(ReadOnlySpan<byte> bytes) => U16((ushort)bytes.Length).Raw(bytes);

    /// <summary>The authorization area, behind the handles: an empty password for each of them, or a session of a policy.</summary>
    /// <param name="sessions">Handles of sessions; 0 for an empty password.</param>
    public TpmCommand Authorized(params ReadOnlySpan<uint> sessions)
    {
        HasSessions = true;
        U32((uint)(9 * sessions.Length)); // handle, nonce, attributes, authorization
        foreach (uint session in sessions)
        {
            U32(session == 0 ? PasswordSession : session).U16(0).U8(ContinueSession).U16(0);
        }
        return this;
    }

    /// <summary>The whole command.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes, HasSessions ? WithSessions : WithoutSessions);
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(2), _length);
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(6), code);
        return _bytes.AsSpan(0, _length);
    }

    /// <summary>Forgets what it says: it may be secret.</summary>
    public void Clear() => Array.Clear(_bytes);
}
