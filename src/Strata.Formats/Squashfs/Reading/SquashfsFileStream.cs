namespace Strata.Formats.Squashfs.Reading;

/// <summary>Bytes of one file. Reads one block at a time; only <see cref="Core.ImageFormatException"/> for bad bytes.</summary>
internal sealed class SquashfsFileStream(DataReader data, SquashfsInode inode) : Stream
{
    private readonly byte[] _block = new byte[Math.Min(data.BlockSize, inode.Size)];
    private long _blockNumber = -1;
    private long _position;
    private long _storedBefore = inode.Start; // position of the first stored byte of block _next
    private int _next;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => inode.Size;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position >= inode.Size || buffer.Length == 0)
        {
            return 0;
        }
        long number = _position / data.BlockSize;
        if (number != _blockNumber)
        {
            _blockNumber = -1;
            Load(number);
            _blockNumber = number;
        }
        int offset = (int)(_position % data.BlockSize);
        int count = Math.Min(buffer.Length, PlainLength(number) - offset);
        _block.AsSpan(offset, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => inode.Size + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int PlainLength(long number) => (int)Math.Min(data.BlockSize, inode.Size - (number * data.BlockSize));

    private void Load(long number)
    {
        Span<byte> plain = _block.AsSpan(0, PlainLength(number));
        if (number >= inode.SizeWords.Count)
        {
            data.ReadTail(inode.Fragment!.Value, inode.FragmentOffset, plain); // the inode was refused if it had neither
            return;
        }
        if (number < _next)
        {
            (_next, _storedBefore) = (0, inode.Start);
        }
        for (; _next < number; _next++)
        {
            _storedBefore += inode.SizeWords[_next] & SquashfsFormat.DataLengthMask;
        }
        uint word = inode.SizeWords[(int)number];
        if ((word & SquashfsFormat.DataLengthMask) == 0)
        {
            plain.Clear();
            return;
        }
        data.ReadBlock(_storedBefore, word, plain);
    }
}
