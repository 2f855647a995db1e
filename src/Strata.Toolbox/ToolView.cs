namespace Strata.Toolbox;

/// <summary>What of the host a tool in its room sees beside its own tree; each under the path that it has on the host.</summary>
/// <param name="Reads">Files and folders that it may read; full paths.</param>
/// <param name="Writes">Folders that it may write in; full paths. They may hold something of <paramref name="Reads"/>.</param>
public sealed record ToolView(IReadOnlyList<string> Reads, IReadOnlyList<string> Writes)
{
    /// <summary>Nothing: for filters, which have their pipes.</summary>
    public static ToolView None { get; } = new([], []);
}
