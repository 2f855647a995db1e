using Strata.Core;

namespace Strata.Formats.Gpt;

/// <summary>A partition to be made and what goes into it.</summary>
public sealed record DiskPart
{
    /// <summary>Label shown by tools: 1 … 36 UTF-16 units.</summary>
    public required string Label { get; init; }

    /// <summary>What it is for.</summary>
    public required PartitionType Type { get; init; }

    /// <summary>Identity; see <see cref="DigestGuid"/>.</summary>
    public required Guid Id { get; init; }

    /// <summary>Attribute bits.</summary>
    public GptAttributes Attributes { get; init; }

    /// <summary>Bytes that <see cref="Write"/> writes, exactly; 0 for an empty partition.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Bytes of the partition; null for those of the content, rounded up to the alignment.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>First byte on the disk, a multiple of the alignment; null for the next free place after the parts before.</summary>
    public long? StartBytes { get; init; }

    /// <summary>Writes the content to a stream that can only be written to, forwards; null for an empty partition.</summary>
    public Func<Stream, CancellationToken, Task>? Write { get; init; }

    /// <summary>Takes the content from a stream that is opened when its turn comes.</summary>
    public DiskPart From(Func<Stream> open)
    {
        ArgumentNullException.ThrowIfNull(open);
        return this with
        {
            Write = async (output, cancellationToken) =>
            {
                await using Stream content = open();
                await content.CopyToAsync(output, cancellationToken);
            },
        };
    }
}

/// <summary>A disk to be made.</summary>
public sealed record DiskConfig
{
    /// <summary>Identity of the disk.</summary>
    public required Guid DiskId { get; init; }

    /// <summary>Bytes in a sector, that of the medium: 512 or 4096.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Size of the disk; null for the smallest whole number of MiB.</summary>
    public ByteSize? Size { get; init; }

    /// <summary>Boot program for BIOS machines, at most 440 bytes; empty for none.</summary>
    public ReadOnlyMemory<byte> BootCode { get; init; }

    /// <summary>The partitions, in the order of their numbers.</summary>
    public required IReadOnlyList<DiskPart> Parts { get; init; }
}
