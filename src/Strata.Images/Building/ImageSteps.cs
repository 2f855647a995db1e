using Strata.Blueprints;
using Strata.Composition.Effects;
using Strata.Core;
using Strata.Core.Progress;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Formats.Fat;
using Strata.Formats.Gpt;
using Strata.Formats.Pe;
using Strata.Store;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Building;

/// <summary>From a finished tree to something that boots: initramfs, UKI, ESP, disk. Each step is kept under the digests of its inputs.</summary>
/// <param name="store">Takes what the steps make.</param>
/// <param name="actions">Remembers it.</param>
/// <param name="progress">Told what is being done.</param>
internal sealed class ImageSteps(ObjectStore store, ActionCache actions, IProgressReporter progress)
{
    // CRC32, for the kernel's decoder knows no other check; blocks of a fixed size and always two threads, so that the bytes do not depend on
    // the number of processors (xz writes other block headers with one thread)
    private static readonly string[] s_xz = ["--compress", "--stdout", "--format=xz", "--check=crc32", "--lzma2=preset=6", "--block-size=16MiB", "--threads=2"];

    // one block with the longest search for matches, at four times the processor time; other literal and position bits were measured and brought nothing
    private static readonly string[] s_xzSmallest =
        ["--compress", "--stdout", "--format=xz", "--check=crc32", "--lzma2=preset=9e,dict=32MiB", "--threads=1"];
    private static readonly string[] s_zstd = ["-19", "--stdout", "--quiet", "--threads=2", "--no-progress", "-"];

    /// <summary>The tree as a newc cpio archive, compressed as the kernel of the edition unpacks it.</summary>
    /// <param name="tree">Everything the guest has.</param>
    /// <param name="edition">Says which compression, and for which processor.</param>
    /// <param name="tools">Has the compressors.</param>
    /// <param name="toolsDigest">Identity of their lock.</param>
    /// <param name="openReader">Opens a reader for the contents.</param>
    /// <param name="cancellationToken">Stops the work; nothing half-done is kept.</param>
    public Task<ActionOutput> InitramfsAsync(
        FileTree tree, Edition edition, ToolTree tools, Sha256Digest toolsDigest, Func<IContentReader> openReader, CancellationToken cancellationToken)
    {
        ActionKeyBuilder key = new ActionKeyBuilder("initramfs", 1).WithPackingCode()
            .Add("tree", TreeDigest.Of(tree)).Add("compression", edition.Initramfs).Add("architecture", edition.Architecture).Add("tools", toolsDigest);
        return MakeAsync(key, "initramfs", $"packing the initramfs ({edition.Initramfs})", output =>
        {
            using IContentReader contents = openReader();
            using ToolPipe? compressor = OpenCompressor(output, edition.Initramfs, edition.Architecture, tools);
            CpioWriter.Write(tree, contents, compressor ?? output, cancellationToken: cancellationToken);
            compressor?.Finish();
            return Task.CompletedTask;
        }, cancellationToken);
    }

    /// <summary>The unified kernel image (UAPI.5) of an edition.</summary>
    public Task<ActionOutput> UkiAsync(Edition edition, UkiInputs inputs, CancellationToken cancellationToken)
    {
        string osRelease = IdentityEffect.OsRelease(edition);
        ActionKeyBuilder key = new ActionKeyBuilder("uki", 1).WithPackingCode()
            .Add("stub", Sha256Digest.Of(inputs.Stub.Span)).Add("kernel", inputs.Kernel.Digest).Add("initramfs", inputs.Initramfs.Digest)
            .Add("command-line", edition.CommandLine).Add("os-release", osRelease).Add("uname", inputs.KernelVersion);
        UkiConfig config = new()
        {
            Stub = inputs.Stub,
            Linux = Content(inputs.Kernel),
            Initrd = Content(inputs.Initramfs),
            CommandLine = edition.CommandLine,
            OsRelease = osRelease,
            Uname = inputs.KernelVersion,
        };
        return MakeAsync(key, "uki", "joining kernel and initramfs", output => UkiWriter.WriteAsync(UkiPlan.Create(config), output, cancellationToken), cancellationToken);
    }

    /// <summary>A disk that UEFI firmware boots: GPT with one EFI system partition that holds the UKI under its fallback name.</summary>
    public async Task<ActionOutput> DiskAsync(Edition edition, ActionOutput uki, Func<IContentReader> openReader, CancellationToken cancellationToken)
    {
        // UEFI 2.10 §3.5.1.1: what removable media boot by themselves
        string file = edition.Architecture == "arm64" ? "BOOTAA64.EFI" : "BOOTX64.EFI";
        FileTree esp = new();
        esp.Add(
            GuestPath.Parse("/EFI/BOOT/" + file),
            new FileNode { Permissions = 0x1ED, Content = new StoredContent(uki.Size, uki.Digest) },
            new Origin(null, null, "unified kernel image"));
        // GUIDs and the volume number follow from the content: the same image is the same disk everywhere
        ActionKeyBuilder key = new ActionKeyBuilder("disk", 1).WithPackingCode().Add("esp", TreeDigest.Of(esp)).Add("edition", edition.Name);
        FatOptions options = new() { Label = "ESP", VolumeId = BitConverter.ToUInt32(uki.Digest.Bytes), HiddenSectors = (uint)(DiskPlan.Alignment / 512) };
        FatPlan fat = FatPlan.Create(esp, options);
        DiskPart part = new()
        {
            Label = "ESP",
            Type = PartitionType.Esp,
            Id = DigestGuid.Of(Sha256Digest.Of([.. "esp"u8, .. uki.Digest.Bytes])),
            ContentBytes = fat.SizeBytes,
            Write = async (output, token) =>
            {
                using IContentReader contents = openReader();
                await FatWriter.WriteAsync(fat, contents, output, token);
            },
        };
        DiskPlan plan = DiskPlan.Create(new DiskConfig { DiskId = DigestGuid.Of(uki.Digest), Parts = [part] });
        return await MakeAsync(key, "disk", "writing the disk image", output => DiskWriter.WriteAsync(plan, output, cancellationToken), cancellationToken);
    }

    /// <summary>The same with a volume of layers beside the UKI.</summary>
    public Task<ActionOutput> LayeredDiskAsync(
        Edition edition, ActionOutput uki, FileTree layers, Func<IContentReader> openReader, CancellationToken cancellationToken)
    {
        ActionKeyBuilder key = new ActionKeyBuilder("layered-disk", 1).WithBuildingCode()
            .Add("uki", uki.Digest).Add("layers", TreeDigest.Of(layers)).Add("architecture", edition.Architecture);
        DiskPlan plan = LayeredImage.DiskOf(edition, uki, layers, openReader);
        return MakeAsync(key, "disk", "writing the disk image", output => DiskWriter.WriteAsync(plan, output, cancellationToken), cancellationToken);
    }

    private static ToolPipe? OpenCompressor(Stream output, string compression, string architecture, ToolTree tools) => compression switch
    {
        "xz" or "xz-smallest" => new ToolPipe(tools.InRoom(ToolView.None, "usr/bin/xz", XzOptionsOf(compression, architecture)), output),
        "zstd" => new ToolPipe(tools.InRoom(ToolView.None, "usr/bin/zstd", s_zstd), output),
        _ => null,
    };

    private static IEnumerable<string> XzOptionsOf(string compression, string architecture)
    {
        string[] options = compression == "xz-smallest" ? s_xzSmallest : s_xz;
        // the filter must come before the compressor in the chain; other architectures have none that their kernels are sure to know
        return architecture == "amd64" ? options.Prepend("--x86") : options;
    }

    private UkiContent Content(ActionOutput output) => new(output.Size, () => store.OpenRead(output.Digest));

    private async Task<ActionOutput> MakeAsync(ActionKeyBuilder key, string name, string label, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        ActionResult result = await actions.GetOrAddAsync(
            key.Build(),
            async token =>
            {
                using IProgressTask task = progress.Begin(label);
                string path = store.NewTemporaryPath();
                try
                {
                    await using (FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
                    {
                        await write(file);
                    }
                    long size = new FileInfo(path).Length;
                    Sha256Digest digest = await store.AddFileAsync(path, move: true, token);
                    return new ActionResult([new ActionOutput(name, digest, size)]);
                }
                finally
                {
                    File.Delete(path);
                }
            },
            cancellationToken);
        return result[name];
    }
}

/// <summary>What a UKI is made of.</summary>
/// <param name="Stub">systemd's UEFI stub.</param>
/// <param name="Kernel">The kernel image.</param>
/// <param name="KernelVersion">Its release.</param>
/// <param name="Initramfs">The compressed initramfs.</param>
internal sealed record UkiInputs(ReadOnlyMemory<byte> Stub, ActionOutput Kernel, string KernelVersion, ActionOutput Initramfs);
