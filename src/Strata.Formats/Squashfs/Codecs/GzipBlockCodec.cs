using System.IO.Compression;
using Strata.Formats.Streams;

namespace Strata.Formats.Squashfs.Codecs;

/// <summary>zlib streams (RFC 1950), what squashfs calls gzip, by the framework's own zlib.</summary>
internal sealed class GzipBlockEncoder(int level) : IBlockEncoder
{
    private byte[] _room = [];

    public int Encode(ReadOnlySpan<byte> plain, Span<byte> stored)
    {
        if (_room.Length < plain.Length)
        {
            _room = new byte[plain.Length];
        }
        using CappedStream capped = new(_room, plain.Length - 1);
        using (ZLibStream zlib = new(capped, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
        {
            zlib.Write(plain);
        }
        if (capped.IsOverflown)
        {
            return 0;
        }
        _room.AsSpan(0, capped.Filled).CopyTo(stored);
        return capped.Filled;
    }

    public void Dispose()
    {
    }

    /// <summary>Keeps at most so many bytes and remembers that there were more.</summary>
    private sealed class CappedStream(byte[] room, int capacity) : ForwardWriteStream
    {
        public int Filled { get; private set; }

        public bool IsOverflown { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsOverflown || buffer.Length > capacity - Filled)
            {
                IsOverflown = true;
                return;
            }
            buffer.CopyTo(room.AsSpan(Filled));
            Filled += buffer.Length;
        }

        public override void Flush()
        {
        }
    }
}

/// <summary>zlib streams back to plain bytes.</summary>
internal sealed class GzipBlockDecoder : IBlockDecoder
{
    public int Decode(ReadOnlySpan<byte> stored, Span<byte> plain)
    {
        using MemoryStream source = new(stored.ToArray(), writable: false);
        using ZLibStream zlib = new(source, CompressionMode.Decompress);
        try
        {
            int length = zlib.ReadAtLeast(plain, plain.Length, throwOnEndOfStream: false);
            Span<byte> more = stackalloc byte[1];
            return zlib.Read(more) == 0 ? length : -1;
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return -1; // ZLibException is an IOException
        }
    }

    public void Dispose()
    {
    }
}
