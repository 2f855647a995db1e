using Strata.Blueprints;
using Strata.Composition;
using Strata.Composition.Effects;
using Strata.Composition.Kernels;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Pe;
using Strata.Images.Steps;
using Strata.Store.Actions;
using Strata.Toolbox;

namespace Strata.Images.Boot;

/// <summary>What a UKI is made of.</summary>
/// <param name="Kernel">The kernel image.</param>
/// <param name="KernelVersion">Its release.</param>
/// <param name="Initramfs">The compressed initramfs.</param>
internal sealed record UkiParts(ActionOutput Kernel, string KernelVersion, ActionOutput Initramfs)
{
    /// <summary>An archive that stands before the initramfs; its length is a multiple of 4.</summary>
    public byte[] Head { get; init; } = [];
}

/// <summary>The unified kernel image (UAPI.5): systemd's stub with kernel, initramfs and command line.</summary>
internal static class UkiFile
{
    private const int LargestStub = 16 << 20;

    /// <summary>Joins the parts.</summary>
    public static async Task<ActionOutput> JoinAsync(
        BuildServices services, ComposedEdition composed, UkiParts parts, CancellationToken cancellationToken)
    {
        Edition edition = composed.Edition;
        byte[] stub = await ReadStubAsync(composed.Tools, edition.Architecture, cancellationToken);
        string osRelease = IdentityEffect.OsRelease(edition);
        ActionKey key = new ActionKeyBuilder("uki", 2).WithPackingCode()
            .Add("stub", Sha256Digest.Of(stub)).Add("kernel", parts.Kernel.Digest).Add("initramfs", parts.Initramfs.Digest)
            .Add("head", Sha256Digest.Of(parts.Head))
            .Add("command-line", edition.CommandLine).Add("os-release", osRelease).Add("uname", parts.KernelVersion).Build();
        UkiConfig config = new()
        {
            Stub = stub,
            Linux = Content(parts.Kernel),
            Initrd = parts.Head.Length == 0 ? Content(parts.Initramfs)
                : UkiContent.Join(UkiContent.Of(parts.Head), Content(parts.Initramfs)),
            CommandLine = edition.CommandLine,
            OsRelease = osRelease,
            Uname = parts.KernelVersion,
        };
        return await services.WriteAsync(
            key, "uki", "joining kernel and initramfs", output => UkiWriter.WriteAsync(UkiPlan.Create(config), output, cancellationToken),
            cancellationToken);

        UkiContent Content(ActionOutput output) => new(output.Size, () => services.Store.OpenRead(output.Digest));
    }

    /// <summary>Puts the kernel image into the store, out of its package or where it was built.</summary>
    public static async Task<ActionOutput> KeepKernelAsync(BuildServices services, KernelFiles kernel, CancellationToken cancellationToken)
    {
        if (!services.Store.TryGetSize(kernel.Image.Digest, out long size) || size != kernel.Image.Size)
        {
            using IContentReader contents = services.OpenContents();
            await services.Store.AddExpectedAsync(contents.Open(kernel.Image), kernel.Image.Digest, kernel.Image.Size, cancellationToken);
        }
        services.Store.Touch(kernel.Image.Digest);
        return new ActionOutput("kernel", kernel.Image.Digest, kernel.Image.Size);
    }

    private static async Task<byte[]> ReadStubAsync(ToolTree tools, GuestArchitecture architecture, CancellationToken cancellationToken)
    {
        FileInfo file = new(tools.PathOf("usr/lib/systemd/boot/efi/" + architecture.StubName));
        return file.Exists && file.Length <= LargestStub
            ? await File.ReadAllBytesAsync(file.FullName, cancellationToken)
            : throw new StrataException(
                $"cannot make a unified kernel image: the toolbox has no {architecture.StubName} of a sensible size",
                "Package 'systemd-boot-efi' should bring it; see toolbox/tools.yaml.");
    }
}
