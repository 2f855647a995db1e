namespace Strata.Machines;

/// <summary>A file of this machine, or a part of one, that is served by HTTP.</summary>
/// <param name="Path">The file.</param>
internal sealed record ServedFile(string Path)
{
    /// <summary>Where in the file it begins, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>How many bytes; null for all there are.</summary>
    public long? Length { get; init; }

    /// <summary>What it is (RFC 9110 §8.3).</summary>
    public string ContentType { get; init; } = "application/octet-stream";

    /// <summary>More lines of the answer's head, each without its end.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}
