using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Formats.Squashfs.Codecs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

public class SquashfsWriterTests
{
    internal static SquashfsCodec CodecOf(string name) => name switch
    {
        "xz" => SquashfsCodec.Xz(),
        "xz-x86" => SquashfsCodec.Xz(x86Filter: true),
        "zstd" => SquashfsCodec.Zstd(),
        "zstd-3" => SquashfsCodec.Zstd(3),
        "lz4" => SquashfsCodec.Lz4(),
        "lz4-fast" => SquashfsCodec.Lz4(1),
        "gzip-6" => SquashfsCodec.Gzip(6),
        _ => SquashfsCodec.Gzip(),
    };

    [SkippableTheory]
    [InlineData("xz", 131072, FragmentPacking.TailEnds, FragmentGrouping.Package)]
    [InlineData("xz-x86", 1048576, FragmentPacking.TailEnds, FragmentGrouping.Image)]
    [InlineData("xz", 4096, FragmentPacking.SmallFiles, FragmentGrouping.Package)]
    [InlineData("zstd", 131072, FragmentPacking.SmallFiles, FragmentGrouping.Image)]
    [InlineData("zstd-3", 4096, FragmentPacking.None, FragmentGrouping.Package)]
    [InlineData("lz4", 65536, FragmentPacking.TailEnds, FragmentGrouping.Package)]
    [InlineData("lz4-fast", 8192, FragmentPacking.TailEnds, FragmentGrouping.Package)]
    [InlineData("gzip", 131072, FragmentPacking.TailEnds, FragmentGrouping.Package)]
    [InlineData("gzip-6", 16384, FragmentPacking.None, FragmentGrouping.Package)]
    public async Task Write_RandomTree_UnsquashfsExtractsTheSame(string codec, int blockSize, FragmentPacking fragments, FragmentGrouping grouping)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners and devices can only be extracted by root");
        RandomTree random = new(blockSize, blockSize);
        using TemporaryFolder folder = new();
        string image = folder["image"];
        SquashfsOptions options = new() { Codec = CodecOf(codec), BlockSize = blockSize, Fragments = fragments, Grouping = grouping, Timestamp = 1_700_000_000 };
        await WriteAsync(random, image, options);

        (int exitCode, string output) = Oracle.Run("unsquashfs", "-no-progress", "-d", folder["out"], image);

        Assert.True(exitCode == 0, output);
        Assert.Equal(Lines.Of(random.Tree), Lines.OfFolder(folder["out"]));
        List<string> xattrs = [];
        Dictionary<TreeNode, GuestPath> first = new(ReferenceEqualityComparer.Instance);
        foreach (TreeEntry entry in random.Tree.Entries)
        {
            first.TryAdd(entry.Node, entry.Path);
            xattrs.AddRange((random.Xattrs(first[entry.Node]) ?? [])
                .Select(a => $"{entry.Path} {a.Name}=0x{Convert.ToHexStringLower(a.Value.Span)}"));
        }
        xattrs.Sort(StringComparer.Ordinal);
        Assert.NotEmpty(xattrs);
        Assert.Equal(xattrs, Lines.XattrsOfFolder(folder["out"]).Where(l => !l.Contains("security.", StringComparison.Ordinal)));
    }

    internal static async Task<SquashfsImage> WriteAsync(RandomTree random, string path, SquashfsOptions options)
    {
        using Contents contents = new();
        await using FileStream output = new(path, FileMode.CreateNew, FileAccess.ReadWrite);
        return await SquashfsWriter.WriteAsync(new SquashfsSource(random.Tree, contents, random.Xattrs), output, options);
    }
}
