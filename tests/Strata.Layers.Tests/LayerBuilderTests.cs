using System.Globalization;
using System.Text;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs.Codecs;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Store.Maintenance;
using Strata.Testing;
using Strata.Updates.Layers;

namespace Strata.Layers.Tests;

public sealed class LayerBuilderTests : IDisposable
{
    private static readonly LayerPacking s_packing = new(SquashfsCodec.Zstd(3), 16384);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Build_ATree_VeritysetupAndUnsquashfsAgree()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer layer = await BuildAsync(store, Tree());
        LayerManifest manifest = layer.Manifest;
        Assert.True(store.TryGetPath(manifest.Image, out string? image));
        Assert.Equal(manifest.Size, new FileInfo(image).Length);

        (int exitCode, string output) = Oracle.Run(
            "veritysetup", "verify", image, image, manifest.Root.ToString(), $"--hash-offset={manifest.Data}");
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Oracle.Run("unsquashfs", "-d", _folder["out"], "-no-xattrs", image);
        Assert.True(exitCode == 0, output);
        Assert.Equal(Bytes(50_000, 1), await File.ReadAllBytesAsync(_folder["out/usr/bin/one"]));
        Assert.Equal(Bytes(100, 203), await File.ReadAllBytesAsync(_folder["out/usr/share/two/3"]));
        Assert.Equal([("one", "1", 2L), ("two", "2", 60L)], manifest.Packages.Select(p => (p.Name, p.Version, p.Files)));
    }

    [Fact]
    public async Task Build_Manifest_IsNamedByItsDigestAndReadsBack()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer layer = await BuildAsync(store, Tree());
        byte[] text = LayerManifestText.Write(layer.Manifest);
        Assert.Equal(layer.Digest, Sha256Digest.Of(text));
        Assert.Equal(text, LayerManifestText.Write(LayerManifestText.Read(text)));
        Assert.Equal(["shell"], layer.Manifest.Requires);
    }

    // An edition out of a shared cache brings its layers, which nobody packed here.
    [Fact]
    public async Task OutputsOf_InTheResultOfAnEdition_TheShelfHasTheLayer()
    {
        using ObjectStore one = new(_folder["one"]);
        using ObjectStore two = new(_folder["two"]);
        StoredLayer layer = await BuildAsync(one, Tree());
        ActionOutput[] outputs = [.. LayerBuilder.OutputsOf(one, layer)];
        Assert.Equal([layer.Digest, layer.Manifest.Image, layer.Manifest.BlockIndex], outputs.Select(o => o.Digest));
        foreach (ActionOutput output in outputs)
        {
            using FileStream content = one.OpenRead(output.Digest);
            Assert.Equal(output.Size, content.Length);
            await two.AddExpectedAsync(content, output.Digest, output.Size, default);
        }
        ActionCache actions = new(two);
        Assert.Empty(LayerShelf.Of(two, actions).Layers);
        actions.Put(new ActionKeyBuilder("edition", 1).Build(), new ActionResult(outputs));
        Assert.Equal(layer.Digest, Assert.Single(LayerShelf.Of(two, actions).Layers).Digest);
    }

    [Fact]
    public async Task Build_InAnotherStore_GivesTheSameLayer()
    {
        using ObjectStore one = new(_folder["one"]);
        using ObjectStore two = new(_folder["two"]);
        StoredLayer first = await BuildAsync(one, Tree(), threads: 1);
        Assert.Equal(first.Digest, (await BuildAsync(two, Tree(), threads: 3)).Digest);
    }

    [Fact]
    public async Task Build_OneFileChanged_ReadsOnlyWhatSharesItsFragment()
    {
        using ObjectStore store = new(_folder["store"]);
        using ObjectStore fresh = new(_folder["fresh"]);
        await BuildAsync(store, Tree());
        OpenedContents opened = new();
        StoredLayer changed = await BuildAsync(store, Tree(changed: true), opened);

        // usr/bin/one is read whole; its tail shares a fragment with that of the package's other file, and with nothing of package two
        Assert.Equal(2, opened.Count);
        Assert.Equal((await BuildAsync(fresh, Tree(changed: true))).Digest, changed.Digest);
    }

    [Fact]
    public async Task Build_ResultForgotten_ReadsNothingAndGivesTheSame()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer first = await BuildAsync(store, Tree());
        Directory.Delete(_folder["store/ac"], recursive: true);
        OpenedContents opened = new();
        Assert.Equal(first.Digest, (await BuildAsync(store, Tree(), opened)).Digest);
        Assert.Equal(0, opened.Count);
    }

    [Fact]
    public async Task Build_BlocksDamaged_GivesTheSameBytes()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer first = await BuildAsync(store, Tree());
        Random random = new(11);
        for (int round = 0; round < 12; round++)
        {
            Directory.Delete(_folder["store/ac"], recursive: true);
            string pack = Directory.GetFiles(_folder["store/blocks"], "*.pack").Order(StringComparer.Ordinal).First();
            byte[] bytes = File.ReadAllBytes(pack);
            for (int i = 0; i < 1 + (round * 3); i++)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 + random.Next(255));
            }
            File.WriteAllBytes(pack, bytes);
            Assert.Equal(first.Digest, (await BuildAsync(store, Tree())).Digest);
        }
    }

    [Fact]
    public async Task Build_CacheCleanedUp_GivesTheSameBytes()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer first = await BuildAsync(store, Tree());
        await new StoreMaintenance(store).GcAsync(new GcOptions { KeepBytes = new ByteSize(0) }, []);
        Assert.Equal(first.Digest, (await BuildAsync(store, Tree())).Digest);
    }

    [Fact]
    public async Task Build_BlocksOfZerosOutOfTheCache_CountAsInAColdBuild()
    {
        using ObjectStore store = new(_folder["store"]);
        FileTree tree = TextTree(zeros: 3 * 16384);
        StoredLayer first = await BuildAsync(store, tree);
        Directory.Delete(_folder["store/ac"], recursive: true);
        OpenedContents opened = new();
        Assert.Equal(first.Digest, (await BuildAsync(store, tree, opened)).Digest);
        Assert.Equal(0, opened.Count);
    }

    [Theory]
    [InlineData("zstd 1", "zstd 19")]
    [InlineData("xz 0", "xz 9")]
    [InlineData("lz4 1", "lz4 12")]
    [InlineData("gzip 1", "gzip 9")]
    public async Task Build_AnotherLevel_FindsNeitherTheLayerNorItsBlocks(string one, string other)
    {
        using ObjectStore store = new(_folder["store"]);
        using ObjectStore fresh = new(_folder["fresh"]);
        LayerInput input = Input(TextTree());
        StoredLayer first = await BuildAsync(store, input with { Packing = new LayerPacking(CodecOf(one), 16384) });
        LayerInput again = input with { Packing = new LayerPacking(CodecOf(other), 16384) };
        OpenedContents opened = new();
        StoredLayer second = await BuildAsync(store, again, opened);
        Assert.NotEqual(first.Manifest.Image, second.Manifest.Image);
        Assert.Equal((await BuildAsync(fresh, again)).Digest, second.Digest);
        Assert.NotEqual(0, opened.Count);
    }

    [Fact]
    public async Task Build_AnyOtherWordOfTheManifest_IsAnotherLayer()
    {
        using ObjectStore store = new(_folder["store"]);
        LayerInput input = Input(Tree());
        LayerInput[] inputs =
        [
            input,
            input with { Name = "other" },
            input with { Architecture = GuestArchitecture.Arm64 },
            input with { Requires = [] },
            input with { Provides = ["measured", "more"] },
            input with { Effects = ["users"] },
            input with { Licences = new Dictionary<string, IReadOnlyList<string>> { ["one"] = ["MIT"] } },
            input with { Licences = new Dictionary<string, IReadOnlyList<string>> { ["one"] = ["GPL-2"] } },
            input with { Packages = Packages("2", "1") },
            input with { Packages = Packages("1", "3") },
            input with { Tree = Tree(smallOf: "two") }, // equal files, counted and packed with another package's
            input with { Packing = s_packing with { BlockSize = 32768 } },
        ];
        HashSet<Sha256Digest> layers = [];
        foreach (LayerInput one in inputs)
        {
            layers.Add((await BuildAsync(store, one)).Digest);
        }
        Assert.Equal(inputs.Length, layers.Count);
    }

    [Fact]
    public async Task FilesOf_TheImage_AreEachWhatTheyTakeInItAndOnce()
    {
        using ObjectStore store = new(_folder["store"]);
        FileTree tree = Tree();
        FileNode same = new() { Permissions = Modes.File, Content = new InlineContent(Bytes(20_000, 77)) };
        Add("/usr/share/a", same);
        Add("/usr/share/b", same); // another name
        // another file with its bytes
        Add("/usr/share/c", new FileNode { Permissions = Modes.Program, Content = new InlineContent(Bytes(20_000, 77)) });
        Add("/usr/share/zeros", new FileNode { Permissions = Modes.File, Content = new InlineContent(new byte[2 * 16384]) });
        Add("/usr/share/empty", new FileNode { Permissions = Modes.File, Content = new InlineContent(default) });
        Add("/usr/share/words", new FileNode { Permissions = Modes.File,
            Content = new InlineContent(Encoding.ASCII.GetBytes(new string('w', 16384))) });
        Add("/usr/share/link", new SymlinkNode { Permissions = Modes.Link, Target = "a" });
        StoredLayer layer = await BuildAsync(store, tree);
        IReadOnlyDictionary<string, long> packed = LayerFiles.Of(store.OpenRead, layer);
        Assert.Equal(tree.Entries.Select(e => e.Path.ToString()).Order(StringComparer.Ordinal), packed.Keys.Order(StringComparer.Ordinal));
        // what cannot be compressed takes what it is, blocks and tails alike
        Assert.Equal((50_000L, 300L, 100L), (packed["/usr/bin/one"], packed["/usr/bin/small"], packed["/usr/share/two/59"]));
        Assert.Equal([20_000, 0, 0, 0, 0, 0, 0], new[] { "a", "b", "c", "zeros", "empty", "link",
            "two" }.Select(n => packed["/usr/share/" + n]));
        Assert.InRange(packed["/usr/share/words"], 10, 100);
        LayerShelf shelf = LayerShelf.Of(store, new ActionCache(store));
        Assert.Equal(shelf.ReadIndex(layer).Blocks.Sum(b => (long)b.StoredLength), packed.Values.Sum());
        Assert.Empty(LayerFiles.WithCapabilities(store.OpenRead, layer));

        void Add(string path, TreeNode node) => tree.Add(GuestPath.Parse(path), node, new Origin("c", "one", "test"));
    }

    [Fact]
    public async Task Extract_LinksModesAndDevices_AreAsInTheLayerOrLeftOut()
    {
        using ObjectStore store = new(_folder["store"]);
        FileTree tree = new();
        Add("/d", new DirectoryNode { Permissions = 0b111_000_000 });
        FileNode file = new() { Permissions = 0b110_000_000, Content = new InlineContent(Bytes(10, 1)) };
        Add("/d/f", file);
        Add("/d/g", file);
        Add("/d/l", new SymlinkNode { Permissions = Modes.Link, Target = "f" });
        Add("/d/null", new SpecialNode { Permissions = Modes.File, Kind = SpecialKind.CharacterDevice });
        Add("/e", new FileNode { Permissions = Modes.Program, Content = new InlineContent(Bytes(5, 2)) });
        StoredLayer layer = await BuildAsync(store, tree);
        LayerShelf shelf = LayerShelf.Of(store, new ActionCache(store));
        Assert.Equal((4, 1), LayerExtractor.Extract(shelf, layer, GuestPath.Parse("/d"), _folder["d"]));
        Assert.Equal((5, 1), LayerExtractor.Extract(shelf, layer, GuestPath.Root, _folder["all"]));
        Assert.Equal("f", new FileInfo(_folder["all/d/l"]).LinkTarget);
        Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(_folder["all/d/f"]));
        Assert.Equal((UnixFileMode)Modes.Program, File.GetUnixFileMode(_folder["all/e"]));
        Assert.Equal(Bytes(10, 1), await File.ReadAllBytesAsync(_folder["all/d/g"]));
        Assert.False(Path.Exists(_folder["d/e"]));

        void Add(string path, TreeNode node) => tree.Add(GuestPath.Parse(path), node, new Origin("c", "one", "test"));
    }

    [Fact]
    public async Task Index_OfTheImage_DescribesItsBytes()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer layer = await BuildAsync(store, Tree());
        LayerShelf shelf = LayerShelf.Of(store, new ActionCache(store));
        BlockIndex index = shelf.ReadIndex(shelf.Find("measured"));
        using FileStream image = store.OpenRead(layer.Manifest.Image);
        image.Position = index.FirstOffset;
        foreach (IndexedBlock block in index.Blocks)
        {
            byte[] stored = new byte[block.StoredLength];
            image.ReadExactly(stored);
            Assert.Equal(block.Stored, Sha256Digest.Of(stored));
        }
    }

    [Fact]
    public async Task Change_BetweenTwoLayers_CountsBlocksThatAreNew()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer before = await BuildAsync(store, Tree());
        StoredLayer after = await BuildAsync(store, Tree(changed: true));
        LayerShelf shelf = LayerShelf.Of(store, new ActionCache(store));
        LayerChange change = LayerChange.Between(shelf.ReadIndex(before), shelf.ReadIndex(after), after.Manifest.Size);
        Assert.Equal(4, change.BlocksNew); // three full blocks of the file and the fragment of its package
        Assert.Equal(after.Manifest.Size - 6000, change.TransferBytes); // all but the one fragment of package two, which nothing makes smaller
        LayerChange all = LayerChange.Between(null, shelf.ReadIndex(after), after.Manifest.Size);
        Assert.Equal((after.Manifest.Size, 1), (all.TransferBytes, all.Ranges));
        Assert.Equal(0, LayerChange.Between(shelf.ReadIndex(before), shelf.ReadIndex(before), before.Manifest.Size, isSame: true).TransferBytes);
        Assert.All([6, 10, 64], digits => Assert.Equal(before.Digest, shelf.Find(before.Digest.ToString()[..digits]).Digest));
        Assert.Throws<StrataException>(() => shelf.Find(before.Digest.ToString()[..5])); // so few could be a name
        Assert.Throws<StrataException>(() => shelf.Find("measured"));
    }

    [Fact]
    public async Task Extract_OnePathOrAll_AndADamagedImageNever()
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer layer = await BuildAsync(store, Tree());
        LayerShelf shelf = LayerShelf.Of(store, new ActionCache(store));
        Assert.Equal(0, LayerExtractor.Extract(shelf, layer, GuestPath.Parse("/usr/bin/one"), _folder["one"]).LeftOut);
        Assert.Equal(Bytes(50_000, 1), await File.ReadAllBytesAsync(_folder["one/usr/bin/one"]));
        Assert.False(Path.Exists(_folder["one/usr/share"]));
        (int written, int leftOut) = LayerExtractor.Extract(shelf, layer, GuestPath.Root, _folder["all"]);
        Assert.Equal((Directory.GetFileSystemEntries(_folder["all"], "*", new EnumerationOptions { RecurseSubdirectories = true }).Length,
            0), (written, leftOut));
        Assert.Equal(60, Directory.GetFiles(_folder["all/usr/share/two"]).Length);
        StrataException missing = Assert.Throws<StrataException>(() => LayerExtractor.Extract(shelf, layer, GuestPath.Parse("/usr/bin/oen"), _folder["x"]));
        Assert.Contains("did you mean '/usr/bin/one'", missing.Message, StringComparison.Ordinal);

        Assert.True(store.TryGetPath(layer.Manifest.Image, out string? image));
        File.SetUnixFileMode(image, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        byte[] bytes = File.ReadAllBytes(image);
        bytes[^1] ^= 1;
        File.WriteAllBytes(image, bytes);
        StrataException damaged = Assert.Throws<StrataException>(() => LayerExtractor.Extract(shelf, layer, GuestPath.Root, _folder["y"]));
        Assert.Contains("damaged", damaged.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(_folder["y"]));
    }

    private static Task<StoredLayer> BuildAsync(ObjectStore store, FileTree tree, OpenedContents? contents = null, int threads = 2) =>
        BuildAsync(store, Input(tree), contents, threads);

    private static async Task<StoredLayer> BuildAsync(ObjectStore store, LayerInput input, OpenedContents? contents = null, int threads = 2)
    {
        using BlockCache blocks = new(store);
        LayerBuilder builder = new(store, new ActionCache(store), blocks);
        return await builder.BuildAsync(input, () => contents ?? new OpenedContents(), threads);
    }

    private static LayerInput Input(FileTree tree) => new()
    {
        Name = "measured",
        Architecture = GuestArchitecture.Amd64,
        Requires = ["shell"],
        Provides = ["measured"],
        Tree = tree,
        Packages = Packages("1", "1"),
        Packing = s_packing,
    };

    /// <summary>The two packages, the first of them in this version and with the digest of this text.</summary>
    private static Dictionary<string, (string, Sha256Digest)> Packages(string version, string content) => new()
    {
        ["one"] = (version, Sha256Digest.Of(Encoding.ASCII.GetBytes(content))),
        ["two"] = ("2", Sha256Digest.Of("2"u8)),
    };

    /// <summary><c>zstd 19</c>: a compression and its level.</summary>
    private static SquashfsCodec CodecOf(string name)
    {
        int level = int.Parse(name.Split(' ')[1], CultureInfo.InvariantCulture);
        return name.Split(' ')[0] switch
        {
            "zstd" => SquashfsCodec.Zstd(level),
            "xz" => SquashfsCodec.Xz(level: level),
            "lz4" => SquashfsCodec.Lz4(level),
            _ => SquashfsCodec.Gzip(level),
        };
    }

    /// <summary>One file of words, which each level packs differently, with zeros in its middle.</summary>
    private static FileTree TextTree(int zeros = 0)
    {
        Random random = new(3);
        string[] words = [.. Enumerable.Range(0, 400).Select(i => $"{i * 7919} ")];
        StringBuilder text = new();
        while (text.Length < 4 * 16384)
        {
            text.Append(words[Math.Min(random.Next(words.Length), random.Next(words.Length))]);
        }
        byte[] half = Encoding.ASCII.GetBytes(text.ToString(0, 2 * 16384));
        FileTree tree = new();
        byte[] bytes = [.. half, .. new byte[zeros], .. Encoding.ASCII.GetBytes(text.ToString(2 * 16384, 2 * 16384))];
        FileNode file = new() { Permissions = Modes.File, Content = new InlineContent(bytes) };
        tree.Add(GuestPath.Parse("/usr/share/words"), file, new Origin("c", "one", "test"));
        return tree;
    }

    /// <summary>Package one: a file of three blocks and a tail, and a small one. Package two: 60 small files. None of them can be compressed.</summary>
    private static FileTree Tree(bool changed = false, string smallOf = "one")
    {
        FileTree tree = new();
        Add("/usr/bin/one", "one", Bytes(50_000, changed ? 2 : 1));
        Add("/usr/bin/small", smallOf, Bytes(300, 5));
        for (int i = 0; i < 60; i++)
        {
            Add($"/usr/share/two/{i}", "two", Bytes(100, 200 + i));
        }
        return tree;

        void Add(string path, string package, byte[] bytes) =>
            tree.Add(GuestPath.Parse(path), new FileNode { Permissions = Modes.Program, Content = new InlineContent(bytes) }, new Origin("c", package, "test"));
    }

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private sealed class OpenedContents : IContentReader
    {
        public int Count { get; private set; }

        public Stream Open(FileContent content)
        {
            Count++;
            return new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);
        }

        public void Dispose()
        {
        }
    }
}
