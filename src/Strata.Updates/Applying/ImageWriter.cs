using Strata.Core;
using Strata.Updates.Layers;

namespace Strata.Updates.Applying;

/// <summary>
/// Takes bytes of an image as they come and writes those that are right: blocks when all of a block is there and is the one that is meant.
/// </summary>
/// <param name="file">Gets them.</param>
/// <param name="pieces">What they are to be.</param>
/// <param name="size">Bytes of the image.</param>
/// <param name="whenWritten">Told a block, and where it lies.</param>
internal sealed class ImageWriter(PartialFile file, ImagePieces pieces, long size, Action<IndexedBlock, long> whenWritten)
{
    private byte[] _open = [];
    private int _filled;

    /// <summary>Forgets part of a block, of a transfer that broke.</summary>
    public void Restart() => _filled = 0;

    /// <summary>The next bytes.</summary>
    /// <exception cref="SourceException">They are not those of the image.</exception>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (pieces.BlockAt(file.Length) is not int number)
            {
                int count = (int)Math.Min(bytes.Length, pieces.EndOfRest(file.Length, size) - file.Length);
                if (count == 0)
                {
                    throw Wrong("more bytes came than it has");
                }
                file.Append(bytes[..count]);
                bytes = bytes[count..];
                continue;
            }
            IndexedBlock block = pieces.Block(number);
            int wanted = Math.Min(bytes.Length, block.StoredLength - _filled);
            if (_open.Length < block.StoredLength)
            {
                Array.Resize(ref _open, block.StoredLength);
            }
            bytes[..wanted].CopyTo(_open.AsSpan(_filled));
            _filled += wanted;
            bytes = bytes[wanted..];
            if (_filled == block.StoredLength)
            {
                _filled = 0;
                Span<byte> content = _open.AsSpan(0, block.StoredLength);
                if (Sha256Digest.Of(content) != block.Stored)
                {
                    throw Wrong($"block {number} has other bytes than those of its digest");
                }
                Write(block, content);
            }
        }
    }

    /// <summary>Writes a block that is known to be right.</summary>
    public void Write(IndexedBlock block, ReadOnlySpan<byte> content)
    {
        long at = file.Length;
        file.Append(content);
        whenWritten(block, at);
    }

    private static SourceException Wrong(string what) => new(SourceFault.Passing, $"cannot use what came of the image: {what}");
}
