using System.Diagnostics;
using System.Security.Cryptography;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Device.Disks;
using Strata.Device.Posix;

namespace Strata.Flash.Writing;

/// <summary>Writes an image to a disk, waits until it is there, reads it back and compares.</summary>
/// <remarks>
/// The first block, which has the partition table, is cleared before anything else and written last: whatever comes in between, a disk that
/// is only half written looks empty and starts nowhere. The last MiB of the disk is cleared too, where the table's second copy of what was
/// there before lies, and the marks of RAID. Nothing else behind the image is touched.
/// </remarks>
public sealed class Flasher
{
    private const int EndBytes = 1 << 20;
    private const int LeastHole = 64 << 10;

    private readonly FlashImage _image;
    private readonly IRawDisk _disk;
    private readonly IProgressReporter _progress;
    private readonly long _length;
    private long _cleared;

    private Flasher(FlashImage image, IRawDisk disk, IProgressReporter progress)
    {
        (_image, _disk, _progress) = (image, disk, progress);
        _length = RoundUp(image.Length, disk.BlockSize);
    }

    /// <summary>Writes, flushes, reads back and compares. It does not return before a read or write that it began has ended.</summary>
    /// <param name="image">What to write.</param>
    /// <param name="disk">Where to; all that it holds is lost.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Ends it after the block that is under way.</param>
    /// <exception cref="StrataException">
    /// The disk is too small, fails, was pulled out or holds something else than was written; or it was interrupted. The message says what
    /// the disk holds now.
    /// </exception>
    public static FlashOutcome Write(FlashImage image, IRawDisk disk, IProgressReporter progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(progress);
        Flasher flasher = new(image, disk, progress);
        if (flasher._length > disk.Size)
        {
            throw new StrataException(
                $"cannot write to {disk.Name}: the image has {image.Length} bytes and it has {disk.Size}; "
                + $"{new ByteSize(flasher._length - disk.Size)} are missing", "Take a larger one.");
        }
        if (cancellationToken.IsCancellationRequested)
        {
            throw new StrataException($"cannot write to {disk.Name}: interrupted before anything was written; it is as it was");
        }
        long started = Stopwatch.GetTimestamp();
        Sha256Digest digest = flasher.WriteAll(cancellationToken);
        TimeSpan writing = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        flasher.ReadBack(cancellationToken);
        return new FlashOutcome(digest, image.Length, flasher._cleared, writing, Stopwatch.GetElapsedTime(started), disk.ReadsPastCache);
    }

    private Sha256Digest WriteAll(CancellationToken cancellationToken)
    {
        long written = 0;
        using IProgressTask task = _progress.Begin($"writing to {_disk.Name}", _image.Length, ProgressUnit.Bytes);
        try
        {
            ClearEnds();
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            AlignedBlock start = new(BlockReader.BlockSize);
            Span<byte> first = start.Of((int)Math.Min(BlockReader.BlockSize, _length));
            _image.ReadAt(0, first);
            hash.AppendData(first[..(int)Math.Min(first.Length, _image.Length)]);
            using BlockReader blocks = new(_length, first.Length, (offset, block) =>
            {
                _image.ReadAt(offset, block);
                hash.AppendData(block[..(int)Math.Min(block.Length, _image.Length - offset)]); // of one block after the other
            });
            while (blocks.Next() is (long offset, AlignedBlock block, int count))
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteBlock(offset, block.Of(count));
                written += count;
                task.Advance(count);
            }
            _disk.Flush();
            cancellationToken.ThrowIfCancellationRequested();
            WriteBlock(0, first);
            _disk.Flush();
            task.Advance(first.Length);
            return new Sha256Digest(hash.GetHashAndReset());
        }
        catch (OperationCanceledException)
        {
            throw new StrataException(
                $"cannot write to {_disk.Name}: interrupted after {new ByteSize(written)} of {new ByteSize(_image.Length)}; "
                + "what it held is lost, it has no partition table and no machine starts from it",
                "The same command writes it anew.");
        }
        catch (PosixException e)
        {
            throw Failed($"write to {_disk.Name}", e, $"after {new ByteSize(written)} of {new ByteSize(_image.Length)}");
        }
    }

    private void ClearEnds()
    {
        AlignedBlock zeros = new(EndBytes);
        zeros.Of(EndBytes).Clear();
        ClearRange(zeros, 0, Math.Min(EndBytes, _length));
        long end = Math.Max(_length, _disk.Size - EndBytes);
        ClearRange(zeros, end, _disk.Size - end);
        _disk.Flush();
    }

    private void ClearRange(AlignedBlock zeros, long offset, long count)
    {
        if (count > 0 && _disk.ClearsForNothing)
        {
            _disk.Clear(offset, count);
        }
        else if (count > 0)
        {
            _disk.WriteAt(offset, zeros.Of((int)count));
        }
    }

    /// <summary>Writes a block; in a file its zeros become holes.</summary>
    private void WriteBlock(long offset, ReadOnlySpan<byte> block)
    {
        if (!_disk.ClearsForNothing)
        {
            _disk.WriteAt(offset, block);
            return;
        }
        for (int at = 0; at < block.Length;)
        {
            bool isHole = IsHole(block, at);
            int end = at;
            while (end < block.Length && IsHole(block, end) == isHole)
            {
                end = Math.Min(end + LeastHole, block.Length);
            }
            if (isHole)
            {
                _disk.Clear(offset + at, end - at);
                _cleared += Math.Min(end - at, Math.Max(0, _image.Length - offset - at));
            }
            else
            {
                _disk.WriteAt(offset + at, block[at..end]);
            }
            at = end;
        }
    }

    private static bool IsHole(ReadOnlySpan<byte> block, int at) =>
        block[at..Math.Min(at + LeastHole, block.Length)].IndexOfAnyExcept((byte)0) < 0;

    private void ReadBack(CancellationToken cancellationToken)
    {
        using IProgressTask task = _progress.Begin($"reading {_disk.Name} back", _image.Length, ProgressUnit.Bytes);
        AlignedBlock expected = new(BlockReader.BlockSize);
        long compared = 0;
        try
        {
            using BlockReader blocks = new(_length, 0, _disk.ReadAt);
            while (blocks.Next() is (long offset, AlignedBlock block, int count))
            {
                cancellationToken.ThrowIfCancellationRequested();
                _image.ReadAt(offset, expected.Of(count));
                int same = block.Of(count).CommonPrefixLength(expected.Of(count));
                if (same < count)
                {
                    throw Different(offset + same, block.Of(count)[same], expected.Of(count)[same]);
                }
                compared += count;
                task.Advance(count);
            }
        }
        catch (OperationCanceledException)
        {
            throw new StrataException(
                $"cannot say that {_disk.Name} holds the image: it is written, but reading it back was interrupted "
                + $"after {new ByteSize(compared)} of {new ByteSize(_image.Length)}, which were right",
                "The same command writes it anew and compares all of it.");
        }
        catch (PosixException e)
        {
            throw Failed($"read {_disk.Name} back", e, $"at byte {compared}");
        }
    }

    private StrataException Different(long at, byte found, byte written)
    {
        if (!_image.IsUnchanged)
        {
            return new StrataException(
                $"cannot say what {_disk.Name} holds: the image {_image.Path} has changed while it was written",
                "Try again when nobody builds it.");
        }
        return new StrataException(
            $"cannot write to {_disk.Name}: it does not keep what it is given; its byte {at} is 0x{found:x2} where 0x{written:x2} was "
            + $"written. {Disarmed()}",
            $"A disk that has less room than it says, or is worn out, does that: the first {new ByteSize(at)} are right. "
            + "Take another one.");
    }

    private StrataException Failed(string what, PosixException e, string where) => _disk.IsPresent
        ? new StrataException(
            $"cannot {what}: {e.Message} {where}. {Disarmed()}",
            "Its contact may be bad, or it is worn out: try another port, then another disk.", e)
        : new StrataException(
            $"cannot {what}: it was pulled out {where}; what it held is lost, and it cannot be relied on",
            "Plug it in; the same command writes it anew.", e);

    /// <summary>Takes the partition table away again, so that nobody starts from what is not right, and tells what came of it.</summary>
    private string Disarmed()
    {
        try
        {
            AlignedBlock zeros = new(EndBytes);
            zeros.Of(EndBytes).Clear();
            ClearRange(zeros, 0, Math.Min(EndBytes, _length));
            _disk.Flush();
            return "What it held is lost; its partition table is cleared, so that no machine starts from it";
        }
        catch (PosixException)
        {
            return "What it held is lost, and nothing more can be written to it: do not start from it";
        }
    }

    private static long RoundUp(long value, long to) => (value + to - 1) / to * to;
}
