using Strata.Updates.Layers;
using Strata.Updates.Storage;

namespace Strata.Updates.Applying;

/// <summary>A published folder that is there: on a stick, or a disk of the network that is mounted.</summary>
/// <param name="storage">Its files.</param>
/// <param name="name">What messages call it.</param>
public sealed class FolderSource(IStorage storage, string name) : IUpdateSource
{
    private const int PieceBytes = 128 << 10;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public byte[]? TryRead(string path, int most)
    {
        using IStoredFile? file = Open(path);
        if (file is null)
        {
            return null;
        }
        if (file.Length > most)
        {
            throw new SourceException(SourceFault.Lasting, $"cannot read {path} in {name}: it has {file.Length} bytes, allowed are {most}");
        }
        byte[] content = new byte[file.Length];
        return Reading(path, () => file.TryReadAt(0, content)) ? content : throw Short(path);
    }

    /// <inheritdoc/>
    public void Read(string path, ByteRange range, TakeBytes take)
    {
        ArgumentNullException.ThrowIfNull(take);
        using IStoredFile file = Open(path) ?? throw new SourceException(
            SourceFault.Lasting, $"cannot read {path} in {name}: there is no such file", "Copy the published folder again, all of it.");
        byte[] buffer = new byte[(int)Math.Min(PieceBytes, range.Length)];
        for (long done = 0; done < range.Length;)
        {
            int count = (int)Math.Min(buffer.Length, range.Length - done);
            if (!Reading(path, () => file.TryReadAt(range.Offset + done, buffer.AsSpan(0, count))))
            {
                throw Short(path);
            }
            take(buffer.AsSpan(0, count));
            done += count;
        }
    }

    /// <inheritdoc/>
    public void ReadAll(string path, long most, TakeBytes take) => Read(path, new ByteRange(0, most), take);

    private IStoredFile? Open(string path) => Reading(path, () => storage.TryOpen(path));

    private T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (IOException e)
        {
            throw new SourceException(SourceFault.Lasting, $"cannot read {path} in {name}: {e.Message}");
        }
    }

    private SourceException Short(string path) =>
        new(SourceFault.Lasting, $"cannot read {path} in {name}: it is shorter than it should be", "Copy the published folder again.");
}
