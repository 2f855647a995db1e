using Strata.Core.Progress;
using Strata.Kernel.Profiles;

namespace Strata.Kernel.Building;

/// <summary>Counts what make says it has made, beside an estimate of how much there is.</summary>
/// <remarks>
/// make does not know the number of objects before it has made them. It grows with the number of symbols that are set: measured on kernels
/// from tiny to full (docs/formats/kernel.md, "Progress").
/// </remarks>
/// <param name="task">Gets the steps.</param>
internal sealed class MakeProgress(IProgressTask task)
{
    // the short form of a command that makes an object: "  CC      fs/ext4/inode.o"
    private static readonly string[] s_commands = ["CC", "AS", "LD", "AR", "HOSTCC", "HOSTLD"];

    /// <summary>About how many objects a kernel has.</summary>
    public static long Estimate(KernelConfig config) => Math.Max(400, (config.Values.Values.LongCount(v => v is "y" or "m") - 150) * 3);

    /// <summary>Looks at a line.</summary>
    public void Take(string line)
    {
        if (line.StartsWith("  ", StringComparison.Ordinal) && Array.Exists(s_commands, c => line.AsSpan(2).StartsWith(c + " ", StringComparison.Ordinal)))
        {
            task.Advance(1);
        }
    }
}
