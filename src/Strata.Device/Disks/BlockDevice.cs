using System.Globalization;
using System.Text;

namespace Strata.Device.Disks;

/// <summary>A disk or partition that could hold something for us.</summary>
public sealed record BlockDevice
{
    /// <summary>Its name: <c>vda2</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Size { get; init; }

    /// <summary>Label of the partition in its table, or empty.</summary>
    public string PartitionLabel { get; init; } = "";

    /// <summary>Type of the partition (GPT), or empty GUID.</summary>
    public Guid PartitionType { get; init; }

    /// <summary>Identity of the partition (GPT), or empty GUID.</summary>
    public Guid PartitionId { get; init; }

    /// <summary>Number of the partition, from 1; 0 for a whole disk.</summary>
    public int PartitionNumber { get; init; }

    /// <summary>The disk that it is a partition of: <c>vda</c>; its own name when it is a whole disk.</summary>
    public string Disk { get; init; } = "";

    /// <summary>Its file system; null when none is recognised.</summary>
    public FileSystemFacts? FileSystem { get; init; }

    /// <summary>The device file.</summary>
    public string Path => "/dev/" + Name;

    /// <summary>True when a person may mean it by <paramref name="name"/>: a label, a UUID, <c>sda1</c> or <c>/dev/sda1</c>.</summary>
    public bool IsCalled(string name) =>
        Is(FileSystem?.Label, name) || Is(FileSystem?.Uuid, name) || Is(PartitionLabel, name) || Name == name || Path == name;

    /// <summary>One line for a person: <c>vda2: 64.0 MiB, vfat, label 'STRATA'</c>.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Name}: {SizeText(Size)}, ");
        text.Append(FileSystem is null ? "no file system known here" : FileSystem.Type);
        if (FileSystem is { Label.Length: > 0 })
        {
            text.Append(CultureInfo.InvariantCulture, $", label '{Printable(FileSystem.Label)}'");
        }
        if (PartitionLabel.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", partition '{Printable(PartitionLabel)}'");
        }
        return text.ToString();
    }

    /// <summary>A size for a person: <c>64.0 MiB</c>.</summary>
    public static string SizeText(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB");

    /// <summary>A label as it can be shown: a terminal must not get what a stranger's disk says.</summary>
    public static string Printable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        StringBuilder shown = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, 64)))
        {
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }
        return shown.ToString();
    }

    // labels of FAT are upper case whatever one typed
    private static bool Is(string? label, string name) => label is { Length: > 0 } && string.Equals(label, name, StringComparison.OrdinalIgnoreCase);
}
