using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Verity;

/// <summary>
/// First 512 bytes of a dm-verity hash area as <c>veritysetup</c> writes it (cryptsetup <c>lib/verity/verity.c</c>, <c>struct verity_sb</c>).
/// </summary>
/// <remarks>
/// Integers little-endian. Only hash type 1, SHA-256 and blocks of 4,096 bytes are supported. The kernel never reads it: it gets the same facts in its
/// device-mapper table, and nothing in here is signed. What is trusted is the root hash.
/// </remarks>
internal sealed record VeritySuperblock
{
    /// <summary>Length in bytes; the hash tree starts at the next block.</summary>
    public const int Size = 512;

    /// <summary>Longest salt in bytes.</summary>
    public const int MaxSaltLength = 256;

    private static class At // byte offsets
    {
        public const int Version = 8;
        public const int HashType = 12;
        public const int Uuid = 16; // in the order it is written as text
        public const int Algorithm = 32; // 32 bytes, NUL-padded
        public const int DataBlockSize = 64;
        public const int HashBlockSize = 68;
        public const int DataBlocks = 72;
        public const int SaltSize = 80;
        public const int Salt = 88; // 6 bytes of padding before it
    }

    private static ReadOnlySpan<byte> Signature => "verity\0\0"u8;

    private static ReadOnlySpan<byte> Sha256Name => "sha256"u8;

    /// <summary>Number of data blocks of 4,096 bytes, at least 1.</summary>
    public required long DataBlocks { get; init; }

    /// <summary>Identity of the hash area.</summary>
    public required Guid Uuid { get; init; }

    /// <summary>Bytes hashed before every block, 0 … 256.</summary>
    public required ReadOnlyMemory<byte> Salt { get; init; }

    /// <summary>Writes 512 bytes.</summary>
    internal void WriteTo(Span<byte> block)
    {
        block[..Size].Clear();
        Signature.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.Version..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.HashType..], 1);
        Uuid.TryWriteBytes(block[At.Uuid..], bigEndian: true, out _);
        Sha256Name.CopyTo(block[At.Algorithm..]);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.DataBlockSize..], VerityTree.BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(block[At.HashBlockSize..], VerityTree.BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(block[At.DataBlocks..], DataBlocks);
        BinaryPrimitives.WriteUInt16LittleEndian(block[At.SaltSize..], (ushort)Salt.Length);
        Salt.Span.CopyTo(block[At.Salt..]);
    }

    /// <summary>Reads 512 bytes.</summary>
    /// <param name="block">At least 512 bytes.</param>
    /// <param name="offset">Where they start, for errors.</param>
    /// <exception cref="ImageFormatException">A field breaks a rule, or asks for what is not supported.</exception>
    public static VeritySuperblock Read(ReadOnlySpan<byte> block, long offset = 0)
    {
        if (block.Length < Size)
        {
            throw new ArgumentException($"a verity superblock has {Size} bytes, not {block.Length}", nameof(block));
        }
        Require(block.StartsWith(Signature), "the signature is not 'verity'");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(block[At.Version..]);
        Require(version == 1, $"version is {version}, expected 1");
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(block[At.HashType..]);
        Require(type == 1, $"hash_type is {type}, expected 1");
        ReadOnlySpan<byte> algorithm = block.Slice(At.Algorithm, At.DataBlockSize - At.Algorithm);
        Require(algorithm.StartsWith(Sha256Name) && !algorithm[Sha256Name.Length..].ContainsAnyExcept((byte)0), "the algorithm is not sha256");
        uint dataBlockSize = BinaryPrimitives.ReadUInt32LittleEndian(block[At.DataBlockSize..]);
        uint hashBlockSize = BinaryPrimitives.ReadUInt32LittleEndian(block[At.HashBlockSize..]);
        Require(
            dataBlockSize == VerityTree.BlockSize && hashBlockSize == VerityTree.BlockSize,
            $"block sizes are {dataBlockSize} and {hashBlockSize}, expected {VerityTree.BlockSize}");
        ulong blocks = BinaryPrimitives.ReadUInt64LittleEndian(block[At.DataBlocks..]);
        Require(blocks is > 0 and <= VerityTree.MaxDataBlocks, $"data_blocks is {blocks}, allowed are 1 to {VerityTree.MaxDataBlocks}");
        ushort saltSize = BinaryPrimitives.ReadUInt16LittleEndian(block[At.SaltSize..]);
        Require(saltSize <= MaxSaltLength, $"salt_size is {saltSize}, allowed are 0 to {MaxSaltLength}");
        return new VeritySuperblock
        {
            DataBlocks = (long)blocks,
            Uuid = new Guid(block.Slice(At.Uuid, 16), bigEndian: true),
            Salt = block.Slice(At.Salt, saltSize).ToArray(),
        };

        void Require(bool rule, string problem)
        {
            if (!rule)
            {
                throw new ImageFormatException("verity superblock", offset, problem);
            }
        }
    }
}
