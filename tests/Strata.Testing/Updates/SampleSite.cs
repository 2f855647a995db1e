using Strata.Core;
using Strata.Testing.Storage;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Testing.Updates;

/// <summary>
/// What is published, in memory: releases whose layers are written as letters, a block each. Blocks of one letter are the same everywhere,
/// and of lengths that fit nothing.
/// </summary>
public sealed class SampleSite
{
    private const int BlockSize = 4096;
    private const int HeadBytes = 96;

    /// <summary>The files, <c>strata/cas/…</c>.</summary>
    public MemoryStorage Files { get; } = new();

    /// <summary>Publishes a release.</summary>
    /// <param name="counter">Its number.</param>
    /// <param name="layers">Names and letters.</param>
    public PublishedRelease Release(long counter, params (string Name, string Letters)[] layers)
    {
        List<PublishedLayer> more = [];
        List<ReleaseLayer> described = [];
        foreach ((string name, string letters) in layers)
        {
            (ReleaseLayer layer, PublishedLayer published) = Layer(name, letters);
            described.Add(layer);
            more.Add(published);
        }
        Release release = new() { Edition = "os", Version = $"1.{counter}", Architecture = "amd64", Layers = described };
        return new PublishedRelease
        {
            Counter = counter,
            SecurityVersion = 0,
            UpgradeFrom = 0,
            LeastAgent = 1,
            Release = release,
            Layers = more,
            Uki = Add(KernelImage(release)),
            Bills = [],
        };
    }

    /// <summary>Bytes of an object.</summary>
    public byte[] Content(Sha256Digest digest) => Files.Files.Single(f => f.Path == Medium.PathOf(digest)).Content;

    /// <summary>A kernel image that has a release in it.</summary>
    public static byte[] KernelImage(Release release) =>
        [.. "MZ kernel "u8, .. Noise($"kernel {release.Version}", 1500), .. ReleaseWriter.Write(release), .. Noise("initrd", 700)];

    /// <summary>Bytes that look like chance and are the same each time.</summary>
    public static byte[] Noise(string seed, int length)
    {
        byte[] bytes = new byte[length];
        Sha256Digest state = Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(seed));
        for (int at = 0; at < length; at += Sha256Digest.Size)
        {
            state.Bytes[..Math.Min(Sha256Digest.Size, length - at)].CopyTo(bytes.AsSpan(at));
            state = Sha256Digest.Of(state.Bytes);
        }
        return bytes;
    }

    private (ReleaseLayer Layer, PublishedLayer More) Layer(string name, string letters)
    {
        byte[][] blocks = [.. letters.Select(l => Noise($"block {l}", 700 + (l * 37 % 3000)))];
        byte[] body = [.. Noise($"head {letters}", HeadBytes), .. blocks.SelectMany(b => b)];
        int data = (body.Length + BlockSize - 1) / BlockSize * BlockSize;
        byte[] image = [.. body, .. new byte[data - body.Length], .. Noise($"tree {letters}", BlockSize)];
        BlockIndex index = new(
            BlockSize, letters.Length == 0 ? 0 : HeadBytes,
            [.. blocks.Select(b => new IndexedBlock(Sha256Digest.Of(b), b.Length, BlockSize))]);
        PublishedFile indexFile = Add(index.Write());
        LayerManifest manifest = new()
        {
            Name = name,
            Architecture = "amd64",
            Requires = [],
            Provides = [name],
            Packages = [],
            Effects = [],
            Entries = 1,
            PlainBytes = BlockSize * letters.Length,
            Codec = "zstd",
            BlockSize = BlockSize,
            Image = Add(image).Digest,
            Size = image.Length,
            Data = data,
            Root = Sha256Digest.Of("root"u8),
            Salt = "",
            BlockIndex = indexFile.Digest,
        };
        PublishedFile manifestFile = Add(LayerManifestText.Write(manifest));
        PublishedLayer more = new(manifestFile.Size, manifest.PlainBytes, indexFile);
        return (manifest.InRelease(manifestFile.Digest, isBase: true), more);
    }

    private PublishedFile Add(byte[] content)
    {
        Sha256Digest digest = Sha256Digest.Of(content);
        Files.Put(Medium.PathOf(digest), content);
        return new PublishedFile(digest, content.Length);
    }
}
