namespace Strata.Flash.Targets;

/// <summary>A disk that an image could be written to.</summary>
public sealed record FlashTarget
{
    /// <summary>Its name: <c>sdb</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Major and minor number: <c>8:16</c>.</summary>
    public required string Numbers { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    /// <summary>What its maker calls it, or empty: <c>SanDisk Ultra</c>. A stranger's text: see <c>BlockDevice.Printable</c>.</summary>
    public string Model { get; init; } = "";

    /// <summary>True for what people plug in: sticks, cards, and disks behind USB.</summary>
    public bool IsRemovable { get; init; }

    /// <summary>True when its switch or the kernel forbids writing.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>What uses it or a part of it now.</summary>
    public IReadOnlyList<DiskUse> Uses { get; init; } = [];

    /// <summary>Its device file.</summary>
    public string Path => "/dev/" + Name;

    /// <summary>True when a person may mean it by <paramref name="text"/>: <c>sdb</c> or <c>/dev/sdb</c>.</summary>
    public bool IsCalled(string text) => text == Name || text == Path;
}
