using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Tcg;

/// <summary>
/// What firmware and boot programs noted of everything that they measured: the crypto-agile event log (TCG PC Client Platform Firmware
/// Profile 1.06, section 10), as Linux shows it in <c>/sys/kernel/security/tpm0/binary_bios_measurements</c>.
/// </summary>
/// <remarks>
/// Integers little-endian. Limits: 4 MiB, 20,000 events, 16 algorithms. Not read: logs of TPM 1.2, and those without SHA-256. Nothing of it
/// is proved by itself; replayed, it explains what a TPM holds, or does not.
/// </remarks>
public sealed class EventLog
{
    /// <summary>Bytes that a log may have.</summary>
    public const int LargestLog = 4 << 20;

    /// <summary>Registers of a bank.</summary>
    public const int Registers = 24;

    private const string FormatName = "event log";
    private const int MostEvents = 20_000;
    private const int MostAlgorithms = 16;
    private const int OldHeader = 32; // register, type, SHA-1 digest, length
    private const ushort Sha256 = 0x000B; // TPM_ALG_SHA256

    private EventLog(IReadOnlyList<LoggedEvent> events) => Events = events;

    /// <summary>The events, in order; without the first one, which says how the others are laid out.</summary>
    public IReadOnlyList<LoggedEvent> Events { get; }

    /// <summary>Reads a log.</summary>
    /// <exception cref="ImageFormatException">It is none, or too large.</exception>
    public static EventLog Read(ReadOnlyMemory<byte> log)
    {
        if (log.Length > LargestLog)
        {
            throw new ImageFormatException(FormatName, 0, $"{log.Length} bytes, expected at most {LargestLog}");
        }
        int at = ReadSpecification(log.Span, out Dictionary<ushort, int> sizes);
        List<LoggedEvent> events = [];
        while (at < log.Length)
        {
            if (events.Count == MostEvents)
            {
                throw new ImageFormatException(FormatName, at, $"more than {MostEvents} events");
            }
            events.Add(ReadEvent(log, ref at, sizes));
        }
        return new EventLog(events);
    }

    /// <summary>What the registers of the bank SHA-256 hold when nothing else extended them.</summary>
    public IReadOnlyList<Sha256Digest> Replay()
    {
        Sha256Digest[] registers = new Sha256Digest[Registers];
        byte[] start = new byte[Sha256Digest.Size];
        for (int i = 17; i <= 22; i++) // of a start that the processor measures (part 1, section 17.4); ones until there was one
        {
            registers[i] = new Sha256Digest(Enumerable.Repeat((byte)0xFF, Sha256Digest.Size).ToArray());
        }
        foreach (LoggedEvent logged in Events)
        {
            if (logged.StartupLocality is byte locality) // section 10.4.5.3: register 0 begins with it
            {
                start[^1] = locality;
                registers[0] = new Sha256Digest(start);
            }
            else if (logged.Extends)
            {
                registers[logged.Register] = Sha256Digest.Of([.. registers[logged.Register].Bytes, .. logged.Digest.Bytes]);
            }
        }
        return registers;
    }

    // TCG_EfiSpecIDEvent (section 10.4.5.1), in the form of TPM 1.2
    private static int ReadSpecification(ReadOnlySpan<byte> log, out Dictionary<ushort, int> sizes)
    {
        const int Algorithms = 24;
        if (log.Length < OldHeader + Algorithms + 4 || !log[OldHeader..].StartsWith("Spec ID Event03\0"u8)
            || BinaryPrimitives.ReadUInt32LittleEndian(log[4..]) != LoggedEvent.NoAction)
        {
            throw new ImageFormatException(FormatName, 0, "it does not begin with 'Spec ID Event03', as a log of a TPM 2.0 does");
        }
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(log[(OldHeader - 4)..]);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(log[(OldHeader + Algorithms)..]);
        if (length > log.Length - OldHeader || count is 0 or > MostAlgorithms || Algorithms + 4 + (count * 4) + 1 > length)
        {
            throw new ImageFormatException(
                FormatName, OldHeader, $"{count} algorithms in a first event of {length} bytes, expected 1 to {MostAlgorithms}");
        }
        sizes = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = log[(OldHeader + Algorithms + 4 + (4 * i))..];
            ushort algorithm = BinaryPrimitives.ReadUInt16LittleEndian(entry), size = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]);
            if (size is 0 or > 64 || !sizes.TryAdd(algorithm, size) || (algorithm == Sha256 && size != Sha256Digest.Size))
            {
                throw new ImageFormatException(
                    FormatName, OldHeader + Algorithms, $"algorithm 0x{algorithm:x4} with digests of {size} bytes");
            }
        }
        return sizes.ContainsKey(Sha256) ? OldHeader + (int)length
            : throw new ImageFormatException(FormatName, OldHeader + Algorithms, "it has no digests of SHA-256");
    }

    // TCG_PCR_EVENT2 (section 10.2.2)
    private static LoggedEvent ReadEvent(ReadOnlyMemory<byte> log, ref int at, Dictionary<ushort, int> sizes)
    {
        int start = at;
        uint register = U32(log.Span, ref at), type = U32(log.Span, ref at), count = U32(log.Span, ref at);
        if (count != sizes.Count || register >= Registers)
        {
            throw new ImageFormatException(
                FormatName, start,
                $"an event of register {register} with {count} digests, expected registers below {Registers} and {sizes.Count}");
        }
        Sha256Digest? digest = null;
        for (int i = 0; i < count; i++)
        {
            ushort algorithm = BinaryPrimitives.ReadUInt16LittleEndian(Take(log, ref at, 2).Span);
            if (!sizes.TryGetValue(algorithm, out int size))
            {
                throw new ImageFormatException(
                    FormatName, at, $"a digest of algorithm 0x{algorithm:x4}, which the first event does not name");
            }
            ReadOnlyMemory<byte> bytes = Take(log, ref at, size);
            digest = algorithm == Sha256 ? new Sha256Digest(bytes.Span) : digest;
        }
        uint length = U32(log.Span, ref at);
        ReadOnlyMemory<byte> data = Take(log, ref at, length);
        return digest is Sha256Digest sha256 ? new LoggedEvent((int)register, type, sha256, data)
            : throw new ImageFormatException(FormatName, start, "an event without SHA-256");
    }

    private static uint U32(ReadOnlySpan<byte> log, ref int at)
    {
        if (log.Length - at < 4)
        {
            throw new ImageFormatException(FormatName, at, "the log ends within an event");
        }
        at += 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(log[(at - 4)..]);
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> log, ref int at, uint count)
    {
        if (count > log.Length - at)
        {
            throw new ImageFormatException(FormatName, at, $"{count} bytes of an event in a log that has {log.Length - at} more");
        }
        at += (int)count;
        return log.Slice(at - (int)count, (int)count);
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> log, ref int at, int count) => Take(log, ref at, (uint)count);
}
