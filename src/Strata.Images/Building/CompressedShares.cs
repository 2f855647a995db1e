using Strata.Core.Trees;
using Strata.Formats.Compression;
using Strata.Formats.Streams;

namespace Strata.Images.Building;

/// <summary>How many bytes of the compressed initramfs each file stands for.</summary>
/// <remarks>
/// A solid archive has no such numbers: files share a dictionary. Each is compressed alone with a fast codec (zstd level 3), and the results
/// are scaled so that they add up to the archive. Good for comparing files with each other; dropping a file saves about its share.
/// They stand in the manifest of a build, so a locked library counts them.
/// </remarks>
internal static class CompressedShares
{
    /// <summary>Shares by node; a file with several names has one.</summary>
    public static Dictionary<TreeNode, long> Of(FileTree tree, IContentReader contents, long archiveBytes, CompressionLibraries libraries)
    {
        ZstdOptions options = new() { Level = 3, Checksum = false, Libraries = libraries };
        Dictionary<TreeNode, long> alone = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in tree.InContentOrder())
        {
            if (entry.Node is FileNode { Content.Size: > 0 } file && !alone.ContainsKey(file))
            {
                CountingStream counter = new();
                using (Stream compressor = Compressor.OpenZstd(counter, options, leaveOpen: true))
                {
                    contents.Open(file.Content).CopyTo(compressor);
                }
                alone.Add(file, counter.Count);
            }
        }
        // rounding the running sum instead of each number: so they add up to the last byte
        Int128 all = Math.Max(1, alone.Values.Sum());
        Dictionary<TreeNode, long> shares = new(ReferenceEqualityComparer.Instance);
        long sum = 0;
        long given = 0;
        foreach ((TreeNode node, long bytes) in alone)
        {
            sum += bytes;
            long upTo = (long)((Int128)archiveBytes * sum / all);
            shares.Add(node, upTo - given);
            given = upTo;
        }
        return shares;
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
