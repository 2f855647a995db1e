using Strata.Core.Ext4;

namespace Strata.Formats.Ext4;

/// <summary>
/// Where things lie: each group of blocks begins with what describes it (superblock or copy, descriptors, bitmaps, table of inodes), and
/// content fills the rest of one group after the other, without gaps.
/// </summary>
/// <param name="inodesPerGroup">A multiple of 16, as many as a block of the table has.</param>
internal sealed class Ext4Placement(int inodesPerGroup)
{
    /// <summary>Blocks of a group's table of inodes.</summary>
    public int TableBlocks => inodesPerGroup * Ext4Layout.InodeSize / Ext4Layout.BlockSize;

    /// <summary>The block behind all that is placed.</summary>
    public long End { get; private set; }

    /// <summary>First block of a group.</summary>
    public static long FirstOf(int group) => (long)group * Ext4Layout.BlocksPerGroup;

    /// <summary>Blocks of a group before its bitmaps.</summary>
    public static int HeadBlocks(int group) => (Ext4Layout.HasSuper(group) ? 1 : 0) + (Ext4Layout.HasDescriptors(group) ? 1 : 0);

    /// <summary>Blocks of a group that describe it.</summary>
    public int OverheadOf(int group) => HeadBlocks(group) + 2 + TableBlocks;

    /// <summary>Blocks of a group that are taken, from its first one on.</summary>
    public int UsedIn(int group) => (int)Math.Clamp(End - FirstOf(group), OverheadOf(group), Ext4Layout.BlocksPerGroup);

    /// <summary>In how many pieces the next blocks lie.</summary>
    public int PiecesOf(long blocks) => new Ext4Placement(inodesPerGroup) { End = End }.Take(blocks).Length;

    /// <summary>Takes the next blocks.</summary>
    public Ext4Extent[] Take(long blocks)
    {
        List<Ext4Extent> extents = [];
        for (long done = 0; done < blocks;)
        {
            int group = (int)(End / Ext4Layout.BlocksPerGroup);
            End = Math.Max(End, FirstOf(group) + OverheadOf(group));
            int count = (int)Math.Min(blocks - done, FirstOf(group + 1) - End);
            if (count > 0) // the group may be full to its end
            {
                extents.Add(new Ext4Extent((uint)done, count, (uint)End));
            }
            End += count;
            done += count;
        }
        return [.. extents];
    }
}
