using System.Globalization;
using System.Text;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Streams;
using Strata.Images.Steps;
using Strata.Store;
using Strata.Store.Actions;

namespace Strata.Images.Packing;

/// <summary>How many bytes of a compressed archive each file stands for.</summary>
/// <remarks>
/// A solid archive has no such numbers: files share a dictionary. Each is compressed alone with a fast codec (zstd level 3), and the
/// results are scaled so that they add up to the archive. Good for comparing files with each other; dropping a file saves about its share.
/// They stand in the manifest of a build, so a locked library counts them. The numbers of a package's files are kept together: what did not
/// change is not compressed again.
/// </remarks>
internal static class CompressedShares
{
    private const int MostBytes = 64 << 20;

    /// <summary>Shares by node; a file with several names has one.</summary>
    /// <param name="services">Where numbers are kept.</param>
    /// <param name="composed">The tree and the libraries.</param>
    /// <param name="archiveBytes">What they add up to.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async Task<IReadOnlyDictionary<TreeNode, long>> OfAsync(
        BuildServices services, ComposedEdition composed, long archiveBytes, CancellationToken cancellationToken)
    {
        List<FileNode> files = [.. composed.Tree.InContentOrder().Select(e => e.Node).OfType<FileNode>().Where(f => f.Content.Size > 0)
            .Distinct(ReferenceEqualityComparer.Instance).Cast<FileNode>()];
        Dictionary<Sha256Digest, long> alone = [];
        foreach (IGrouping<Sha256Digest, FileContent> together in files.Select(f => f.Content)
            .GroupBy(c => c is PackageContent packaged ? packaged.Package : default))
        {
            FileContent[] contents = [.. together.DistinctBy(c => c.Digest)];
            foreach ((Sha256Digest digest, long bytes) in await AloneAsync(services, composed, contents, cancellationToken))
            {
                alone[digest] = bytes;
            }
        }
        return Scale(files, alone, archiveBytes);
    }

    // rounding the running sum instead of each number: so they add up to the last byte
    internal static Dictionary<TreeNode, long> Scale(
        IReadOnlyList<FileNode> files, IReadOnlyDictionary<Sha256Digest, long> alone, long archiveBytes)
    {
        Int128 all = Math.Max(1, files.Sum(f => alone[f.Content.Digest]));
        Dictionary<TreeNode, long> shares = new(ReferenceEqualityComparer.Instance);
        long sum = 0;
        long given = 0;
        foreach (FileNode file in files)
        {
            sum += alone[file.Content.Digest];
            long upTo = (long)((Int128)archiveBytes * sum / all);
            shares.Add(file, upTo - given);
            given = upTo;
        }
        return shares;
    }

    private static async Task<IEnumerable<(Sha256Digest, long)>> AloneAsync(
        BuildServices services, ComposedEdition composed, FileContent[] contents, CancellationToken cancellationToken)
    {
        ActionKey key = new ActionKeyBuilder("shares", 1).WithPackingCode()
            .Add("contents", contents.Select(c => c.Digest)).Add("tools", composed.ToolsDigest).Build();
        ActionResult result = await services.Actions.GetOrAddAsync(
            key,
            token => Task.FromResult(new ActionResult([services.Keep("shares", Compress(services, composed, contents, token))])),
            cancellationToken);
        if (!services.Store.TryGetPath(result["shares"].Digest, out string? path))
        {
            throw new StrataException("cannot tell what files take: the numbers are no longer in the store", "Build again.");
        }
        byte[] text = ForeignFolder.ReadFile(path, depth: 1, MostBytes);
        long[] numbers = [.. Encoding.ASCII.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(n => long.Parse(n, NumberStyles.None, CultureInfo.InvariantCulture))];
        return contents.Zip(numbers, (c, n) => (c.Digest, n));
    }

    /// <summary>A line a content: the bytes that it takes alone.</summary>
    private static byte[] Compress(
        BuildServices services, ComposedEdition composed, FileContent[] contents, CancellationToken cancellationToken)
    {
        ZstdOptions options = new() { Level = 3, Checksum = false, Libraries = composed.Compression };
        using IContentReader reader = services.OpenContents();
        StringBuilder text = new();
        foreach (FileContent content in contents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CountingStream counter = new();
            using (Stream compressor = Compressor.OpenZstd(counter, options, leaveOpen: true))
            {
                reader.Open(content).CopyTo(compressor);
            }
            text.Append(CultureInfo.InvariantCulture, $"{counter.Count}\n");
        }
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private sealed class CountingStream : ForwardWriteStream
    {
        public long Count { get; private set; }

        public override void Flush()
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Count += buffer.Length;
    }
}
