using Strata.Core;
using Strata.Formats.Mbr;

namespace Strata.Formats.Gpt;

/// <summary>Writes a planned disk from its first byte to its last, each byte once.</summary>
public static class DiskWriter
{
    private const int ZeroesAtOnce = 1 << 20;

    /// <summary>Writes exactly <see cref="DiskPlan.SizeBytes"/> bytes from the present position of <paramref name="output"/> on.</summary>
    /// <remarks>Where the output is a regular file that ends here, blocks of zeros become holes; elsewhere zeros are written.</remarks>
    /// <exception cref="StrataException">A part wrote fewer or more bytes than it was said to have.</exception>
    public static async Task WriteAsync(DiskPlan plan, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        int block = plan.Config.SectorSize;
        byte[] entries = new byte[DiskPlan.EntryCount * GptEntry.Size];
        for (int i = 0; i < plan.Parts.Count; i++)
        {
            plan.Parts[i].Entry.WriteTo(entries.AsSpan(i * GptEntry.Size));
        }
        GptHeader header = plan.Header(entries);
        byte[] front = new byte[(2 * block) + entries.Length];
        MasterBootRecord.ForGpt(plan.Blocks, plan.Config.BootCode).WriteTo(front.AsSpan(0, block));
        header.WriteTo(front.AsSpan(block, block));
        entries.CopyTo(front, 2 * block);
        byte[] back = new byte[entries.Length + block];
        entries.CopyTo(back, 0);
        plan.MirrorOf(header).WriteTo(back.AsSpan(entries.Length));

        await using SparseStream disk = SparseStream.Over(output, plan.SizeBytes);
        await disk.WriteAsync(front, cancellationToken);
        foreach (PlacedPart placed in plan.Parts.OrderBy(p => p.OffsetBytes))
        {
            await WriteZerosAsync(disk, placed.OffsetBytes - disk.Position, cancellationToken);
            await WritePartAsync(placed.Part, disk, cancellationToken);
        }
        await WriteZerosAsync(disk, plan.SizeBytes - back.Length - disk.Position, cancellationToken);
        await disk.WriteAsync(back, cancellationToken);
        await disk.FlushAsync(cancellationToken);
    }

    private static async Task WritePartAsync(DiskPart part, SparseStream disk, CancellationToken cancellationToken)
    {
        if (part.Write is null)
        {
            return;
        }
        await using ExactStream content = new(disk, part.ContentBytes, $"partition '{part.Label}'");
        await part.Write(content, cancellationToken);
        content.ThrowIfShort();
    }

    private static async Task WriteZerosAsync(SparseStream disk, long count, CancellationToken cancellationToken)
    {
        byte[] zeros = new byte[(int)Math.Min(count, ZeroesAtOnce)];
        for (long left = count; left > 0; left -= Math.Min(left, zeros.Length))
        {
            await disk.WriteAsync(zeros.AsMemory(0, (int)Math.Min(left, zeros.Length)), cancellationToken);
        }
    }
}
