using Strata.Core;
using Strata.Updates.State;
using Strata.Yaml;

namespace Strata.Blueprints;

/// <summary>A folder that outlives a restart.</summary>
/// <param name="Path">Where.</param>
/// <param name="Place">Where the blueprint says so.</param>
/// <param name="Owner">Whose it becomes; null for whoever has it in the image, or root.</param>
/// <param name="Mode">Its permission bits; null for those in the image, or 0755.</param>
/// <param name="Limit">Most room that it may take; null for whatever there is.</param>
public sealed record KeptPath(GuestPath Path, YamlValue Place, OwnerNames? Owner, int? Mode, ByteSize? Limit);

/// <summary>What of an edition outlives a restart: <c>state:</c> of its blueprint. <c>docs/state.md</c> is for people.</summary>
/// <param name="IsEverything">Every change does.</param>
/// <param name="Kept">
/// Otherwise what is in these folders, sorted; none of them lies in another. <see cref="StatePlan.OwnFolder"/> is one of them, or in one.
/// </param>
/// <param name="Encryption">Whether it is encrypted.</param>
public sealed record EditionState(bool IsEverything, IReadOnlyList<KeptPath> Kept, StateEncryption Encryption = StateEncryption.None)
{
    private const string Nothing = "nothing";
    private const string Everything = "everything";
    private const string Expected = "expected 'nothing', 'everything', or 'keep' with a list of folders";

    // what is there before anything is kept, or is no file system of a disk
    private static readonly GuestPath[] s_never = [.. new[] { "/dev", "/proc", "/run", "/strata", "/sys", "/tmp" }.Select(GuestPath.Parse)];

    /// <summary>Reads <c>state</c>; null when nothing is kept.</summary>
    internal static EditionState? Read(MappingReader reader)
    {
        YamlValue? value = reader.Value("state");
        switch (value)
        {
            case null or YamlScalar { Text: Nothing }:
                return null;
            case YamlScalar { Text: Everything }:
                return new EditionState(true, []);
            case YamlScalar word:
                reader.Faults.Add(
                    word, $"'state' is '{word.Text}'{NearMiss.Suggestion(word.Text, [Nothing, Everything])}; {Expected}");
                return null;
            case YamlMapping when reader.Mapping("state") is MappingReader state:
                StateEncryption encryption = ReadEncryption(state);
                if (state.Value("keep") is YamlScalar { Text: Everything })
                {
                    state.Done();
                    return new EditionState(true, [], encryption);
                }
                IReadOnlyList<YamlValue> items = state.List("keep", required: true);
                state.Done();
                return new EditionState(false, ReadKept(items, value, reader.Faults), encryption);
            default:
                reader.Faults.Add(value, $"'state' is {value.Kind}; {Expected}");
                return null;
        }
    }

    private static StateEncryption ReadEncryption(MappingReader state)
    {
        YamlScalar? word = state.Scalar("encrypt");
        switch (word?.Text)
        {
            case null or "no":
                return StateEncryption.None;
            case "tpm":
                return StateEncryption.Tpm;
            case "passphrase":
                return StateEncryption.Passphrase;
            default:
                string suggestion = NearMiss.Suggestion(word.Text, ["tpm", "passphrase", "no"]);
                state.Faults.Add(word, $"'encrypt' is '{word.Text}'{suggestion}; expected 'tpm', 'passphrase' or 'no'");
                return StateEncryption.None;
        }
    }

    private static List<KeptPath> ReadKept(IReadOnlyList<YamlValue> items, YamlValue whole, FaultList faults)
    {
        List<KeptPath> kept = [];
        foreach (YamlValue item in items.Take(StatePlan.MostFolders))
        {
            if (ReadPath(item, faults) is KeptPath path)
            {
                kept.Add(path);
            }
        }
        if (items.Count > StatePlan.MostFolders)
        {
            faults.Add(items[StatePlan.MostFolders], $"'keep' has {items.Count} folders; expected at most {StatePlan.MostFolders}");
        }
        GuestPath own = GuestPath.Parse(StatePlan.OwnFolder);
        if (kept.All(k => !own.IsAtOrBelow(k.Path)))
        {
            kept.RemoveAll(k => k.Path.IsAtOrBelow(own)); // kept with it
            kept.Add(new KeptPath(own, whole, null, null, null));
        }
        kept.Sort((a, b) => a.Path.CompareTo(b.Path));
        foreach (KeptPath inner in kept)
        {
            if (kept.FirstOrDefault(k => k != inner && inner.Path.IsAtOrBelow(k.Path)) is not KeptPath outer)
            {
                continue;
            }
            if (outer.Path != inner.Path)
            {
                faults.Add(inner.Place, $"'{inner.Path}' is kept with '{outer.Path}' already; leave one of them out");
            }
            else if (kept.IndexOf(outer) < kept.IndexOf(inner))
            {
                faults.Add(inner.Place, $"'{inner.Path}' stands here a second time");
            }
        }
        return kept;
    }

    private static KeptPath? ReadPath(YamlValue item, FaultList faults)
    {
        YamlScalar? text = item as YamlScalar;
        OwnerNames? owner = null;
        int? mode = null;
        ByteSize? limit = null;
        if (text is null)
        {
            if (MappingReader.Of(item, "a folder of 'keep'", faults) is not MappingReader words)
            {
                return null;
            }
            text = words.Scalar("path", required: true);
            owner = OwnerNames.Read(words);
            mode = words.Scalar("mode") is YamlScalar given ? words.ToMode(given, "mode") : null;
            limit = words.Size("limit");
            if (limit is { } room && (room.Bytes < KeptFolder.LeastLimit || room.Bytes % (1 << 20) != 0))
            {
                YamlScalar place = words.Scalar("limit")!;
                faults.Add(place, $"'limit' is {place.Text}; expected whole MiB, at least {KeptFolder.LeastLimit >> 20}");
            }
            words.Done();
        }
        if (text is null)
        {
            return null;
        }
        if (!GuestPath.TryParse(text.Text, out GuestPath path, out string? problem))
        {
            faults.Add(text, $"'{text.Text}' cannot be kept: {problem}");
            return null;
        }
        if (path.IsRoot)
        {
            faults.Add(text, "the whole system is kept by 'state: everything'");
            return null;
        }
        foreach (GuestPath never in s_never.Where(n => path.IsAtOrBelow(n)))
        {
            faults.Add(text, $"'{path}' cannot be kept: what is in {never} is made anew at each start");
            return null;
        }
        return new KeptPath(path, text, owner, mode, limit);
    }
}
