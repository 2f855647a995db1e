using System.Text;
using Strata.Blueprints;
using Strata.Composition;
using Strata.Core;
using Strata.Images.Boot;
using Strata.Images.Manifests;
using Strata.Images.Steps;
using Strata.Store.Actions;

namespace Strata.Images.Media;

/// <summary>
/// Files for a boot server: kernel and initramfs as they are in the UKI, a script that names them, and iPXE for machines that have none.
/// </summary>
internal sealed class NetworkFolder : IMedium
{
    /// <inheritdoc/>
    public ImageKind Kind => ImageKind.Pxe;

    /// <inheritdoc/>
    public string? Step => Kind.Name;

    /// <inheritdoc/>
    public bool CarriesLayers => false;

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
            uki with { Name = edition.Name + ".efi" },
            .. BootPrograms.Ipxe.FilesFor(edition, parts.Tools).Select(f => services.Keep(f.Path[1..], f.Bytes)),
        ];
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

    /// <inheritdoc/>
    public (string What, long Bytes)? Budgeted(IReadOnlyList<ActionOutput> files, BuildManifest manifest) =>
        null; // kernel and initramfs are less than the bootable file that holds them
}
