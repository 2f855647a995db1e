using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Planning;
using Strata.Updates.Releases;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>Makes the image of a layer, from its beginning to its end: copies the blocks that are there, fetches the rest.</summary>
/// <param name="store">Gets it.</param>
/// <param name="source">Has it.</param>
/// <param name="local">Blocks that are there.</param>
/// <param name="steps">Told what comes.</param>
internal sealed class LayerFetch(DeviceStore store, IUpdateSource source, LocalBlocks local, ApplySteps steps)
{
    /// <summary>Makes one image.</summary>
    /// <param name="plan">What of it is fetched.</param>
    /// <param name="index">Its blocks.</param>
    /// <exception cref="StrataException">It cannot be had; what is right of it stays for the next time.</exception>
    public void Run(LayerPlan plan, BlockIndex index)
    {
        ReleaseLayer layer = plan.Layer;
        ImagePieces pieces = new(index, layer.Size);
        for (bool isAgain = false; ; isAgain = true)
        {
            Sha256Digest digest = Write(plan, index, pieces);
            if (digest == layer.Image)
            {
                break;
            }
            // each block was right, so it is what is around them, and nobody can say which byte
            store.Discard(layer.Image);
            if (isAgain)
            {
                throw new SourceException(
                    SourceFault.Lasting,
                    $"cannot fetch layer {layer.Name} from {source.Name}: twice it was another image than the release says",
                    "Somebody in between may change files; publish them again, or take them from another place.");
            }
        }
        store.Keep(layer.Image);
        if (store.TryOpen(layer.Image, layer.Size) is IStoredFile image)
        {
            local.Add(image, index);
        }
    }

    private Sha256Digest Write(LayerPlan plan, BlockIndex index, ImagePieces pieces)
    {
        ReleaseLayer layer = plan.Layer;
        using PartialFile file = store.Begin(layer.Image, pieces.BoundaryBefore);
        try
        {
            for (int i = 0; i < pieces.CountBefore(file.Length); i++)
            {
                local.Add(file.Content, pieces.Block(i), pieces.OffsetOf(i));
            }
            ImageWriter writer = new(file, pieces, layer.Size, (block, at) => local.Add(file.Content, block, at));
            Patience patience = new(steps.Wait);
            bool hasRanges = true;
            while (file.Length < layer.Size)
            {
                if (RangeAt(plan, file.Length) is null && pieces.BlockAt(file.Length) is int number
                    && TryCopy(pieces.Block(number), writer))
                {
                    continue;
                }
                long before = file.Length;
                try
                {
                    writer.Restart();
                    Fetch(plan, pieces, file, writer, hasRanges);
                    patience.Reward();
                }
                catch (SourceException e) when (e.Fault == SourceFault.NoRanges && hasRanges)
                {
                    hasRanges = false;
                }
                catch (SourceException e)
                {
                    if (file.Length > before)
                    {
                        patience.Reward();
                    }
                    patience.Endure(e);
                }
            }
            return file.Finish();
        }
        finally
        {
            local.Forget(file.Content, index); // it is closed now
        }
    }

    private void Fetch(LayerPlan plan, ImagePieces pieces, PartialFile file, ImageWriter writer, bool hasRanges)
    {
        string path = Medium.PathOf(plan.Layer.Image);
        if (hasRanges)
        {
            long end = RangeAt(plan, file.Length)?.End ?? EndOfBlock(pieces, file.Length);
            source.Read(path, new ByteRange(file.Length, end - file.Length), bytes => Take(bytes, writer));
            return;
        }
        long skipped = file.Length;
        source.ReadAll(path, plan.Layer.Size, bytes =>
        {
            int over = (int)Math.Min(skipped, bytes.Length); // is there already
            skipped -= over;
            Take(bytes[over..], writer);
        });
    }

    private void Take(ReadOnlySpan<byte> bytes, ImageWriter writer)
    {
        writer.Take(bytes);
        steps.Fetched(bytes.Length);
    }

    private bool TryCopy(IndexedBlock block, ImageWriter writer)
    {
        Span<byte> content = steps.Buffer(block.StoredLength);
        if (!local.TryCopy(block, content))
        {
            return false; // the disk has lost it: it is fetched, whatever the plan said
        }
        writer.Write(block, content);
        return true;
    }

    private static long EndOfBlock(ImagePieces pieces, long at) =>
        pieces.BlockAt(at) is int number ? pieces.OffsetOf(number) + pieces.Block(number).StoredLength
            : throw new InvalidOperationException("what is no block is in a range of the plan");

    private static ByteRange? RangeAt(LayerPlan plan, long at)
    {
        foreach (ByteRange range in plan.Ranges)
        {
            if (range.Offset <= at && at < range.End)
            {
                return range;
            }
        }
        return null;
    }
}
