namespace Strata.Editions.Readmes;

/// <summary>A file of a blueprint, as a README carries it.</summary>
/// <param name="Path">Relative to the folder that the README is turned back into; parts separated by <c>/</c>.</param>
/// <param name="Bytes">Its content.</param>
/// <param name="IsProgram">True when its owner may run it.</param>
public sealed record ReadmeFile(string Path, byte[] Bytes, bool IsProgram)
{
    /// <summary>Most bytes of one file.</summary>
    public const int MostBytes = 4 << 20;

    /// <summary>Most bytes of all files, and so about those of a README.</summary>
    public const int MostOfAll = 32 << 20;

    /// <summary>Most files of a README.</summary>
    public const int MostFiles = 1000;

    /// <summary>Line of the README's block where the content begins, 1 for the first; 0 for a file that comes from no README.</summary>
    public int Line { get; init; }
}
