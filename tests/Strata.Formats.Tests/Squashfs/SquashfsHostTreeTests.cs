using Strata.Core.Trees;
using Strata.Formats.Squashfs;
using Strata.Testing;

namespace Strata.Formats.Tests.Squashfs;

/// <summary>More than ten thousand real files through the writer, <c>unsquashfs</c> and our reader.</summary>
[Trait("Category", "Slow")]
public class SquashfsHostTreeTests
{
    [SkippableTheory]
    [InlineData("zstd-3", 131072)]
    [InlineData("xz-x86", 1048576)]
    [InlineData("lz4-fast", 4096)]
    public async Task Write_HostFiles_UnsquashfsExtractsTheSame(string codec, int blockSize)
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "owners can only be extracted by root");
        using TemporaryFolder folder = new();
        using Contents contents = new();
        FileTree tree = HostTree.Read("/usr/share", 10_500, contents);
        Skip.If(tree.Entries.Count(e => e.Node is FileNode) < 10_000, "this machine has too few files");
        await using (FileStream output = File.Create(folder["image"]))
        {
            await SquashfsWriter.WriteAsync(
                new SquashfsSource(tree, contents), output, new SquashfsOptions { Codec = SquashfsWriterTests.CodecOf(codec), BlockSize = blockSize });
        }

        (int exitCode, string message) = Oracle.Run("unsquashfs", "-no-progress", "-d", folder["out"], folder["image"]);

        Assert.True(exitCode == 0, message);
        Assert.Equal(Lines.Of(tree), Lines.OfFolder(folder["out"]));
        await using FileStream image = File.OpenRead(folder["image"]);
        using SquashfsReader reader = new(image);
        Assert.Equal(TreeDump.Of(tree), TreeDump.Of(reader.ReadTree(new Origin(null, null, "image"))));
    }
}
