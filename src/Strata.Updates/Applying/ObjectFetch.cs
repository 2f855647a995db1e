using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Updates.Applying;

/// <summary>Fetches objects that are taken whole: manifests, block indexes, kernel images.</summary>
/// <param name="store">Gets them.</param>
/// <param name="source">Has them.</param>
/// <param name="steps">Told what comes.</param>
internal sealed class ObjectFetch(DeviceStore store, IUpdateSource source, ApplySteps steps)
{
    /// <summary>Fetches an object into the store, unless it is there and whole; in the place of one that is damaged.</summary>
    /// <param name="file">Which.</param>
    /// <param name="what">What messages call it.</param>
    /// <exception cref="StrataException">It cannot be had.</exception>
    public void Run(PublishedFile file, string what)
    {
        if (store.IsWhole(file.Digest, file.Size))
        {
            return;
        }
        for (bool isAgain = false; ; isAgain = true)
        {
            if (Write(file) == file.Digest)
            {
                store.Keep(file.Digest);
                return;
            }
            store.Discard(file.Digest);
            if (isAgain)
            {
                throw Other(what);
            }
        }
    }

    /// <summary>Fetches a small object into memory.</summary>
    /// <param name="file">Which.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <param name="what">What messages call it.</param>
    /// <exception cref="StrataException">It cannot be had, or it is larger.</exception>
    public byte[] Read(PublishedFile file, int most, string what)
    {
        if (file.Size > most)
        {
            throw new StrataException(
                $"cannot read {what} of {source.Name}: it has {new ByteSize(file.Size)}, allowed are {new ByteSize(most)}");
        }
        byte[] content = new byte[file.Size];
        Patience patience = new(steps.Wait);
        for (bool isAgain = false; ; isAgain = true)
        {
            int length = 0;
            Fetch(file, () => length, patience, bytes =>
            {
                bytes.CopyTo(content.AsSpan(length));
                length += bytes.Length;
            });
            if (Sha256Digest.Of(content) == file.Digest)
            {
                return content;
            }
            if (isAgain)
            {
                throw Other(what);
            }
        }
    }

    private Sha256Digest Write(PublishedFile file)
    {
        using PartialFile partial = store.Begin(file.Digest, at => Math.Min(at, file.Size));
        Fetch(file, () => partial.Length, new Patience(steps.Wait), bytes => partial.Append(bytes));
        return partial.Finish();
    }

    /// <summary>Gets bytes from where it is to the end of the file, whatever breaks meanwhile.</summary>
    private void Fetch(PublishedFile file, Func<long> length, Patience patience, TakeBytes take)
    {
        string path = Medium.PathOf(file.Digest);
        bool hasRanges = true;
        while (length() < file.Size)
        {
            long before = length();
            long skipped = hasRanges ? 0 : before;
            try
            {
                if (hasRanges)
                {
                    source.Read(path, new ByteRange(before, file.Size - before), Take);
                }
                else
                {
                    source.ReadAll(path, file.Size, Take);
                }
            }
            catch (SourceException e) when (e.Fault == SourceFault.NoRanges && hasRanges)
            {
                hasRanges = false;
            }
            catch (SourceException e)
            {
                if (length() > before)
                {
                    patience.Reward();
                }
                patience.Endure(e);
            }

            void Take(ReadOnlySpan<byte> bytes)
            {
                int over = (int)Math.Min(skipped, bytes.Length); // is there already
                skipped -= over;
                bytes = bytes[over..];
                if (bytes.Length > file.Size - length())
                {
                    throw new SourceException(SourceFault.Passing, $"cannot use {path} of {source.Name}: it is longer than it should be");
                }
                take(bytes);
                steps.Fetched(bytes.Length);
            }
        }
    }

    private SourceException Other(string what) => new(
        SourceFault.Lasting, $"cannot fetch {what} from {source.Name}: twice it was another file than the release says",
        "Somebody in between may change files; publish them again, or take them from another place.");
}
