using System.Buffers.Binary;
using System.Text;
using Strata.Core;

namespace Strata.Measure.Bytes;

/// <summary>A file or folder of an ISO image: where its bytes are.</summary>
internal sealed record LocatedFile(string Path, long Offset, long Length, bool IsDirectory);

/// <summary>Files of an ISO image (ECMA-119) by the names of Rock Ridge where it has them. Nothing that it says is believed.</summary>
internal static class IsoFiles
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 2048;

    /// <summary>Where the volume descriptor is, in blocks.</summary>
    public const int VolumeBlock = 16;

    private const byte DirectoryFlag = 2;

    /// <summary>All of them, folders before what is in them.</summary>
    /// <exception cref="ImageFormatException">A folder reaches behind the end.</exception>
    public static IEnumerable<LocatedFile> Of(Stream image) => Of(image, Read(image, VolumeBlock * BlockSize, BlockSize));

    /// <summary>The same with its volume descriptor at hand.</summary>
    public static IEnumerable<LocatedFile> Of(Stream image, byte[] volume) =>
        Walk(image, U32(volume, 158) * BlockSize, U32(volume, 166));

    private static IEnumerable<LocatedFile> Walk(Stream image, long root, long rootBytes)
    {
        yield return new LocatedFile("/", root, rootBytes, true);
        Queue<(string Path, long Offset, long Length)> open = new([("", root, rootBytes)]);
        HashSet<long> met = [root];
        long left = image.Length; // directories lie side by side
        while (open.TryDequeue(out (string Path, long Offset, long Length) directory) && directory.Length <= left)
        {
            left -= directory.Length;
            byte[] records = Read(image, directory.Offset, directory.Length);
            for (int at = 0; at < records.Length;)
            {
                int length = records[at];
                if (length == 0) // no record reaches over the end of a block
                {
                    at = (at + BlockSize) / BlockSize * BlockSize;
                    continue;
                }
                byte[] record = records.AsSpan(at, Math.Min(length, records.Length - at)).ToArray();
                at += length;
                if (record.Length <= 34 || (record[32] == 1 && record[33] <= 1)) // itself, and what it is in
                {
                    continue;
                }
                (long offset, long bytes) = (U32(record, 2) * BlockSize, U32(record, 10));
                string path = directory.Path + "/" + NameOf(record);
                bool isDirectory = (record[25] & DirectoryFlag) != 0;
                yield return new LocatedFile(path, offset, bytes, isDirectory);
                if (isDirectory && bytes > 0 && met.Add(offset))
                {
                    open.Enqueue((path, offset, bytes));
                }
            }
        }
    }

    // RRIP 1.10 §4.1.4: the name is in one or more fields NM; without one the short name counts
    private static string NameOf(byte[] record)
    {
        int identifier = Math.Min(record[32], record.Length - 33);
        StringBuilder name = new();
        for (int at = 33 + identifier + (1 - (identifier % 2)); at + 4 <= record.Length && record[at + 2] >= 4; at += record[at + 2])
        {
            int length = Math.Min(record[at + 2], record.Length - at);
            if (record[at] == 'N' && record[at + 1] == 'M' && length > 5)
            {
                name.Append(Encoding.UTF8.GetString(record, at + 5, length - 5));
            }
        }
        return name.Length > 0 ? name.ToString() : Encoding.ASCII.GetString(record, 33, identifier);
    }

    internal static long U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    internal static byte[] Read(Stream image, long offset, long length)
    {
        if (offset < 0 || offset > image.Length - length)
        {
            throw new ImageFormatException("ISO image", offset, $"{length} bytes reach behind the end at {image.Length}");
        }
        byte[] bytes = new byte[length];
        image.Position = offset;
        image.ReadExactly(bytes);
        return bytes;
    }
}
