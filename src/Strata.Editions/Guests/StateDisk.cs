using Strata.Core;
using Strata.Toolbox;

namespace Strata.Editions.Guests;

/// <summary>A file with an ext4 file system in which the guest of a layered edition keeps its changes.</summary>
public static class StateDisk
{
    /// <summary>Label of the file system, by which the early init is told of it.</summary>
    public const string Label = "strata-state";

    private const string Size = "1G"; // sparse: it takes what is written
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    /// <summary>Full path of the file; made when it is missing.</summary>
    /// <exception cref="StrataException">It cannot be made.</exception>
    public static string At(ToolTree tools, string path)
    {
        ArgumentNullException.ThrowIfNull(tools);
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return full;
        }
        ToolResult made = ToolRun.ToEnd(tools.Command("usr/sbin/mke2fs", "-q", "-t", "ext4", "-L", Label, full, Size), s_deadline);
        if (made.ExitCode == 0)
        {
            return full;
        }
        File.Delete(full);
        throw new StrataException(
            $"cannot make {path} for changes: {(made.Output + made.Errors).Trim()}", "Is there room, and may you write there?");
    }
}
