using System.Text;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Core.Trees;
using Strata.Formats.Cpio;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Store.Actions;

namespace Strata.Images.Media;

/// <summary>
/// Files for a boot server: kernel and initramfs as they are in the UKI, the layers, a script that names them, and iPXE for machines that
/// have none.
/// </summary>
/// <remarks>
/// Layers come as one more initramfs, which the kernel unpacks into memory behind the other. Nothing in it is believed: the release with
/// their root hashes is in the first one, and each block is verified as on any medium.
/// </remarks>
internal sealed class NetworkFolder : IMedium
{
    /// <inheritdoc/>
    public ImageKind Kind => ImageKind.Pxe;

    /// <inheritdoc/>
    public string? Step => Kind.Name;

    /// <inheritdoc/>
    public IReadOnlyList<IBootProgram> StartedBy { get; } = [BootPrograms.Ipxe];

    /// <inheritdoc/>
    public bool NeedsTools(Edition edition) => true;

    /// <inheritdoc/>
    public IEnumerable<string> InputsOf(Edition edition) =>
        [edition.Name, edition.Title, edition.Version, edition.Architecture.Name, edition.CommandLine];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ActionOutput>> WriteAsync(MediumParts parts, CancellationToken cancellationToken)
    {
        (Edition edition, ActionOutput uki, BuildServices services) = (parts.Edition, parts.Product.Bootable, parts.Services);
        UkiSections sections = UkiSections.Read(services.Store, uki);
        List<ActionOutput> files =
        [
            await RangeAsync(NetworkFiles.Kernel, sections.Linux),
            await RangeAsync(NetworkFiles.Initramfs, sections.Initrd),
            .. BootPrograms.Ipxe.FilesFor(edition, parts.Tools).Select(f => services.Keep(f.Path[1..], f.Bytes)),
        ];
        files.Add(parts.LayerTree() is FileTree layers
            ? await services.KeepAsync(
                NetworkFiles.Layers, output => WriteArchive(layers, services, output, cancellationToken), cancellationToken)
            : uki with { Name = edition.Name + ".efi" }); // alone it starts no edition of layers
        string sums = string.Concat(files.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => $"{f.Digest}  {f.Name}\n"));
        return [services.Keep(NetworkFiles.Sums, Encoding.UTF8.GetBytes(sums)), .. files];

        Task<ActionOutput> RangeAsync(string name, (long Offset, long Length) range) => services.KeepAsync(
            name,
            async output =>
            {
                await using FileStream file = services.Store.OpenRead(uki.Digest);
                file.Position = range.Offset;
                byte[] buffer = new byte[1 << 17];
                for (long left = range.Length; left > 0;)
                {
                    int count = (int)Math.Min(left, buffer.Length);
                    await file.ReadExactlyAsync(buffer.AsMemory(0, count), cancellationToken);
                    await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                    left -= count;
                }
            },
            cancellationToken);
    }

    private static Task WriteArchive(FileTree layers, BuildServices services, Stream output, CancellationToken cancellationToken)
    {
        using IContentReader contents = services.OpenContents();
        CpioWriter.Write(layers, contents, output, cancellationToken: cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) =>
        null; // kernel and initramfs are less than the bootable file that holds them
}
