using System.Buffers.Binary;

namespace Strata.Sealing.Tpm;

/// <summary>The answer of a TPM while it is read. Who stands between may have made it: every length is checked.</summary>
internal ref struct TpmAnswer
{
    private const int HeaderSize = 10;

    private readonly string _command;
    private ReadOnlySpan<byte> _rest;

    private TpmAnswer(string command, uint code, ReadOnlySpan<byte> rest)
    {
        _command = command;
        Code = code;
        _rest = rest;
    }

    /// <summary>The response code; 0 for success.</summary>
    public uint Code { get; }

    /// <summary>Reads the head of an answer.</summary>
    /// <param name="command">Name of the command.</param>
    /// <param name="bytes">What came.</param>
    /// <exception cref="TpmException">It is no answer.</exception>
    public static TpmAnswer Of(string command, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]) != (uint)bytes.Length)
        {
            throw new TpmException($"the TPM answered {command} with something that is no answer");
        }
        return new TpmAnswer(command, BinaryPrimitives.ReadUInt32BigEndian(bytes[6..]), bytes[HeaderSize..]);
    }

    /// <summary>Two bytes.</summary>
    public ushort U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    /// <summary>Four bytes.</summary>
    public uint U32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>So many bytes.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new TpmException($"the answer of the TPM to {_command} is cut short");
        }
        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>Bytes with their length before them (TPM2B).</summary>
    public ReadOnlySpan<byte> Sized() => Take(U16());
}
