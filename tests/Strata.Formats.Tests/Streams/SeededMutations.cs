namespace Strata.Formats.Tests.Streams;

/// <summary>Broken copies of a valid input, the same ones in every run.</summary>
internal static class SeededMutations
{
    /// <summary>Bytes changed, runs overwritten, cut off, pieces repeated; one or several at once.</summary>
    public static IEnumerable<byte[]> Of(byte[] valid, int count, int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = [.. valid];
            for (int changes = random.Next(1, 4); changes > 0 && bytes.Length > 0; changes--)
            {
                int at = random.Next(bytes.Length);
                switch (random.Next(5))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes[at] ^= (byte)(1 << random.Next(8));
                        break;
                    case 2:
                        bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                        break;
                    case 3:
                        bytes = bytes[..at];
                        break;
                    default:
                        int length = random.Next(bytes.Length - at);
                        bytes = [.. bytes[..at], .. bytes.AsSpan(random.Next(at + 1), Math.Min(length, at)), .. bytes[at..]];
                        break;
                }
            }
            yield return bytes;
        }
    }

    /// <summary>Asserts that reading each broken copy ends well or in an ImageFormatException, and that some of both kinds came.</summary>
    public static void OnlyFormatExceptionsLeave(byte[] valid, int count, int seed, Action<byte[]> read)
    {
        int refused = 0;
        foreach (byte[] bytes in Of(valid, count, seed))
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
