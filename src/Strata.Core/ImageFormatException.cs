namespace Strata.Core;

/// <summary>Bytes that break the rules of their format. The only exception a reader of <c>Strata.Formats</c> lets out for bad input.</summary>
/// <param name="format">Name of the format and, where it helps, of the structure: <c>squashfs superblock</c>.</param>
/// <param name="offsetBytes">Where the offending structure starts, in bytes from the start of the stream.</param>
/// <param name="problem">The rule and the value: <c>block_log is 18, expected 17 for block_size 131072</c>.</param>
/// <param name="innerException">The lower failure, when there was one.</param>
public sealed class ImageFormatException(string format, long offsetBytes, string problem, Exception? innerException = null)
    : Exception($"{format} at byte {offsetBytes}: {problem}", innerException)
{
    /// <summary>Name of the format.</summary>
    public string Format { get; } = format;

    /// <summary>Position in bytes.</summary>
    public long OffsetBytes { get; } = offsetBytes;

    /// <summary>What is wrong there.</summary>
    public string Problem { get; } = problem;
}
