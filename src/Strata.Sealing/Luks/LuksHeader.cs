namespace Strata.Sealing.Luks;

/// <summary>Reads from a device; false where it has no such bytes.</summary>
public delegate bool LuksRead(long offset, Span<byte> buffer);

/// <summary>Writes to a device.</summary>
public delegate void LuksWrite(long offset, ReadOnlySpan<byte> bytes);

/// <summary>What a LUKS2 header says, beside its checksum.</summary>
internal sealed record LuksHeader
{
    /// <summary>Bytes of each of the two headers, with its JSON area.</summary>
    public required int Size { get; init; }

    /// <summary>Counts changes; of two headers the greater is the newer.</summary>
    public required long Sequence { get; init; }

    /// <summary>Label of the volume.</summary>
    public required string Label { get; init; }

    /// <summary>Its UUID.</summary>
    public required string Id { get; init; }

    /// <summary>A second label.</summary>
    public required string Subsystem { get; init; }

    /// <summary>Key slots, tokens, segments, digests.</summary>
    public required LuksValue Json { get; init; }
}
