using Strata.Agent.Machines;
using Strata.Settings.Merging;
using Strata.Settings.Needs;
using Strata.Settings.Reading;
using Strata.Settings.Rendering;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Agent.Applying;

/// <summary>What an image says of its machine, and what of it is open to an owner.</summary>
internal sealed class OwnedWords
{
    /// <summary>Folder of what the build left in the image.</summary>
    public const string Folder = "/usr/lib/strata/machine";

    private const int MostBytes = 4 << 20;

    private readonly YamlMapping _image;
    private readonly IReadOnlyList<string> _open;
    private readonly ImageFacts _facts;

    private OwnedWords(YamlMapping image, IReadOnlyList<string> open, ImageFacts facts) => (_image, _open, _facts) = (image, open, facts);

    /// <summary>Reads what the build left: no words, and all of them open, where it left nothing.</summary>
    public static OwnedWords Read(MachineFolder machine, FaultList faults)
    {
        YamlMapping image = Mapping(machine, Folder + "/words.yaml", faults) ?? new YamlMapping(Folder, 1, 1, []);
        IReadOnlyList<string> open = MachineWords.Names;
        if (Mapping(machine, Folder + "/owner.yaml", faults) is YamlMapping owner)
        {
            MappingReader reader = new(owner, faults);
            List<string> names = [];
            foreach (YamlScalar name in reader.Texts("owner"))
            {
                names.Add(name.Text);
            }
            open = names;
        }
        return new OwnedWords(image, open, DeviceFacts.Of(machine));
    }

    /// <summary>What of an owner's words is open, right, and can be honoured here. The rest is noted where it stands.</summary>
    public YamlMapping Accept(YamlMapping words, FaultList faults)
    {
        List<(YamlScalar, YamlValue)> allowed = [];
        bool saysFirewall = false;
        foreach ((YamlScalar key, YamlValue value) in words.Items)
        {
            if (!MachineWords.Names.Contains(key.Text) || _open.Contains(key.Text))
            {
                allowed.Add((key, value)); // what is no word at all is told by the reader
                saysFirewall |= key.Text == "firewall";
            }
            else
            {
                string open = _open.Count == 0 ? "nothing" : string.Join(", ", _open);
                faults.Add(key, $"'{key.Text}' is not open: this system lets its owner say {open}");
            }
        }
        YamlMapping right = RightWords.Of(words with { Items = allowed }, (w, f) => ReadWhole(Over(w), f), faults);
        if (saysFirewall && !right.Items.Any(i => i.Key.Text is "firewall") && !_image.Items.Any(i => i.Key.Text is "firewall"))
        {
            right = WithClosedFirewall(right);
        }
        return right;
    }

    /// <summary>All words: an owner's before those of the image.</summary>
    public MachineWords Whole(YamlMapping accepted, FaultList faults) => MachineFile.ReadWhole(Over(accepted), faults);

    private YamlMapping Over(YamlMapping words) => WordsMerge.Over(words, _image);

    private void ReadWhole(YamlMapping words, FaultList faults)
    {
        MachineWords whole = MachineFile.ReadWhole(words, faults);
        if (!faults.Any)
        {
            WordNeeds.Check(whole, _facts, faults);
        }
    }

    // who asked for a firewall and made a mistake in it does not want to be without one
    private YamlMapping WithClosedFirewall(YamlMapping words)
    {
        YamlScalar Text(string text) => new(words.File, 0, 0, text, IsPlain: true);
        YamlMapping nothing = new(words.File, 0, 0, []);
        YamlMapping ssh = nothing with { Items = [(Text("ssh"), nothing)] };
        YamlMapping closed = words with
        {
            Items = [.. words.Items, (Text("firewall"), nothing with { Items = [(Text("allow"), ssh)] })],
        };
        FaultList faults = new();
        ReadWhole(Over(closed), faults);
        return faults.Any ? words : closed; // an image without a firewall cannot have one
    }

    private static YamlMapping? Mapping(MachineFolder machine, string path, FaultList faults) =>
        machine.TryRead(path, MostBytes) is { Length: > 0 } bytes ? YamlFile.Read(bytes, path, faults) : null;
}
