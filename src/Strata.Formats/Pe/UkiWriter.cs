using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>Writes a planned unified kernel image. No content is ever held in memory as a whole.</summary>
public static class UkiWriter
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Writes exactly <see cref="UkiPlan.Size"/> bytes; the output need not be seekable.</summary>
    /// <remarks>The contents are read twice: the checksum of the whole stands in the header, which comes first.</remarks>
    /// <exception cref="StrataException">A content has another length than it was said to have, or changed between the two readings.</exception>
    public static async Task WriteAsync(UkiPlan plan, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(output);
        byte[] stub = [.. plan.Stub];
        PeChecksum planned = new();
        await PassAsync(plan, stub, planned, Stream.Null, cancellationToken);
        uint checksum = planned.Value;
        BinaryPrimitives.WriteUInt32LittleEndian(stub.AsSpan(plan.CheckSumOffset), checksum);
        PeChecksum written = new();
        await PassAsync(plan, stub, written, output, cancellationToken);
        if (written.Value != checksum)
        {
            throw new StrataException("cannot write the UKI: a content changed while it was read");
        }
    }

    private static async Task PassAsync(UkiPlan plan, byte[] stub, PeChecksum checksum, Stream output, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        checksum.Add(plan.Stub); // with a checksum of zero, whatever goes out
        await output.WriteAsync(stub, cancellationToken);
        long position = stub.Length;
        foreach ((PeSection section, UkiContent content) in plan.Sections)
        {
            await ZerosAsync(section.RawOffset - position);
            await CopyAsync(section.Name, content);
            await ZerosAsync(section.RawSize - content.Size);
            position = (long)section.RawOffset + section.RawSize;
        }

        async Task CopyAsync(string name, UkiContent content)
        {
            await using Stream stream = content.Open();
            long done = 0;
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0; done += read)
            {
                if (done + read > content.Size)
                {
                    throw new StrataException($"cannot write section {name} of the UKI: its content is longer than the {content.Size} bytes it was said to have");
                }
                checksum.Add(buffer.AsSpan(0, read));
                await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            if (done < content.Size)
            {
                throw new StrataException($"cannot write section {name} of the UKI: its content ended after {done} of {content.Size} bytes");
            }
        }

        async Task ZerosAsync(long count) // less than a FileAlignment, which the reader limits to 64 KiB
        {
            byte[] zeros = new byte[count];
            checksum.Add(zeros);
            await output.WriteAsync(zeros, cancellationToken);
        }
    }
}
