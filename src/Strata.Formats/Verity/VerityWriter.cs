using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>Everything that decides about a hash area besides the data.</summary>
public sealed record VerityOptions
{
    /// <summary>Bytes hashed before every block, 0 … 256; <c>veritysetup --salt -</c> for none.</summary>
    public ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>Identity of the hash area. Derive it from a digest: anything random makes images irreproducible.</summary>
    public required Guid Uuid { get; init; }

    /// <summary>Threads that hash. Has no influence on the bytes.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

/// <summary>Writes dm-verity hash areas, bit for bit as <c>veritysetup format</c>.</summary>
public static class VerityWriter
{
    /// <summary>Hashes data and writes its hash area.</summary>
    /// <param name="data">Read from its current position, in order, once.</param>
    /// <param name="dataLength">Bytes of it: a positive multiple of 4,096. Pad the data first; dm-verity knows whole blocks only.</param>
    /// <param name="output">Seekable; the hash area is written at its current position, which ends up behind it.</param>
    /// <param name="options">Salt and identity.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StrataException">The data ends early.</exception>
    public static async Task<VerityTree> WriteAsync(
        Stream data, long dataLength, Stream output, VerityOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        if (dataLength <= 0 || dataLength % VerityTree.BlockSize != 0)
        {
            throw new ArgumentException(
                $"dm-verity protects whole blocks of {VerityTree.BlockSize} bytes, at least one, not {dataLength} bytes", nameof(dataLength));
        }
        if (options.Salt.Length > VeritySuperblock.MaxSaltLength)
        {
            throw new ArgumentException(
                $"a verity salt has at most {VeritySuperblock.MaxSaltLength} bytes, not {options.Salt.Length}", nameof(options));
        }
        long blocks = dataLength / VerityTree.BlockSize;
        long start = output.Position;
        byte[] head = new byte[VerityTree.BlockSize];
        new VeritySuperblock { DataBlocks = blocks, Uuid = options.Uuid, Salt = options.Salt }.WriteTo(head);
        await output.WriteAsync(head, cancellationToken);

        VerityHasher hasher = new(options.Salt, blocks, (number, block) =>
        {
            output.Position = start + (number * VerityTree.BlockSize);
            output.Write(block.Span);
        });
        await VerityData.HashAsync(data, blocks, hasher, options.Threads, missing => new StrataException(
            $"cannot hash {dataLength} bytes for dm-verity: the data ends {missing} bytes early"), cancellationToken);
        Sha256Digest root = hasher.Finish();
        long length = VerityTree.HashAreaLengthOf(blocks);
        output.Position = start + length;
        return new VerityTree(root, blocks, length);
    }
}
