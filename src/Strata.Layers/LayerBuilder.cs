using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Gpt;
using Strata.Formats.Squashfs;
using Strata.Formats.Verity;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Layers;

/// <summary>Packs trees into layers.</summary>
/// <param name="store">Takes the results.</param>
/// <param name="actions">Remembers them.</param>
/// <param name="blocks">Compressed blocks of earlier builds.</param>
/// <param name="progress">Told what is being done; nobody when null.</param>
public sealed class LayerBuilder(ObjectStore store, ActionCache actions, BlockCache blocks, IProgressReporter? progress = null)
{
    /// <summary>Name of the step under which layers are remembered.</summary>
    public const string Step = "layer";

    private const string OutputPrefix = "layers/";

    private readonly IProgressReporter _progress = progress ?? SilentProgress.Instance;

    /// <summary>Packs a tree, or finds it packed.</summary>
    /// <param name="input">The tree and what is known about it.</param>
    /// <param name="openContents">Opens the files of the tree.</param>
    /// <param name="threads">Blocks compressed at once; one for each processor when null. Has no influence on the result.</param>
    /// <param name="cancellationToken">Stops the work; what is compressed by then stays in the block cache.</param>
    /// <exception cref="StrataException">A content is not what the tree says, or cannot be packed.</exception>
    public async Task<StoredLayer> BuildAsync(
        LayerInput input, Func<IContentReader> openContents, int? threads = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(openContents);
        SquashfsOptions options = input.Packing.ToOptions(threads);
        Sha256Digest tree = input.TreeDigest;
        ActionKey key = new ActionKeyBuilder(Step, 1)
            .WithCode(typeof(LayerBuilder), typeof(SquashfsWriter), typeof(Release), typeof(ObjectStore), typeof(Sha256Digest))
            .Add("tree", tree)
            .Add("name", input.Name)
            .Add("architecture", input.Architecture.Name)
            .Add("requires", input.Requires)
            .Add("provides", input.Provides)
            .Add("packages", [.. input.Packages.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} {p.Value.Version} {p.Value.Digest}")])
            .Add("licences", [.. input.Licences.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key} {string.Join(' ', l.Value)}")])
            .Add("effects", input.Effects)
            .Add("codec", options.Codec.CacheKey(options.BlockSize))
            .Add("block-size", options.BlockSize)
            .Build();
        ActionResult result = await actions.GetOrAddAsync(key, token => PackAsync(input, options, tree, openContents, token), cancellationToken);
        return Read(store, result["manifest"].Digest);
    }

    /// <summary>Reads the manifest of a layer of a store.</summary>
    /// <exception cref="StrataException">It is not there, or the object is no manifest.</exception>
    public static StoredLayer Read(ObjectStore store, Sha256Digest digest)
    {
        ArgumentNullException.ThrowIfNull(store);
        using FileStream file = store.OpenRead(digest);
        try
        {
            return StoredLayer.Read(file, digest);
        }
        catch (StrataException e)
        {
            throw new StrataException(e.Message, "'strata store verify' moves damaged objects aside; then build again.", e);
        }
    }

    /// <summary>
    /// The objects of a layer as outputs of the edition that has it: <c>layers/NAME/manifest</c>, <c>image</c> and <c>index</c>.
    /// </summary>
    public static IEnumerable<ActionOutput> OutputsOf(ObjectStore store, StoredLayer layer)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(layer);
        foreach ((string part, Sha256Digest digest) in new[] { ("manifest", layer.Digest), ("image", layer.Manifest.Image),
            ("index", layer.Manifest.BlockIndex) })
        {
            yield return store.TryGetSize(digest, out long size)
                ? new ActionOutput($"{OutputPrefix}{layer.Manifest.Name}/{part}", digest, size)
                : throw new StrataException($"cannot find the {part} of layer {layer.Manifest.Name} in the store",
                    "The same build makes it again.");
        }
    }

    /// <summary>The layers that an edition's result brings.</summary>
    public static IEnumerable<Sha256Digest> LayersOf(ActionResult edition)
    {
        ArgumentNullException.ThrowIfNull(edition);
        return edition.Outputs
            .Where(o => o.Name.StartsWith(OutputPrefix, StringComparison.Ordinal) && o.Name.EndsWith("/manifest", StringComparison.Ordinal))
            .Select(o => o.Digest);
    }

    private async Task<ActionResult> PackAsync(
        LayerInput input, SquashfsOptions options, Sha256Digest tree, Func<IContentReader> openContents, CancellationToken cancellationToken)
    {
        long plainBytes = PlainBytesOf(input.Tree.Entries);
        using IProgressTask task = _progress.Begin($"packing layer {input.Name}", plainBytes, ProgressUnit.Bytes);
        SquashfsImage image = null!;
        VerityTree verity = null!;
        (Sha256Digest imageDigest, long size) = await store.AddWrittenAsync(
            async file =>
            {
                using (IContentReader contents = openContents())
                using (CachedBlockCompressor compressor = new(blocks, options.Codec, options.BlockSize))
                {
                    image = await SquashfsWriter.WriteAsync(
                        new SquashfsSource(input.Tree, contents), file, options, compressor, task, cancellationToken);
                }
                verity = await ProtectAsync(file, image, tree, options.Threads, cancellationToken);
            },
            cancellationToken);
        byte[] index = IndexOf(image).Write();
        LayerManifest manifest = new()
        {
            Name = input.Name,
            Architecture = input.Architecture.Name,
            Requires = Sorted(input.Requires),
            Provides = Sorted(input.Provides),
            Packages = PackagesOf(input),
            Effects = Sorted(input.Effects),
            Entries = input.Tree.Count,
            PlainBytes = plainBytes,
            Codec = options.Codec.Compression.ToString().ToLowerInvariant(),
            BlockSize = options.BlockSize,
            Image = imageDigest,
            Size = size,
            Data = image.Length,
            Root = verity.RootHash,
            Salt = "",
            BlockIndex = store.AddBytes(index),
        };
        byte[] text = LayerManifestText.Write(manifest);
        return new ActionResult(
        [
            new ActionOutput("image", imageDigest, size),
            new ActionOutput("index", manifest.BlockIndex, index.Length),
            new ActionOutput("manifest", store.AddBytes(text), text.Length),
        ]);
    }

    /// <summary>
    /// Puts the verity area behind the squashfs. No salt: a salt keeps an attacker from preparing blocks for many images at once, which a SHA-256 digest does
    /// not need, and without one equal layers are equal everywhere.
    /// </summary>
    private static async Task<VerityTree> ProtectAsync(
        FileStream file, SquashfsImage image, Sha256Digest tree, int threads, CancellationToken cancellationToken)
    {
        await file.FlushAsync(cancellationToken); // it is read below by another handle
        await using FileStream data = new(file.Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        VerityOptions options = new() { Uuid = DigestGuid.Of(Sha256Digest.Of([.. "strata-verity\n"u8, .. tree.Bytes])), Threads = threads };
        return await VerityWriter.WriteAsync(data, image.Length, file, options, cancellationToken);
    }

    private static BlockIndex IndexOf(SquashfsImage image) => new(
        image.Superblock.BlockSize,
        image.Blocks.Count == 0 ? 0 : image.Blocks[0].Offset,
        [.. image.Blocks.Select(b => new IndexedBlock(b.Stored, b.StoredLength, b.PlainLength))]);

    private static List<LayerPackage> PackagesOf(LayerInput input)
    {
        List<LayerPackage> packages = [];
        foreach (IGrouping<string?, TreeEntry> files in input.Tree.Entries.GroupBy(e => e.Origin.Package).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            if (files.Key is string name && input.Packages.TryGetValue(name, out (string Version, Sha256Digest Digest) package))
            {
                packages.Add(new LayerPackage(name, package.Version, package.Digest, files.Count(), PlainBytesOf(files), input.Licences.GetValueOrDefault(name, [])));
            }
        }
        return packages;
    }

    private static long PlainBytesOf(IEnumerable<TreeEntry> entries) =>
        entries.Select(e => e.Node).OfType<FileNode>().Select(f => f.Content).DistinctBy(c => c.Digest).Sum(c => c.Size);

    private static string[] Sorted(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
