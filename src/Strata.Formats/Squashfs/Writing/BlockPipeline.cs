using System.Threading.Channels;
using Strata.Core;
using Strata.Core.Progress;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Who wants to know where a block came to lie.</summary>
internal interface IBlockOwner
{
    /// <summary>Called in the order of submission, from one thread.</summary>
    /// <param name="ordinal">What the owner called this block.</param>
    /// <param name="block">The block.</param>
    /// <param name="sizeWord">Stored length and, in bit 24, whether it is uncompressed.</param>
    void Place(int ordinal, in SquashfsBlock block, uint sizeWord);
}

/// <summary>The cache had promised a block that it does not have, or no longer as it was put in.</summary>
internal sealed class LostBlockException(Sha256Digest plain) : Exception($"block {plain.ToShortString()} is gone from the cache");

/// <summary>Blocks go in one by one, are hashed and compressed by several threads, and are written in the order they came.</summary>
/// <remarks>A fixed number of buffers goes round, so a slow disk or compressor slows the reader down and memory stays bounded.</remarks>
internal sealed class BlockPipeline : IAsyncDisposable
{
    private const int ReadAhead = 4 << 20; // bytes

    private readonly IBlockCompressor _compressor;
    private readonly Stream _output;
    private readonly long _start;
    private readonly IProgressTask _progress;
    private readonly Channel<Job> _jobs;
    private readonly Channel<Job> _ordered;
    private readonly Channel<byte[]> _buffers;
    private readonly CancellationTokenSource _stop;
    private readonly Task[] _workers;
    private readonly Task _writer;
    private readonly List<SquashfsBlock> _index = [];

    /// <summary>Starts the threads. <paramref name="output"/> stands at <paramref name="position"/> of the image.</summary>
    public BlockPipeline(
        IBlockCompressor compressor, Stream output, long position, int blockSize, int threads, IProgressTask progress, CancellationToken cancellationToken)
    {
        (_compressor, _output, _start, _progress) = (compressor, output, position, progress);
        // One being worked on and one waiting for each thread, one being filled; and more of small blocks, for contents come in jerks: what
        // is read ahead keeps the threads busy while the next package is opened, and while what nobody takes of it is passed over.
        int buffers = Math.Max((2 * threads) + 1, ReadAhead / blockSize);
        _jobs = Channel.CreateUnbounded<Job>(new UnboundedChannelOptions { SingleWriter = true }); // bounded by the buffers
        _ordered = Channel.CreateUnbounded<Job>(new UnboundedChannelOptions { SingleWriter = true, SingleReader = true });
        _buffers = Channel.CreateBounded<byte[]>(buffers + 1);
        for (int i = 0; i < buffers + 1; i++) // and one more for the open fragment, which a file's own blocks overtake
        {
            _buffers.Writer.TryWrite(new byte[blockSize]);
        }
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // threads of their own: the pool has as many as there are processors, and none would be left for who reads and who writes
        _workers =
        [
            .. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
                CompressAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
        _writer = Task.Run(WriteAllAsync, CancellationToken.None);
    }

    private sealed record Job(byte[] Buffer, int Length, IBlockOwner Owner, int Ordinal, Sha256Digest? Recalled = null)
    {
        public TaskCompletionSource<Result> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly record struct Result(CompressedBlock Block, Sha256Digest Plain, Sha256Digest Stored);

    /// <summary>A buffer of block size with anything in it; waits until one is free.</summary>
    public async ValueTask<byte[]> RentAsync()
    {
        try
        {
            return await _buffers.Reader.ReadAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            await _writer; // the pipeline stopped itself, and the writer's task knows why
            throw;
        }
    }

    /// <summary>Gives back a buffer that was not needed.</summary>
    public void Return(byte[] buffer) => _buffers.Writer.TryWrite(buffer);

    /// <summary>Hands over a filled buffer.</summary>
    public void Submit(byte[] buffer, int length, IBlockOwner owner, int ordinal) => Submit(new Job(buffer, length, owner, ordinal));

    /// <summary>Hands over a block that the cache is to bring.</summary>
    /// <param name="buffer">Room for it.</param>
    /// <param name="length">Its plain length.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="ordinal">What the owner calls it.</param>
    /// <param name="plain">SHA-256 of its plain bytes.</param>
    public void SubmitRecalled(byte[] buffer, int length, IBlockOwner owner, int ordinal, Sha256Digest plain) =>
        Submit(new Job(buffer, length, owner, ordinal, plain));

    private void Submit(Job job)
    {
        _jobs.Writer.TryWrite(job);
        _ordered.Writer.TryWrite(job);
    }

    /// <summary>Waits until everything is written.</summary>
    /// <returns>The block index, in the order of the disk.</returns>
    public async Task<List<SquashfsBlock>> CompleteAsync()
    {
        _jobs.Writer.Complete();
        _ordered.Writer.Complete();
        await _writer;
        await Task.WhenAll(_workers);
        return _index;
    }

    /// <summary>Ends the threads, whatever they are at.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _jobs.Writer.TryComplete();
        _ordered.Writer.TryComplete();
        await Task.WhenAll(_workers.Append(_writer)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void CompressAll()
    {
        foreach (Job job in _jobs.Reader.ReadAllAsync().ToBlockingEnumerable())
        {
            try
            {
                _stop.Token.ThrowIfCancellationRequested();
                job.Done.SetResult(CompressAsync(job).AsTask().GetAwaiter().GetResult());
            }
#pragma warning disable CA1031 // whatever it is, the writer throws it on
            catch (Exception e)
#pragma warning restore CA1031
            {
                job.Done.SetException(e);
            }
        }
    }

    private async ValueTask<Result> CompressAsync(Job job)
    {
        if (job.Recalled is { } recalled)
        {
            return Load(job, recalled);
        }
        ReadOnlyMemory<byte> plain = job.Buffer.AsMemory(0, job.Length);
        Sha256Digest digest = Sha256Digest.Of(plain.Span);
        CompressedBlock block = await _compressor.CompressAsync(plain, digest, _stop.Token);
        bool isPossible = block.IsCompressed ? block.Stored.Length > 0 && block.Stored.Length < plain.Length : block.Stored.Length == plain.Length;
        Sha256Digest stored = block.IsCompressed || !isPossible ? Sha256Digest.Of(block.Stored.Span) : digest;
        if (!isPossible || (!block.IsCompressed && !block.Stored.Span.SequenceEqual(plain.Span)))
        {
            throw Impossible(digest, block, plain.Length);
        }
        return new Result(block, digest, stored);
    }

    private Result Load(Job job, Sha256Digest plain)
    {
        if (((IBlockCache)_compressor).TryLoad(plain, job.Length, job.Buffer, out CompressedBlock block, out Sha256Digest stored))
        {
            bool isPossible = block.IsCompressed
                ? block.Stored.Length > 0 && block.Stored.Length < job.Length
                : block.Stored.Length == job.Length && stored == plain;
            return isPossible ? new Result(block, plain, stored) : throw Impossible(plain, block, job.Length);
        }
        throw new LostBlockException(plain);
    }

    private static StrataException Impossible(Sha256Digest plain, CompressedBlock block, int length) => new(
        $"cannot use the stored form of block {plain.ToShortString()}: {block.Stored.Length} bytes for {length} plain ones are not possible",
        "The cache of compressed blocks is damaged; remove it and build again.");

    private async Task WriteAllAsync()
    {
        long position = _start;
        try
        {
            await foreach (Job job in _ordered.Reader.ReadAllAsync(_stop.Token))
            {
                Result result = await job.Done.Task;
                ReadOnlyMemory<byte> stored = result.Block.Stored;
                await _output.WriteAsync(stored, _stop.Token);
                SquashfsBlock block = new(result.Plain, result.Stored, position, stored.Length, job.Length);
                job.Owner.Place(job.Ordinal, block, (uint)stored.Length | (result.Block.IsCompressed ? 0 : SquashfsFormat.DataUncompressed));
                _index.Add(block);
                position += stored.Length;
                _progress.Advance(job.Length);
                result.Block.Dispose();
                Return(job.Buffer);
            }
        }
        catch
        {
            await _stop.CancelAsync(); // the reader may be waiting for a buffer that will never come
            throw;
        }
    }
}
