using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;

namespace Strata.Formats.Squashfs.Writing;

/// <summary>Contents of files, cut into blocks and fragments: the part of an image between superblock and tables.</summary>
internal sealed class DataSection : IBlockOwner
{
    private readonly SquashfsOptions _options;
    private readonly IContentReader _contents;
    private readonly BlockPipeline _pipeline;
    private readonly IBlockCache? _cache;
    private readonly DataPlan _plan;
    private readonly Dictionary<Sha256Digest, StoredFile> _files = [];
    private readonly List<(long Offset, uint SizeWord)> _fragments = [];
    private readonly Dictionary<PlannedFragment, Sha256Digest> _recalledFragments = [];
    private readonly Sha256Digest[] _fragmentPlain;
    private PlannedFragment? _open;
    private byte[]? _openBuffer;

    private DataSection(SquashfsOptions options, IContentReader contents, BlockPipeline pipeline, IBlockCache? cache, DataPlan plan)
    {
        (_options, _contents, _pipeline, _cache, _plan) = (options, contents, pipeline, cache, plan);
        _fragmentPlain = new Sha256Digest[plan.Fragments.Count];
    }

    /// <summary>Every content of the tree by its digest.</summary>
    public IReadOnlyDictionary<Sha256Digest, StoredFile> Files => _files;

    /// <summary>Fragment blocks by number.</summary>
    public IReadOnlyList<(long Offset, uint SizeWord)> Fragments => _fragments;

    /// <summary>Data and fragment blocks in the order of the disk.</summary>
    public IReadOnlyList<SquashfsBlock> Blocks { get; private set; } = [];

    /// <summary>
    /// Writes all contents of <paramref name="source"/>, each once. <paramref name="output"/> stands at <paramref name="position"/> of the image.
    /// </summary>
    /// <param name="source">What goes in.</param>
    /// <param name="options">How.</param>
    /// <param name="compressor">Makes stored blocks.</param>
    /// <param name="cache">Knows contents that need not be read; null for none.</param>
    /// <param name="output">Where to.</param>
    /// <param name="position">Where that is.</param>
    /// <param name="progress">Advances by plain bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LostBlockException">A block that the cache has is not what was put in. Start again without the cache's contents.</exception>
    public static async Task<DataSection> WriteAsync(
        SquashfsSource source,
        SquashfsOptions options,
        IBlockCompressor compressor,
        IBlockCache? cache,
        Stream output,
        long position,
        IProgressTask progress,
        CancellationToken cancellationToken)
    {
        DataPlan plan = DataPlan.Of(source.Tree, options);
        await using BlockPipeline pipeline = new(
            compressor, output, position, options.BlockSize, options.AffordableThreads, progress, cancellationToken);
        DataSection section = new(options, source.Contents, pipeline, cache, plan);
        section.RecallFragments();
        foreach (PlannedFile file in plan.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.StartsGroup)
            {
                await section.FlushAsync();
            }
            await section.AddAsync(file);
        }
        await section.FlushAsync();
        section.Blocks = await pipeline.CompleteAsync();
        section.Remember();
        return section;
    }

    /// <inheritdoc/>
    public void Place(int ordinal, in SquashfsBlock block, uint sizeWord)
    {
        _fragments.Add((block.Offset, sizeWord));
        _fragmentPlain[ordinal] = block.Plain;
    }

    private void RecallFragments()
    {
        if (_cache is null)
        {
            return;
        }
        foreach (PlannedFragment fragment in _plan.Fragments)
        {
            if (_cache.TryRecall(fragment.Unit(_options.BlockSize), 1, out IReadOnlyList<Sha256Digest> plain) && plain[0] != default)
            {
                _recalledFragments.Add(fragment, plain[0]);
            }
        }
    }

    private async ValueTask AddAsync(PlannedFile file)
    {
        FileContent content = file.Content;
        _files.Add(content.Digest, file.Stored);
        if (content.Size == 0)
        {
            return;
        }
        int blocks = file.Stored.SizeWords.Length;
        bool isTailWanted = file.Fragment is not null && !_recalledFragments.ContainsKey(file.Fragment);
        bool areBlocksKnown = await TrySubmitRecalledAsync(file);
        if (areBlocksKnown && !isTailWanted)
        {
            await OpenFragmentAsync(file.Fragment, needsBuffer: false);
            return;
        }
        Stream stream = _contents.Open(content);
        byte[]? skipped = null;
        for (int i = 0; i < blocks; i++)
        {
            int length = LengthOf(file, i);
            byte[] buffer = areBlocksKnown ? skipped ??= await _pipeline.RentAsync() : await _pipeline.RentAsync();
            Fill(stream, buffer.AsSpan(0, length), file);
            if (areBlocksKnown)
            {
                continue;
            }
            if (buffer.AsSpan(0, length).ContainsAnyExcept((byte)0))
            {
                _pipeline.Submit(buffer, length, file.Stored, i);
            }
            else
            {
                file.Stored.SparseBytes += length;
                _pipeline.Return(buffer);
            }
        }
        if (file.Fragment is not null)
        {
            await OpenFragmentAsync(file.Fragment, isTailWanted);
            if (isTailWanted)
            {
                Fill(stream, _openBuffer.AsSpan(file.Stored.FragmentOffset, file.Tail), file);
            }
            else
            {
                skipped ??= await _pipeline.RentAsync(); // read all the same: the digest is checked at the end
                Fill(stream, skipped.AsSpan(0, file.Tail), file);
            }
        }
        if (skipped is not null)
        {
            _pipeline.Return(skipped);
        }
        if (stream.ReadByte() >= 0) // also makes the reader compare the digest
        {
            throw new StrataException($"cannot pack {file.Path}: its content has more than the {content.Size} bytes it was announced with");
        }
    }

    /// <summary>True when the content's own blocks are all in the cache, and on their way; also when it has none.</summary>
    private async ValueTask<bool> TrySubmitRecalledAsync(PlannedFile file)
    {
        int blocks = file.Stored.SizeWords.Length;
        if (blocks == 0)
        {
            return true;
        }
        if (_cache is null || !_cache.TryRecall(file.Unit(_options.BlockSize), blocks, out IReadOnlyList<Sha256Digest> plain))
        {
            return false;
        }
        file.Stored.IsRecalled = true;
        for (int i = 0; i < blocks; i++)
        {
            if (plain[i] == default)
            {
                file.Stored.SparseBytes += LengthOf(file, i);
            }
            else
            {
                _pipeline.SubmitRecalled(await _pipeline.RentAsync(), LengthOf(file, i), file.Stored, i, plain[i]);
            }
        }
        return true;
    }

    private int LengthOf(PlannedFile file, int ordinal) =>
        (int)Math.Min(_options.BlockSize, file.Content.Size - ((long)ordinal * _options.BlockSize));

    /// <summary>Makes a fragment the open one; another one is ended.</summary>
    private async ValueTask OpenFragmentAsync(PlannedFragment? fragment, bool needsBuffer)
    {
        if (fragment is null)
        {
            return;
        }
        if (_open != fragment)
        {
            await FlushAsync();
            _open = fragment;
        }
        if (needsBuffer)
        {
            _openBuffer ??= await _pipeline.RentAsync();
        }
    }

    /// <summary>Ends the open fragment: what comes next does not share it.</summary>
    private async ValueTask FlushAsync()
    {
        if (_open is null)
        {
            return;
        }
        if (_recalledFragments.TryGetValue(_open, out Sha256Digest plain))
        {
            _pipeline.SubmitRecalled(await _pipeline.RentAsync(), _open.Length, this, _open.Number, plain);
        }
        else
        {
            _pipeline.Submit(_openBuffer!, _open.Length, this, _open.Number);
        }
        (_open, _openBuffer) = (null, null);
    }

    /// <summary>Only now: every content was read to its end, so its digest is what the tree says.</summary>
    private void Remember()
    {
        if (_cache is null)
        {
            return;
        }
        foreach (PlannedFile file in _plan.Files.Where(f => f.Stored is { IsRecalled: false, Plain.Length: > 0 }))
        {
            _cache.Remember(file.Unit(_options.BlockSize), file.Stored.Plain);
        }
        foreach (PlannedFragment fragment in _plan.Fragments.Where(f => !_recalledFragments.ContainsKey(f)))
        {
            _cache.Remember(fragment.Unit(_options.BlockSize), [_fragmentPlain[fragment.Number]]);
        }
    }

    private static void Fill(Stream stream, Span<byte> room, PlannedFile file)
    {
        if (stream.ReadAtLeast(room, room.Length, throwOnEndOfStream: false) < room.Length)
        {
            throw new StrataException(
                $"cannot pack {file.Path}: its content ends before the {file.Content.Size} bytes it was announced with");
        }
    }
}
