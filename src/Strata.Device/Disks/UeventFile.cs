using System.Globalization;

namespace Strata.Device.Disks;

/// <summary>What <c>/sys/class/block/NAME/uevent</c> says: <c>KEY=value</c> lines.</summary>
/// <param name="PartitionNumber">From 1; 0 for a whole disk.</param>
/// <param name="PartitionLabel">Label of the partition, or empty.</param>
internal readonly record struct UeventFile(int PartitionNumber, string PartitionLabel)
{
    /// <summary>Reads the text; unknown lines do not matter.</summary>
    public static UeventFile Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int number = 0;
        string label = "";
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("PARTN=", StringComparison.Ordinal)
                && int.TryParse(line.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out int parsed))
            {
                number = parsed;
            }
            else if (line.StartsWith("PARTNAME=", StringComparison.Ordinal))
            {
                label = line[9..];
            }
        }
        return new UeventFile(number, label);
    }
}
