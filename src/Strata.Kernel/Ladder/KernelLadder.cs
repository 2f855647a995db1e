using Strata.Core;
using Strata.Kernel.Profiles;
using Strata.Store;
using Strata.Yaml;

namespace Strata.Kernel.Ladder;

/// <summary>A rung: what it adds to the one below.</summary>
/// <param name="Name">Short: <c>USB and NVMe</c>.</param>
/// <param name="Description">One sentence: what the kernel can do now.</param>
/// <param name="StudyBytes">Size of the image in the study that the ladder repeats; null when it has no such rung.</param>
/// <param name="Fragments">Fragments that it adds.</param>
/// <param name="Lines">Lines that it adds; they overrule fragments and the lines of rungs below.</param>
public sealed record LadderRung(
    string Name, string Description, long? StudyBytes, IReadOnlyList<YamlScalar> Fragments, IReadOnlyList<PlacedLine> Lines);

/// <summary>A row of kernels of which each can do what the one before can, and something more: <c>kernel/ladder/rungs.yaml</c>.</summary>
/// <param name="Base">Target of the kernel's makefile that the first starts from.</param>
/// <param name="Rungs">From the smallest.</param>
/// <param name="File">The file as shown to people.</param>
public sealed record KernelLadder(string Base, IReadOnlyList<LadderRung> Rungs, string File)
{
    private const int MostRungs = 64;

    /// <summary>Reads a ladder.</summary>
    /// <exception cref="StrataException">Faults, all of them.</exception>
    public static KernelLadder Load(string path, string shownAs)
    {
        FaultList faults = new();
        YamlMapping? mapping = YamlFile.Read(ForeignFolder.ReadFile(path, depth: 3, YamlLimits.Standard.MaxCharacters), shownAs, faults);
        List<LadderRung> rungs = [];
        string start = "tinyconfig";
        if (mapping is not null)
        {
            MappingReader reader = new(mapping, faults);
            start = reader.Choice("base", start, KernelCatalog.Bases);
            IReadOnlyList<YamlValue> items = reader.List("rungs", required: true);
            reader.Done();
            if (items.Count is 0 or > MostRungs)
            {
                faults.Add(mapping, $"'rungs' has {items.Count} entries; expected 1 to {MostRungs}");
            }
            foreach (YamlValue item in items.Take(MostRungs))
            {
                if (MappingReader.Of(item, "a rung", faults) is MappingReader rung)
                {
                    rungs.Add(ReadRung(rung, rungs, item, faults));
                }
            }
        }
        faults.ThrowIfAny($"the ladder of kernels, {shownAs}");
        return new KernelLadder(start, rungs, shownAs);
    }

    /// <summary>The profile of a rung: everything up to it.</summary>
    /// <param name="index">Of the rung, from 0.</param>
    /// <param name="catalog">Finds the fragments.</param>
    /// <exception cref="StrataException">A fragment is unknown or faulty.</exception>
    public KernelProfile ProfileOf(int index, KernelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Rungs.Count);
        IReadOnlyList<LadderRung> below = [.. Rungs.Take(index + 1)];
        return new KernelProfile
        {
            Name = $"ladder-{index + 1:00}",
            Description = Rungs[index].Description,
            File = File,
            Base = Base,
            Fragments = [.. below.SelectMany(r => r.Fragments).Select(f => f.Text).Distinct(StringComparer.Ordinal).Select(catalog.LoadFragment)],
            Lines = [.. below.SelectMany(r => r.Lines)],
        };
    }

    private static LadderRung ReadRung(MappingReader reader, List<LadderRung> before, YamlValue at, FaultList faults)
    {
        YamlScalar? name = reader.Scalar("name", required: true);
        if (name is not null && before.Exists(r => r.Name == name.Text))
        {
            faults.Add(name, $"two rungs are named '{name.Text}'");
        }
        YamlScalar? config = reader.Scalar("config");
        LadderRung rung = new(
            name?.Text ?? "",
            reader.Text("adds", required: true) ?? "",
            reader.Size("study")?.Bytes,
            reader.Texts("fragments"),
            config is null ? [] : PlacedLine.ReadAll(config.Text.Split('\n'), config.File, config.Line + 1, faults));
        reader.Done();
        if (before.Count > 0 && rung.Fragments.Count == 0 && rung.Lines.Count == 0)
        {
            faults.Add(at, $"rung '{rung.Name}' adds nothing; expected 'fragments' or 'config'");
        }
        return rung;
    }
}
