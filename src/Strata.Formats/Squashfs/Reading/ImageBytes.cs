using Strata.Core;

namespace Strata.Formats.Squashfs.Reading;

/// <summary>The stored bytes of an image, read by position. Nothing beyond <see cref="Length"/> is ever looked at.</summary>
internal sealed class ImageBytes(Stream stream, long origin, long length)
{
    /// <summary>Bytes of the image.</summary>
    public long Length { get; } = length;

    /// <summary>Fills <paramref name="room"/>.</summary>
    /// <exception cref="ImageFormatException">The image ends before that.</exception>
    public void Read(long position, Span<byte> room, string what)
    {
        if (position < 0 || position > Length || room.Length > Length - position)
        {
            throw new ImageFormatException($"squashfs {what}", position, $"{room.Length} bytes reach past the end at {Length}");
        }
        stream.Position = origin + position;
        if (stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false) < room.Length)
        {
            throw new ImageFormatException($"squashfs {what}", position, $"the stream ends within these {room.Length} bytes");
        }
    }
}
