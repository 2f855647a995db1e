using Strata.Tuf.Client;
using Strata.Updates.Applying;

namespace Strata.Agent.Updating;

/// <summary>Metadata and files of what is published, asked for again when a connection breaks.</summary>
/// <param name="source">Where they lie.</param>
/// <param name="wait">Lets time pass.</param>
internal sealed class PublishedMetadata(IUpdateSource source, Action<TimeSpan> wait) : IRepository
{
    private const int MostTries = 3;
    private const int MostFileBytes = 4 << 20; // a published release has 2 MiB at most

    /// <inheritdoc/>
    public Task<byte[]?> MetadataAsync(string name, int most, CancellationToken cancellationToken) =>
        Task.FromResult(Read($"metadata/{name}", most));

    /// <inheritdoc/>
    public async Task TargetAsync(string path, Func<ReadOnlyMemory<byte>, ValueTask> take, CancellationToken cancellationToken) =>
        await take(Read($"targets/{path}", MostFileBytes)
            ?? throw new SourceException(SourceFault.Lasting, $"cannot fetch targets/{path} from {source.Name}: there is no such file"));

    private byte[]? Read(string path, int most)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return source.TryRead(path, most);
            }
            catch (SourceException e) when (e.Fault == SourceFault.Passing && tries < MostTries)
            {
                wait(TimeSpan.FromSeconds(tries));
            }
        }
    }
}
