namespace Strata.Fuzz;

/// <summary>A reader took bytes and said something that is not so.</summary>
internal sealed class PropertyException(string message) : Exception(message);

/// <summary>What must hold of an input that was taken.</summary>
internal static class Property
{
    /// <summary>What was read is written as the bytes that it was read from.</summary>
    public static void WritesTheSame(ReadOnlySpan<byte> read, ReadOnlySpan<byte> written)
    {
        int same = read.CommonPrefixLength(written);
        if (same != read.Length || same != written.Length)
        {
            throw new PropertyException($"{read.Length} bytes were read and are written as {written.Length} others, different from byte "
                + $"{same}");
        }
    }

    /// <summary>Anything else.</summary>
    public static void Holds(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new PropertyException(otherwise);
        }
    }
}
