using Strata.Core;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>What a partition of a disk is for. The only list of roles and what each may hold.</summary>
public sealed record DiskRole
{
    /// <summary>Name, as in the blueprint: <c>esp</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for, in the words of a message.</summary>
    public required string Purpose { get; init; }

    /// <summary>File systems that it may have, the usual one first.</summary>
    public required IReadOnlyList<string> Formats { get; init; }

    /// <summary>True when a build fills it; false for one that is made when the machine is.</summary>
    public required bool IsFilled { get; init; }

    /// <summary>A file system with a journal: a power cut while somebody writes to it leaves it whole.</summary>
    public const string Ext4 = "ext4";

    /// <summary>What every system can read, and no journal.</summary>
    public const string Fat32 = "fat32";

    /// <summary>What UEFI starts: boot program and kernel image.</summary>
    public static DiskRole Esp { get; } = new() { Name = "esp", Purpose = "what firmware starts", Formats = ["fat"], IsFilled = true };

    /// <summary>The layers and the release that names them.</summary>
    public static DiskRole Store { get; } = new() { Name = "store", Purpose = "the layers", Formats = [Ext4, Fat32], IsFilled = true };

    /// <summary>What outlives a restart; the machine makes its file system.</summary>
    public static DiskRole State { get; } =
        new() { Name = "state", Purpose = "what outlives a restart", Formats = ["none"], IsFilled = false };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<DiskRole> All { get; } = [Esp, Store, State];

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}

/// <summary>A partition that a blueprint asks for.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Format">Its file system, one of those of its role.</param>
/// <param name="Size">Its size, a multiple of 1 MiB; null for what it holds.</param>
/// <param name="Grows">True when the machine extends it to the end of its disk; only what is not filled by the build.</param>
public sealed record DiskPartition(DiskRole Role, string Format, ByteSize? Size, bool Grows);

/// <summary>The partitions of an edition's disk, in their order.</summary>
/// <param name="Parts">At least the one that firmware starts.</param>
public sealed record DiskLayout(IReadOnlyList<DiskPartition> Parts)
{
    private const int MostParts = 16;

    /// <summary>The disk of an edition that asks for none.</summary>
    public static DiskLayout UsualFor(EditionLayout layout) => new(
        [.. (layout == EditionLayout.Layers ? new[] { DiskRole.Esp, DiskRole.Store } : [DiskRole.Esp])
            .Select(r => new DiskPartition(r, r.Formats[0], null, Grows: false))]);

    /// <summary>As a line, for keys: equal lines make equal disks of equal contents.</summary>
    public override string ToString() => string.Join(
        ' ', Parts.Select(p => $"{p.Role}:{p.Format}:{p.Size?.Bytes ?? 0}{(p.Grows ? ":grow" : "")}"));

    /// <summary>Reads the section <c>disk</c> of a blueprint.</summary>
    /// <param name="disk">The section.</param>
    /// <param name="layout">How the edition is packed.</param>
    /// <returns>The partitions; null without a section, or with none that can be read.</returns>
    internal static DiskLayout? Read(MappingReader? disk, EditionLayout layout)
    {
        if (disk is null)
        {
            return null;
        }
        List<DiskPartition> parts = [];
        IReadOnlyList<YamlValue> items = disk.List("parts", required: true);
        foreach (YamlValue item in items.Take(MostParts))
        {
            if (MappingReader.Of(item, "a part of the disk", disk.Faults) is MappingReader part && ReadPart(part, item) is DiskPartition read)
            {
                Check(read, parts, layout, item, disk.Faults);
                parts.Add(read);
            }
        }
        if (items.Count > MostParts)
        {
            disk.Faults.Add(items[MostParts], $"the disk has {items.Count} parts; expected at most {MostParts}");
        }
        foreach (DiskRole missing in UsualFor(layout).Parts.Select(p => p.Role).Where(r => items.Count > 0 && parts.All(p => p.Role != r)))
        {
            disk.Faults.Add(items[0], $"the disk has no part with 'role: {missing}', for {missing.Purpose}");
        }
        disk.Done();
        return parts.Count > 0 ? new DiskLayout(parts) : null;
    }

    private static DiskPartition? ReadPart(MappingReader part, YamlValue item)
    {
        string name = part.Scalar("role", required: true) is null ? "" : part.Choice("role", "", [.. DiskRole.All.Select(r => r.Name)]);
        DiskRole? role = DiskRole.All.FirstOrDefault(r => r.Name == name);
        string format = part.Choice("format", role?.Formats[0] ?? "", role?.Formats ?? [.. DiskRole.All.SelectMany(r => r.Formats)]);
        ByteSize? size = part.Size("size");
        if (size is { } given && (given.Bytes < 1 << 20 || given.Bytes % (1 << 20) != 0))
        {
            YamlScalar place = part.Scalar("size")!;
            part.Faults.Add(place, $"'size' is {place.Text}; expected whole MiB, at least one");
        }
        bool grows = part.Flag("grow", otherwise: false);
        part.Done();
        if (grows && role is { IsFilled: true })
        {
            part.Faults.Add(
                part.Scalar("grow")!,
                $"'grow' is for 'role: {DiskRole.State}', which a machine extends; '{role}' stays as large as it is built: "
                + "expected 'size', if it is to have room");
        }
        if (role is { IsFilled: false } && size is null)
        {
            part.Faults.Add(item, $"a part with 'role: {role}' is empty when it is made; expected its 'size'");
        }
        return role is null ? null : new DiskPartition(role, format, size, grows);
    }

    private static void Check(DiskPartition part, List<DiskPartition> before, EditionLayout layout, YamlValue place, FaultList faults)
    {
        if (before.Any(p => p.Role == part.Role))
        {
            faults.Add(place, $"the disk has a second part with 'role: {part.Role}'");
        }
        if (part.Role == DiskRole.Store && layout != EditionLayout.Layers)
        {
            faults.Add(place, "'role: store' is for layers, and this edition has none: add 'layout: layers'");
        }
        if (before.Any(p => p.Grows))
        {
            faults.Add(place, "a part that grows has to be the last one: there is no room behind any other");
        }
    }
}
