namespace Strata.Formats.Verity;

/// <summary>Feeds a stream to a hasher, reading the next step while one is hashed.</summary>
internal static class VerityData
{
    /// <summary>Hashes <paramref name="blocks"/> data blocks.</summary>
    /// <param name="data">Read from its current position.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="hasher">Gets them in order.</param>
    /// <param name="threads">For hashing.</param>
    /// <param name="endsEarly">What to throw when so many bytes are missing from a step.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task HashAsync(
        Stream data, long blocks, VerityHasher hasher, int threads, Func<int, Exception> endsEarly, CancellationToken cancellationToken)
    {
        byte[] current = new byte[VerityHasher.BlocksPerStep * VerityTree.BlockSize];
        byte[] next = new byte[current.Length];
        long left = blocks;
        int length = await ReadStepAsync(current);
        while (length > 0)
        {
            ReadOnlyMemory<byte> step = current.AsMemory(0, length);
            Task hashing = Task.Run(() => hasher.Add(step, threads), cancellationToken);
            try
            {
                length = await ReadStepAsync(next);
            }
            finally
            {
                await hashing;
            }
            (current, next) = (next, current);
        }

        async Task<int> ReadStepAsync(byte[] buffer)
        {
            int wanted = (int)Math.Min(left, VerityHasher.BlocksPerStep) * VerityTree.BlockSize;
            left -= wanted / VerityTree.BlockSize;
            int read = await data.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken);
            return read == wanted ? read : throw endsEarly(wanted - read);
        }
    }
}
