using Strata.Core.Trees;
using Strata.Formats.Ext4;
using Strata.Formats.Gpt;

namespace Strata.Formats.Tests.Ext4;

/// <summary>Inputs and round trips for the tests of ext4.</summary>
internal static class Ext4Volumes
{
    public static readonly Ext4VolumeOptions Options = new()
    {
        Label = "STRATA", Id = new Guid(0x1234, 0, 0, new byte[8]), HashSeed = new Guid(0x5678, 0, 0, new byte[8]),
    };

    public static async Task<byte[]> WriteAsync(FileTree tree, Ext4VolumeOptions options)
    {
        Ext4Plan plan = Ext4Plan.Create(tree, options);
        using MemoryStream image = new();
        await Ext4Writer.WriteAsync(plan, new Contents(), image);
        Assert.Equal(plan.SizeBytes, image.Length);
        return image.ToArray();
    }

    public static async Task<string> WriteFileAsync(FileTree tree, Ext4VolumeOptions options, string path)
    {
        Ext4Plan plan = Ext4Plan.Create(tree, options);
        await using FileStream file = File.Create(path);
        await using SparseStream sparse = SparseStream.Over(file, plan.SizeBytes);
        await Ext4Writer.WriteAsync(plan, new Contents(), sparse);
        Assert.Equal(plan.SizeBytes, sparse.Position);
        return path;
    }

    /// <summary>Names and contents, as those of a tree are told (<see cref="Fat.FatTrees"/>).</summary>
    public static string Lines(Ext4Reader volume) => string.Concat(volume.Entries.Where(e => !e.Path.IsRoot && e.Path.Name != "lost+found")
        .Select(e => e.IsDirectory ? $"{e.Path}/\n" : $"{e.Path} {e.Size} {Ext4Dump.DigestOf(volume, e)}\n"));

    /// <summary>Mostly zeros, and each 64 MiB some bytes that say where they are.</summary>
    public sealed class MarkedStream(long length) : Stream
    {
        private const int Step = 64 << 20;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, length - Position);
            buffer[..count].Clear();
            for (int i = 0; i < count; i++)
            {
                long at = (Position + i) % Step;
                if (at >= 8)
                {
                    i += (int)Math.Min(Step - at - 1, count); // to the next mark
                    continue;
                }
                buffer[i] = (byte)(1 + ((Position + i) / Step) + at);
            }
            Position += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>Opens what a tree holds inline; what it does not is made on the way.</summary>
    public sealed class Contents : IContentReader
    {
        public Stream Open(FileContent content) => content is InlineContent inline
            ? new MemoryStream(inline.Bytes.ToArray(), writable: false) : new MarkedStream(content.Size);

        public void Dispose()
        {
        }
    }
}
