using System.Text;
using Strata.Core;
using Strata.Formats.Gpt;
using Strata.Toolbox;

namespace Strata.Editions.Guests;

/// <summary>
/// A file in which the guest of an edition keeps its changes: an ext4 file system; or, where its state is encrypted, a disk with an empty
/// partition, in which the early init makes what it needs.
/// </summary>
public static class StateDisk
{
    /// <summary>Label of the file system or the partition, by which the early init is told of it.</summary>
    public const string Label = "strata-state";

    private const string Size = "1G"; // sparse: it takes what is written
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    /// <summary>Full path of the file; made when it is missing.</summary>
    /// <param name="tools">Tree with <c>mke2fs</c>.</param>
    /// <param name="path">The file.</param>
    /// <param name="isEncrypted">Whether the state is.</param>
    /// <exception cref="StrataException">It cannot be made.</exception>
    public static string At(ToolTree tools, string path, bool isEncrypted)
    {
        ArgumentNullException.ThrowIfNull(tools);
        string full = Path.GetFullPath(path);
        if (File.Exists(full))
        {
            return full;
        }
        if (isEncrypted)
        {
            MakeEmpty(full);
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

    private static void MakeEmpty(string path)
    {
        const long AllBytes = 1L << 30;
        const long TableBytes = 2L << 20; // at both ends
        Guid id = DigestGuid.Of(Sha256Digest.Of(Encoding.UTF8.GetBytes(path)));
        DiskPart part = new()
        {
            Label = Label, Type = PartitionType.LinuxGeneric, Id = id, ContentBytes = 0, SizeBytes = AllBytes - TableBytes,
        };
        DiskPlan plan = DiskPlan.Create(new DiskConfig { DiskId = id, Size = new ByteSize(AllBytes), Parts = [part] });
        try
        {
            using FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
            DiskWriter.WriteAsync(plan, file).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StrataException(
                $"cannot make {path} for changes: {e.Message}", "Is there room, and may you write there?", innerException: e);
        }
    }
}
