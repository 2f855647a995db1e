using System.Reflection;
using System.Runtime.Loader;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Store.Blocks;
using Strata.Testing;
using Strata.Updates.Layers;

namespace Strata.Layers.Tests;

/// <summary>A layer comes out of the libraries of the lock: what the machine has of them is not involved.</summary>
public sealed class LockedLibrariesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zstd")]
    [InlineData("fast")]
    [InlineData("xz")]
    public async Task Build_WhereTheMachinesLibrariesCannotBeUsed_GivesTheSameLayer(string packing)
    {
        string libraries = Libraries();
        string expected = await PackAsync(_folder["one"], libraries, packing);
        MachineWithoutLibraries machine = new();
        Assert.Equal(expected, await machine.PackAsync(_folder["two"], libraries, packing));

        // and that such a machine is one: its own libraries give nothing but an error
        Assert.Contains("cannot be used here", await machine.PackAsync(_folder["three"], "", packing), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("zstd")]
    [InlineData("xz")]
    public async Task Build_WithTheToolsOfTheLock_IsWhatUnsquashfsReads(string packing)
    {
        using ObjectStore store = new(_folder["store"]);
        StoredLayer layer = await BuildAsync(store, ToolsOfTheLock(), packing);
        Assert.True(store.TryGetPath(layer.Manifest.Image, out string? image));
        (int exitCode, string output) = Oracle.Run("unsquashfs", "-d", _folder["out"], "-no-xattrs", image);
        Assert.True(exitCode == 0, output);
        foreach (TreeEntry entry in Tree().Entries)
        {
            if (entry.Node is FileNode { Content: InlineContent content })
            {
                Assert.Equal(content.Bytes.ToArray(), await File.ReadAllBytesAsync(_folder["out" + entry.Path]));
            }
        }
    }

    [Fact]
    public async Task Build_AnotherLibrary_FindsNeitherTheLayerNorItsBlocks()
    {
        string one = Libraries();
        string other = Directory.CreateDirectory(_folder["other"]).FullName;
        File.WriteAllBytes(Path.Combine(other, "libzstd.so.1"), [.. File.ReadAllBytes(Path.Combine(one, "libzstd.so.1")), 0]);
        using ObjectStore store = new(_folder["store"]);
        using BlockCache blocks = new(store);
        byte[] plain = new byte[4096];
        foreach ((string folder, long compressed) in new[] { (one, 1L), (one, 0L), (other, 1L), (other, 0L) })
        {
            LayerPacking packing = LayerPacking.Named("zstd", GuestArchitecture.Amd64, CompressionLibraries.In(folder));
            using CachedBlockCompressor compressor = new(blocks, packing.Codec, packing.BlockSize);
            using (await compressor.CompressAsync(plain, Sha256Digest.Of(plain), CancellationToken.None))
            {
                Assert.Equal(compressed, compressor.CompressedBlocks);
            }
        }
        HashSet<Sha256Digest> images = [];
        foreach (string folder in new[] { one, other, one })
        {
            images.Add((await BuildAsync(store, folder, "zstd")).Manifest.Image);
        }
        Assert.Single(images); // the same code, so the same bytes; but two results, because nobody could know that before
        Assert.Equal(2, new ActionCache(store).ResultsOf(LayerBuilder.Step).Count());
    }

    /// <summary>Digest of the packed layer, or what went wrong.</summary>
    /// <remarks>Found by name from <see cref="MachineWithoutLibraries"/>, where every type of ours is another one.</remarks>
    /// <param name="store">Folder of a store.</param>
    /// <param name="libraries">Folder of the libraries; empty for those of the machine.</param>
    /// <param name="packing">Name of the packing.</param>
    public static async Task<string> PackAsync(string store, string libraries, string packing)
    {
        try
        {
            using ObjectStore objects = new(store);
            return (await BuildAsync(objects, libraries, packing)).Digest.ToString();
        }
        catch (Exception e) when (e is StrataException or DllNotFoundException)
        {
            return e.Message;
        }
    }

    private static async Task<StoredLayer> BuildAsync(ObjectStore store, string libraries, string packing)
    {
        using BlockCache blocks = new(store);
        CompressionLibraries compression = libraries.Length > 0 ? CompressionLibraries.In(libraries) : CompressionLibraries.Host;
        LayerInput input = new()
        {
            Name = "packed",
            Architecture = GuestArchitecture.Amd64,
            Provides = ["packed"],
            Tree = Tree(),
            Packing = LayerPacking.Named(packing, GuestArchitecture.Amd64, compression),
        };
        return await new LayerBuilder(store, new ActionCache(store), blocks).BuildAsync(input, () => new PlainContents(), threads: 2);
    }

    /// <summary>Two files of more than a block, one of text and one that looks like machine code, and a small one.</summary>
    private static FileTree Tree()
    {
        FileTree tree = new();
        byte[] text = new byte[1_200_000];
        Random random = new(7);
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (byte)"etaoin shrdlu\n"[Math.Min(random.Next(14), random.Next(14))];
        }
        byte[] code = [.. text];
        for (int i = 0; i < code.Length - 5; i += 40)
        {
            code[i] = 0xE8; // CALL
            code[i + 4] = 0;
        }
        Add("/usr/share/text", text);
        Add("/usr/bin/code", code);
        Add("/etc/small", text[..100]);
        return tree;

        void Add(string path, byte[] bytes)
        {
            FileNode file = new() { Permissions = Modes.File, Content = new InlineContent(bytes) };
            tree.Add(GuestPath.Parse(path), file, new Origin("c", "one", "test"));
        }
    }

    /// <summary>Those of the lock where <c>./test</c> has fetched them; else copies of the machine's under another path.</summary>
    private string Libraries()
    {
        if (Environment.GetEnvironmentVariable("STRATA_TEST_BUILD_TOOLS") is { Length: > 0 })
        {
            return ToolsOfTheLock();
        }
        HostLibrary.Copy("libzstd.so.1", _folder["libraries"]);
        HostLibrary.Copy("liblzma.so.5", _folder["libraries"]);
        return _folder["libraries"];
    }

    private static string ToolsOfTheLock()
    {
        string? tools = Environment.GetEnvironmentVariable("STRATA_TEST_BUILD_TOOLS");
        Skip.If(string.IsNullOrEmpty(tools), "STRATA_TEST_BUILD_TOOLS does not name the tree of the set 'build'; './test' sets it");
        return new Toolbox.ToolTree(tools!).LibraryFolder;
    }

    /// <summary>Our code once more, on a machine whose libzstd and liblzma are there by name and cannot be loaded.</summary>
    private sealed class MachineWithoutLibraries() : AssemblyLoadContext("a machine without libraries")
    {
        public async Task<string> PackAsync(string store, string libraries, string packing)
        {
            Assembly tests = LoadFromAssemblyPath(typeof(LockedLibrariesTests).Assembly.Location);
            Type type = tests.GetType(typeof(LockedLibrariesTests).FullName!, throwOnError: true)!;
            MethodInfo method = type.GetMethod(nameof(LockedLibrariesTests.PackAsync))!;
            return await (Task<string>)method.Invoke(null, [store, libraries, packing])!;
        }

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string path = Path.Combine(AppContext.BaseDirectory, assemblyName.Name + ".dll");
            bool isOurs = assemblyName.Name!.StartsWith("Strata.", StringComparison.Ordinal) && File.Exists(path);
            return isOurs ? LoadFromAssemblyPath(path) : null;
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) => unmanagedDllName is "libzstd.so.1" or "liblzma.so.5"
            ? throw new DllNotFoundException($"{unmanagedDllName} cannot be used here")
            : 0;
    }

    private sealed class PlainContents : IContentReader
    {
        public Stream Open(FileContent content) => new MemoryStream(((InlineContent)content).Bytes.ToArray(), writable: false);

        public void Dispose()
        {
        }
    }
}
