using Strata.Core;
using Strata.Updates.Layers;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>Blocks that the device has in any of its layers, and where. What is copied is hashed: a disk may have forgotten it.</summary>
internal sealed class LocalBlocks : IDisposable
{
    private readonly Dictionary<Sha256Digest, Place> _places = [];
    private readonly List<IStoredFile> _files = [];

    /// <summary>Blocks that were not what they should be.</summary>
    public int Damaged { get; private set; }

    /// <summary>Takes an image whose blocks can be copied; it is closed with the rest.</summary>
    public void Add(IStoredFile image, BlockIndex index)
    {
        _files.Add(image);
        long at = index.FirstOffset;
        foreach (IndexedBlock block in index.Blocks)
        {
            Add(image, block, at);
            at += block.StoredLength;
        }
    }

    /// <summary>Takes one block of an image that is being written.</summary>
    public void Add(IStoredFile image, IndexedBlock block, long offset) => _places.TryAdd(block.Stored, new Place(image, offset));

    /// <summary>Forgets an image that is being written, whose file is closed.</summary>
    public void Forget(IStoredFile image, BlockIndex index)
    {
        foreach (IndexedBlock block in index.Blocks)
        {
            if (_places.TryGetValue(block.Stored, out Place place) && ReferenceEquals(place.Image, image))
            {
                _places.Remove(block.Stored);
            }
        }
    }

    /// <summary>Copies a block; false when it is nowhere, or not what it was.</summary>
    /// <param name="block">Which.</param>
    /// <param name="buffer">As long as the block.</param>
    public bool TryCopy(IndexedBlock block, Span<byte> buffer)
    {
        if (!_places.TryGetValue(block.Stored, out Place place))
        {
            return false;
        }
        if (IsRead(place, buffer) && Sha256Digest.Of(buffer) == block.Stored)
        {
            return true;
        }
        Damaged++;
        _places.Remove(block.Stored);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IStoredFile file in _files)
        {
            file.Dispose();
        }
    }

    private static bool IsRead(Place place, Span<byte> buffer)
    {
        try
        {
            return place.Image.TryReadAt(place.Offset, buffer);
        }
        catch (IOException)
        {
            return false; // a place that the disk cannot read any more
        }
    }

    private readonly record struct Place(IStoredFile Image, long Offset);
}
