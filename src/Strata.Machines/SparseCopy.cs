namespace Strata.Machines;

/// <summary>Copies a disk image without room for what is zero.</summary>
internal static class SparseCopy
{
    private const int BlockBytes = 256 * 1024;

    /// <summary>Makes the copy; there must be no such file.</summary>
    public static async Task MakeAsync(string from, string to, CancellationToken cancellationToken)
    {
        await using FileStream source = new(from, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using FileStream target = new(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        target.SetLength(source.Length);
        byte[] block = new byte[BlockBytes];
        for (int count; (count = await source.ReadAtLeastAsync(block, BlockBytes, throwOnEndOfStream: false, cancellationToken)) > 0;)
        {
            if (block.AsSpan(0, count).IndexOfAnyExcept((byte)0) >= 0)
            {
                await target.WriteAsync(block.AsMemory(0, count), cancellationToken);
            }
            else
            {
                target.Seek(count, SeekOrigin.Current);
            }
        }
    }
}
