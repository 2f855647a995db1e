using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Formats.Deb;
using Strata.Images.Steps;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Packing;

/// <summary>A tree as a newc cpio archive, compressed as the kernel of the edition unpacks it.</summary>
internal static class InitramfsArchive
{
    // CRC32, for the kernel's decoder knows no other check; blocks of a fixed size and always two threads, so that the bytes do not depend
    // on the number of processors (xz writes other block headers with one thread)
    private static readonly string[] s_xz =
        ["--compress", "--stdout", "--format=xz", "--check=crc32", "--lzma2=preset=6", "--block-size=16MiB", "--threads=2"];

    // one block with the longest search for matches, at four times the processor time; other literal and position bits were measured and
    // brought nothing
    private static readonly string[] s_xzSmallest =
        ["--compress", "--stdout", "--format=xz", "--check=crc32", "--lzma2=preset=9e,dict=32MiB", "--threads=1"];
    private static readonly string[] s_zstd = ["-19", "--stdout", "--quiet", "--threads=2", "--no-progress", "-"];

    /// <summary>Packs.</summary>
    /// <param name="services">Where the result is kept.</param>
    /// <param name="tree">Everything in it.</param>
    /// <param name="composed">Says which compression, for which processor, and has the compressors.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    public static Task<ActionOutput> PackAsync(
        BuildServices services, FileTree tree, ComposedEdition composed, CancellationToken cancellationToken)
    {
        (string compression, GuestArchitecture architecture) = (composed.Edition.Initramfs, composed.Edition.Architecture);
        ActionKey key = new ActionKeyBuilder("initramfs", 1).WithPackingCode()
            .Add("tree", TreeDigest.Of(tree)).Add("compression", compression).Add("architecture", architecture.Name)
            .Add("tools", composed.ToolsDigest).Build();
        return services.WriteAsync(key, "initramfs", $"packing the initramfs ({compression})", output =>
        {
            using IContentReader contents = services.OpenContents();
            using ToolPipe? compressor = OpenCompressor(output, compression, architecture, composed.Tools);
            CpioWriter.Write(tree, contents, compressor ?? output, cancellationToken: cancellationToken);
            compressor?.Finish();
            return Task.CompletedTask;
        }, cancellationToken);
    }

    /// <summary>
    /// An archive of few bytes as it is, to stand before a packed one: Linux unpacks one after the other
    /// (Documentation/driver-api/early-userspace/buffer-format.rst), and the second must begin at a multiple of 4 bytes where it is plain.
    /// </summary>
    public static byte[] Plain(FileTree tree)
    {
        using MemoryStream archive = new();
        using PackageContentReader contents = new(d => throw new ArgumentException($"{d} is no content of its own", nameof(tree)));
        CpioWriter.Write(tree, contents, archive);
        return archive.ToArray();
    }

    private static ToolPipe? OpenCompressor(Stream output, string compression, GuestArchitecture architecture, ToolTree tools) =>
        compression switch
    {
        "xz" or "xz-smallest" => new ToolPipe(tools.InRoom(ToolView.None, "usr/bin/xz", XzOptionsOf(compression, architecture)), output),
        "zstd" => new ToolPipe(tools.InRoom(ToolView.None, "usr/bin/zstd", s_zstd), output),
        _ => null,
    };

    private static IEnumerable<string> XzOptionsOf(string compression, GuestArchitecture architecture)
    {
        string[] options = compression == "xz-smallest" ? s_xzSmallest : s_xz;
        // the filter must come before the compressor in the chain; other architectures have none that their kernels are sure to know
        return architecture.HasX86Branches ? options.Prepend("--x86") : options;
    }
}
