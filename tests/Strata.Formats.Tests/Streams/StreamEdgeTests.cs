using Strata.Formats.Gpt;
using Strata.Formats.Streams;
using Strata.Testing;

namespace Strata.Formats.Tests.Streams;

/// <summary>Streams that stand before and behind others, judged by what a plain stream has.</summary>
public sealed class StreamEdgeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "")]
    [InlineData("", "b")]
    [InlineData("abc", "defgh")]
    public void Joined_ReadByAnySize_IsOneBehindTheOther(string first, string second)
    {
        for (int size = 1; size <= 9; size++)
        {
            using JoinedStream joined = new(new MemoryStream([.. first.Select(c => (byte)c)]), new MemoryStream([.. second.Select(c =>
                (byte)c)]));
            List<byte> all = [];
            byte[] buffer = new byte[size];
            Assert.Equal(0, joined.Read(buffer, 0, 0)); // nothing was asked for, and nothing ends
            for (int read; (read = joined.Read(buffer)) > 0;)
            {
                all.AddRange(buffer[..read]);
            }
            Assert.Equal(first + second, string.Concat(all.Select(b => (char)b)));
            Assert.Equal(0, joined.Read(buffer));
            Assert.Equal(-1, joined.ReadByte());
        }
    }

    [Fact]
    public void Joined_Closed_ClosesBoth()
    {
        MemoryStream first = new([1]);
        MemoryStream second = new([2]);
        JoinedStream joined = new(first, second);
        Assert.Equal(1, joined.ReadByte());
        Assert.Equal(2, joined.ReadByte());
        joined.Dispose();
        Assert.False(first.CanRead);
        Assert.False(second.CanRead);
    }

    [Fact]
    public void Forward_StreamsOnlyGoForward()
    {
        using JoinedStream joined = new(new MemoryStream([1]), new MemoryStream([2]));
        Assert.True(joined.CanRead);
        Assert.False(joined.CanSeek);
        Assert.False(joined.CanWrite);
        joined.Flush();
        Assert.Throws<NotSupportedException>(() => joined.Length);
        Assert.Throws<NotSupportedException>(() => joined.Position);
        Assert.Throws<NotSupportedException>(() => joined.Position = 0);
        Assert.Throws<NotSupportedException>(() => joined.Seek(0, SeekOrigin.Begin));
        Assert.Throws<NotSupportedException>(() => joined.SetLength(0));
        Assert.Throws<NotSupportedException>(() => joined.Write([1], 0, 1));
    }

    /// <summary>Whatever the pieces: the bytes are those of a plain file, and whole blocks of zeros take no room.</summary>
    [Theory]
    [InlineData(0, 4096)]
    [InlineData(0, 1)]
    [InlineData(0, 5000)]
    [InlineData(100, 4096)]
    [InlineData(100, 30000)]
    [InlineData(4096, 8192)]
    public async Task Sparse_WrittenInPieces_HasTheSameBytes(int start, int piece)
    {
        byte[] content = new byte[piece == 1 ? 16_384 : 40_960];
        content.AsSpan(0, 10).Fill(1);
        content.AsSpan(4096 * 2, 4096).Fill(2);
        content[^1] = 3;
        byte[] before = [.. Enumerable.Repeat((byte)9, start)];
        foreach (bool isAsync in (bool[])[false, true])
        {
            string path = _folder[$"sparse-{isAsync}"];
            using (FileStream file = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0))
            {
                file.Write(before);
                using SparseStream sparse = SparseStream.Over(file, content.Length);
                for (int at = 0; at < content.Length; at += piece)
                {
                    Memory<byte> part = content.AsMemory(at, Math.Min(piece, content.Length - at));
                    if (isAsync)
                    {
                        await sparse.WriteAsync(part);
                    }
                    else
                    {
                        sparse.Write(part.Span);
                    }
                    Assert.Equal(at + part.Length, sparse.Position);
                }
                if (isAsync)
                {
                    await sparse.FlushAsync();
                }
                else
                {
                    sparse.Flush();
                }
                Assert.Equal(start + content.Length, file.Position);
            }
            byte[] expected = [.. before, .. content];
            byte[] written = await File.ReadAllBytesAsync(path);
            Assert.Equal(expected, written);
        }
    }

    [Fact]
    public void Sparse_OverWhatIsNoFreshFile_WritesEveryZero()
    {
        string path = _folder["old"];
        File.WriteAllBytes(path, [.. Enumerable.Repeat((byte)7, 16_384)]);
        using (FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite))
        {
            using SparseStream sparse = SparseStream.Over(file, 8192); // in the middle of what was there
            sparse.Write(new byte[8192]);
            sparse.Flush();
        }
        byte[] all = File.ReadAllBytes(path);
        Assert.Equal(16_384, all.Length);
        Assert.Equal(-1, all.AsSpan(0, 8192).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, all.AsSpan(8192).IndexOfAnyExcept((byte)7));
        using MemoryStream memory = new();
        using SparseStream plain = SparseStream.Over(memory, 4096);
        plain.Write(new byte[4096]);
        plain.Flush();
        Assert.Equal(4096, memory.Length);
    }

    [Fact]
    public void Exact_OneByteMoreOrLess_IsSaid()
    {
        using MemoryStream memory = new();
        using ExactStream exact = new(memory, 5, "part 'x'");
        exact.Write([1, 2]);
        Assert.Equal(
            "cannot write part 'x': its content ended after 2 of 5 bytes", Assert.Throws<Strata.Core.StrataException>(
                exact.ThrowIfShort).Message);
        exact.Write([3, 4, 5]);
        exact.ThrowIfShort();
        exact.Flush();
        exact.Write([]);
        Assert.Equal(
            "cannot write part 'x': its content is longer than the 5 bytes it was said to have",
            Assert.Throws<Strata.Core.StrataException>(() => exact.Write([6])).Message);
        Assert.Equal([1, 2, 3, 4, 5], memory.ToArray());
    }
}
