using Strata.Testing;

namespace Strata.Formats.Tests.Streams;

/// <summary>Readers against broken copies of a valid input, the same ones in every run.</summary>
internal static class SeededMutations
{
    /// <summary>Asserts that reading each broken copy ends well or in an ImageFormatException, and that some of both kinds came.</summary>
    public static void OnlyFormatExceptionsLeave(byte[] valid, int count, int seed, Action<byte[]> read)
    {
        int refused = 0;
        foreach (byte[] bytes in Mutator.Of(valid, count, seed))
        {
            try
            {
                read(bytes);
            }
            catch (Core.ImageFormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, count / 20, count);
    }
}

/// <summary>A stream that gives as few bytes as the test wants, as sockets and pipes do.</summary>
internal sealed class TricklingStream(byte[] content, int most) : MemoryStream(content, writable: false)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(most, buffer.Length)]);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(most, count));
}
