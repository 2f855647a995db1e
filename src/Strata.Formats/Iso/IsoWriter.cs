using Strata.Core;
using Strata.Formats.Gpt;

namespace Strata.Formats.Iso;

/// <summary>Writes a planned image from its first byte to its last, each byte once; the output need not be seekable.</summary>
public static class IsoWriter
{
    private static readonly byte[] s_zeros = new byte[IsoFormat.BlockSize];

    /// <summary>Writes exactly <see cref="IsoPlan.SizeBytes"/> bytes.</summary>
    /// <exception cref="StrataException">An extent wrote fewer or more bytes than it was said to have.</exception>
    public static async Task WriteAsync(IsoPlan plan, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        IsoConfig config = plan.Config;
        long loader = plan.Loader is null ? 0 : plan.BlockOf(plan.Loader);
        long efi = config.Efi is null ? 0 : plan.BlockOf(config.Efi.System);
        (byte[] front, byte[] back) = IsoHybrid.Tables(config, plan.Blocks, loader, efi);
        await output.WriteAsync(front, cancellationToken);
        foreach (byte[] block in Descriptors(plan, loader, efi).Concat(Directories(plan)))
        {
            await output.WriteAsync(block, cancellationToken);
        }
        foreach (IsoExtent extent in plan.Extents)
        {
            if (ReferenceEquals(extent, plan.Loader))
            {
                await output.WriteAsync(ElTorito.WithInfoTable(config.Bios!.Loader.Span, loader), cancellationToken);
            }
            else
            {
                await using ExactStream content = new(output, extent.SizeBytes, extent.Name);
                await extent.Write(content, cancellationToken);
                content.ThrowIfShort();
            }
            await output.WriteAsync(s_zeros.AsMemory(0, (int)((IsoFormat.Blocks(extent.SizeBytes) * IsoFormat.BlockSize) - extent.SizeBytes)), cancellationToken);
        }
        long pad = (IsoFormat.Blocks(back.Length) * IsoFormat.BlockSize) - back.Length;
        await output.WriteAsync(s_zeros.AsMemory(0, (int)pad), cancellationToken); // the mirror ends with the last byte
        await output.WriteAsync(back, cancellationToken);
    }

    private static IEnumerable<byte[]> Descriptors(IsoPlan plan, long loader, long efi)
    {
        List<ElToritoEntry> entries = [];
        if (plan.Config.Bios is not null)
        {
            entries.Add(new ElToritoEntry(ElTorito.Bios, loader, ElTorito.LoaderSectors));
        }
        if (plan.Config.Efi is IsoEfiBoot boot)
        {
            entries.Add(new ElToritoEntry(ElTorito.Uefi, efi, ElTorito.SectorsOf(boot.System.SizeBytes)));
        }
        yield return IsoDescriptors.Volume(plan.Config, plan.Blocks, plan.Hierarchy);
        if (entries.Count > 0)
        {
            yield return IsoDescriptors.BootRecord(plan.CatalogBlock); // at block 17, where every BIOS looks
        }
        yield return IsoDescriptors.Terminator();
        if (entries.Count > 0)
        {
            yield return ElTorito.Catalog(entries);
        }
    }

    private static IEnumerable<byte[]> Directories(IsoPlan plan)
    {
        yield return IsoPathTable.Write(plan.PathOrder, bigEndian: false);
        yield return IsoPathTable.Write(plan.PathOrder, bigEndian: true);
        foreach (IsoNode directory in plan.PathOrder)
        {
            yield return IsoDirectory.Write(directory, plan.Config.Time);
        }
    }
}
