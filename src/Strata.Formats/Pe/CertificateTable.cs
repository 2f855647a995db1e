using System.Buffers.Binary;
using Strata.Core;

namespace Strata.Formats.Pe;

/// <summary>Signatures at the end of a PE image (PE specification, "The Attribute Certificate Table").</summary>
public static class CertificateTable
{
    /// <summary>Most bytes that a table may have: firmware has little room, and a signature a few kilobytes.</summary>
    public const int LargestTable = 1 << 20;

    private const int HeaderSize = 8; // u32 length with the header, u16 revision, u16 type
    private const ushort Revision = 0x0200; // WIN_CERT_REVISION_2_0
    private const ushort SignedData = 0x0002; // WIN_CERT_TYPE_PKCS_SIGNED_DATA
    private const int Alignment = 8;
    private const int BufferSize = 128 * 1024;

    /// <summary>The PKCS #7 signatures of an image, in their order; those of other kinds are left out.</summary>
    /// <param name="file">The file: seekable, it starts at position 0.</param>
    /// <exception cref="ImageFormatException">It is no PE32+ image, or its table is damaged.</exception>
    public static IReadOnlyList<byte[]> Read(Stream file)
    {
        PeImage image = PeImage.Read(file);
        byte[] table = ReadTable(file, image);
        List<byte[]> found = [];
        for (int at = 0; at < table.Length;)
        {
            ReadOnlySpan<byte> rest = table.AsSpan(at);
            uint length = rest.Length < HeaderSize ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (length < HeaderSize || length > rest.Length)
            {
                throw new ImageFormatException("PE certificates", image.CertificatesOffset + at,
                    $"an entry has {length} of {rest.Length} bytes");
            }
            if (BinaryPrimitives.ReadUInt16LittleEndian(rest[6..]) == SignedData)
            {
                found.Add(rest[HeaderSize..(int)length].ToArray());
            }
            at += Math.Min((int)Padded(length), rest.Length); // the last one may lack its padding
        }
        return found;
    }

    /// <summary>Writes an image with one signature more, behind those it has; its checksum is made anew.</summary>
    /// <param name="file">The image: seekable, it starts at position 0.</param>
    /// <param name="signature">DER of a PKCS #7 ContentInfo.</param>
    /// <param name="output">Gets the image; need not be seekable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ImageFormatException">It is no PE32+ image, or has no place for certificates.</exception>
    public static async Task AppendAsync(Stream file, ReadOnlyMemory<byte> signature, Stream output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(output);
        PeImage image = PeImage.Read(file);
        byte[] table = ReadTable(file, image);
        if (!image.HasSecurityDirectory)
        {
            throw new ImageFormatException("PE image", image.OptionalOffset, "its header has no place for certificates");
        }
        long end = image.CertificatesSize == 0 ? image.Length : image.CertificatesOffset;
        byte[] behind = [.. new byte[Padded(end) - end], .. table, .. new byte[Padded(table.Length) - table.Length],
            .. Entry(signature.Span)];
        long start = Padded(end);
        long tableSize = end + behind.Length - start;
        if (tableSize > LargestTable || end + behind.Length > int.MaxValue)
        {
            throw new ImageFormatException("PE image", 0,
                $"its certificates would have {tableSize} bytes, expected at most {LargestTable}");
        }
        byte[] head = new byte[image.SizeOfHeaders];
        file.Position = 0;
        file.ReadExactly(head);
        Span<byte> directory = head.AsSpan(image.OptionalOffset + PeImage.At.SecurityDirectory);
        BinaryPrimitives.WriteUInt32LittleEndian(directory, (uint)start);
        BinaryPrimitives.WriteUInt32LittleEndian(directory[4..], (uint)tableSize);
        int checkSumAt = image.OptionalOffset + PeImage.At.CheckSum;
        head.AsSpan(checkSumAt, 4).Clear();
        PeChecksum checksum = new();
        checksum.Add(head);
        await CopyAsync(file, head.Length, end, buffer => checksum.Add(buffer.Span), Stream.Null, cancellationToken);
        checksum.Add(behind);
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(checkSumAt), checksum.Value);
        await output.WriteAsync(head, cancellationToken);
        await CopyAsync(file, head.Length, end, _ => { }, output, cancellationToken);
        await output.WriteAsync(behind, cancellationToken);
    }

    private static byte[] Entry(ReadOnlySpan<byte> signature)
    {
        byte[] entry = new byte[Padded(HeaderSize + signature.Length)];
        // The length without its padding, as the specification has it. Firmware and sbsign round it up by themselves.
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)(HeaderSize + signature.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(4), Revision);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(6), SignedData);
        signature.CopyTo(entry.AsSpan(HeaderSize));
        return entry;
    }

    private static byte[] ReadTable(Stream file, PeImage image)
    {
        if (image.CertificatesSize == 0)
        {
            return [];
        }
        if (image.CertificatesSize > LargestTable || (long)image.CertificatesOffset + image.CertificatesSize != image.Length)
        {
            throw new ImageFormatException(
                "PE image", image.CertificatesOffset,
                $"its certificates have {image.CertificatesSize} bytes, expected at most {LargestTable} and at the end of the file");
        }
        byte[] table = new byte[image.CertificatesSize];
        file.Position = image.CertificatesOffset;
        file.ReadExactly(table);
        return table;
    }

    private static async Task CopyAsync(
        Stream file, long from, long to, Action<ReadOnlyMemory<byte>> seen, Stream output, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        file.Position = from;
        for (long left = to - from; left > 0;)
        {
            Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(left, BufferSize));
            await file.ReadExactlyAsync(piece, cancellationToken);
            seen(piece);
            await output.WriteAsync(piece, cancellationToken);
            left -= piece.Length;
        }
    }

    private static long Padded(long length) => (length + Alignment - 1) / Alignment * Alignment;
}
