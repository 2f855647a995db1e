using Strata.Core;
using Strata.Publishing.Releases;
using Strata.Updates.Layers;
using Strata.Updates.Releases;

namespace Strata.Publishing.Tests;

/// <summary>Objects of a release as a store has them, made of letters.</summary>
internal sealed class SampleObjects
{
    private readonly Dictionary<Sha256Digest, byte[]> _objects = [];

    /// <summary>A release whose layers have these blocks, a letter each.</summary>
    public NewRelease Release(string version, params (string Name, string Blocks)[] layers)
    {
        Release release = new()
        {
            Edition = "os",
            Version = version,
            Architecture = "amd64",
            Layers = [.. layers.Select(l => Layer(l.Name, l.Blocks))],
        };
        Sha256Digest uki = Add([.. "uki"u8, .. ReleaseWriter.Write(release)]);
        return new NewRelease(release, uki, new Dictionary<string, byte[]> { ["cyclonedx"] = "{}"u8.ToArray() }, Open);
    }

    /// <summary>Changes an object and leaves its name.</summary>
    public void Damage(Sha256Digest digest) => _objects[digest] = [.. _objects[digest][..^1], 0xFF];

    public Stream Open(Sha256Digest digest) => new MemoryStream(_objects[digest]);

    private ReleaseLayer Layer(string name, string letters)
    {
        byte[][] blocks = [.. letters.Select(l => Enumerable.Repeat((byte)l, 4096).ToArray())];
        byte[] image = [.. new byte[4096], .. blocks.SelectMany(b => b), .. new byte[4096]];
        BlockIndex index = new(4096, 4096, [.. blocks.Select(b => new IndexedBlock(Sha256Digest.Of(b), 4096, 4096))]);
        LayerManifest manifest = new()
        {
            Name = name,
            Architecture = "amd64",
            Requires = [],
            Provides = [name],
            Packages = [],
            Effects = [],
            Entries = 1,
            PlainBytes = 4096 * letters.Length,
            Codec = "zstd",
            BlockSize = 4096,
            Image = Add(image),
            Size = image.Length,
            Data = image.Length - 4096,
            Root = Sha256Digest.Of("root"u8),
            Salt = "",
            BlockIndex = Add(index.Write()),
        };
        return manifest.InRelease(Add(LayerManifestText.Write(manifest)), isBase: true);
    }

    private Sha256Digest Add(byte[] content)
    {
        Sha256Digest digest = Sha256Digest.Of(content);
        _objects[digest] = content;
        return digest;
    }
}
