using Strata.Core;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>
/// A file on its way into the store, written from its beginning to its end. What a power cut leaves of it is known from its length alone.
/// </summary>
/// <remarks>
/// Nothing of a segment is written before all segments before it are durable. So whatever length is found after a power cut, everything
/// before the segment of its last byte is as it was written; only the rest is written again.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    /// <summary>
    /// With two blocks of 1 MiB, one that is begun again and one of which a part had come, no more than 4 MiB are fetched twice.
    /// </summary>
    public const int UsualSegment = 2 << 20;

    private const int BufferBytes = 64 << 10;

    private readonly int _segment;
    private readonly IWrittenFile _writer;
    private readonly IStoredFile _reader;
    private readonly Sha256Sum _sum = new();

    private PartialFile(IWrittenFile writer, IStoredFile reader, int segment) => (_writer, _reader, _segment) = (writer, reader, segment);

    /// <summary>Bytes that are in it.</summary>
    public long Length { get; private set; }

    /// <summary>What is in it.</summary>
    public IStoredFile Content => _reader;

    /// <summary>Goes on with a file, or begins it.</summary>
    /// <param name="storage">Has it.</param>
    /// <param name="path">Its name; the folder is there.</param>
    /// <param name="boundary">The last place at or before a given one from which it can be written on.</param>
    /// <param name="segment">Bytes after which it is made durable.</param>
    public static PartialFile Open(IStorage storage, string path, Func<long, long> boundary, int segment = UsualSegment)
    {
        (string folder, string _) = StorageSteps.Split(path);
        long kept = storage.SizeOf(path) is long length ? boundary(DurableBytes(length, segment)) : 0;
        if (kept == 0)
        {
            storage.Remove(path);
            PartialFile made = Of(storage.Create(path));
            storage.SyncFolder(folder);
            return made;
        }
        PartialFile file = Of(storage.Continue(path, kept));
        try
        {
            file._writer.Sync(); // what was cut off does not come back behind something new
            file.TakeUp(kept);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }

        PartialFile Of(IWrittenFile writer) =>
            new(writer, storage.TryOpen(path) ?? throw new IOException($"{path} is not there any more"), segment);
    }

    /// <summary>Bytes of a file that is found which are as they were written.</summary>
    public static long DurableBytes(long length, int segment = UsualSegment) => length == 0 ? 0 : (length - 1) / segment * segment;

    /// <summary>Writes on.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = (int)Math.Min(bytes.Length, _segment - (Length % _segment));
            _writer.Append(bytes[..count]);
            _sum.Append(bytes[..count]);
            Length += count;
            bytes = bytes[count..];
            if (Length % _segment == 0)
            {
                _writer.Sync();
            }
        }
    }

    /// <summary>Makes all of it durable, and says what it is. Nothing can be added afterwards.</summary>
    public Sha256Digest Finish()
    {
        _writer.Sync();
        return _sum.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    private void TakeUp(long kept)
    {
        byte[] buffer = new byte[BufferBytes];
        while (Length < kept)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, kept - Length));
            if (!_reader.TryReadAt(Length, piece))
            {
                throw new IOException("it became shorter while it was read");
            }
            _sum.Append(piece);
            Length += piece.Length;
        }
    }
}
