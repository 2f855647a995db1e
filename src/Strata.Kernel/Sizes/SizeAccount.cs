namespace Strata.Kernel.Sizes;

/// <summary>Bytes of a part of a kernel, by what they are for.</summary>
/// <param name="Name">Of the part: <c>fs/ext4</c>.</param>
/// <param name="Text">Code.</param>
/// <param name="ReadOnly">Data that is only read.</param>
/// <param name="Data">Data that changes.</param>
/// <param name="Init">What only starting needs.</param>
/// <param name="Bss">Zeros.</param>
public sealed record PartSize(string Name, long Text, long ReadOnly, long Data, long Init, long Bss)
{
    /// <summary>Bytes in memory, before what only starting needs is given back.</summary>
    public long Total => Text + ReadOnly + Data + Init + Bss;

    /// <summary>Bytes that the image holds, before it is compressed: all but the zeros.</summary>
    public long Stored => Total - Bss;
}

/// <summary>The account of a kernel's size.</summary>
public static class SizeAccount
{
    /// <summary>The part of the source that an object belongs to: its folder, at most two deep; <c>fs/ext4</c>, <c>kernel</c>, <c>drivers/net</c>.</summary>
    public static string SubsystemOf(string objectFile)
    {
        ArgumentNullException.ThrowIfNull(objectFile);
        string[] parts = objectFile.Split('/');
        return parts.Length switch
        {
            1 when objectFile.StartsWith('(') => objectFile, // strings and padding
            1 => "(top)",
            2 => parts[0],
            _ => parts[0] + "/" + parts[1],
        };
    }

    /// <summary>Bytes by a name given to each object, largest first.</summary>
    /// <param name="map">What the linker put where.</param>
    /// <param name="nameOf">The name under which an object counts; null to leave it out.</param>
    public static IReadOnlyList<PartSize> By(LinkMap map, Func<string, string?> nameOf)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(nameOf);
        Dictionary<string, string?> names = new(StringComparer.Ordinal);
        Dictionary<string, long[]> sums = new(StringComparer.Ordinal);
        foreach (LinkedSection section in map.Sections)
        {
            if (!names.TryGetValue(section.File, out string? name))
            {
                names.Add(section.File, name = nameOf(section.File));
            }
            if (name is null)
            {
                continue;
            }
            if (!sums.TryGetValue(name, out long[]? sum))
            {
                sums.Add(name, sum = new long[Enum.GetValues<SectionKind>().Length]);
            }
            sum[(int)section.Kind] += section.Size;
        }
        return
        [
            .. sums.Select(s => Part(s.Key, s.Value)).OrderByDescending(p => p.Total).ThenBy(p => p.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Bytes by subsystem, largest first.</summary>
    public static IReadOnlyList<PartSize> BySubsystem(LinkMap map) => By(map, SubsystemOf);

    /// <summary>The sum of parts.</summary>
    public static PartSize Sum(string name, IEnumerable<PartSize> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        PartSize sum = new(name, 0, 0, 0, 0, 0);
        foreach (PartSize part in parts)
        {
            sum = new PartSize(name, sum.Text + part.Text, sum.ReadOnly + part.ReadOnly, sum.Data + part.Data, sum.Init + part.Init, sum.Bss + part.Bss);
        }
        return sum;
    }

    /// <summary>
    /// An estimate of a part's share of the compressed image: as if every byte packed equally well. Padding packs to nothing and gets none.
    /// </summary>
    /// <param name="part">The part.</param>
    /// <param name="all">All parts.</param>
    /// <param name="imageBytes">Length of the image.</param>
    public static long PackedShare(PartSize part, IReadOnlyList<PartSize> all, long imageBytes)
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentNullException.ThrowIfNull(all);
        long whole = all.Where(p => p.Name != LinkMap.Padding).Sum(p => p.Stored);
        return part.Name == LinkMap.Padding || whole == 0 ? 0 : (long)((double)part.Stored / whole * imageBytes);
    }

    private static PartSize Part(string name, long[] sum) => new(
        name, sum[(int)SectionKind.Text], sum[(int)SectionKind.ReadOnly], sum[(int)SectionKind.Data], sum[(int)SectionKind.Init], sum[(int)SectionKind.Bss]);
}
