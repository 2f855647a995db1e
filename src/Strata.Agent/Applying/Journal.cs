using System.Text;
using Strata.Agent.Machines;
using Strata.Agent.Seeds;
using Strata.Core;
using Strata.Settings.Merging;
using Strata.Yaml;

namespace Strata.Agent.Applying;

/// <summary>
/// What a machine has learnt, where it is kept: the words in <see cref="WordsPath"/>, and in <see cref="Path"/> from whom they came. The second
/// is written last, in one step: without it there was no first start.
/// </summary>
/// <param name="Seeds">Where the words came from, and the digest of each seed.</param>
/// <param name="Words">What was taken.</param>
internal sealed record Journal(IReadOnlyList<(string Place, Sha256Digest Digest)> Seeds, YamlMapping Words)
{
    /// <summary>Folder of all that is kept of a machine's owner.</summary>
    public const string Folder = "/var/lib/strata/machine";

    /// <summary>The words, hashes of passwords included: for root alone.</summary>
    public const string WordsPath = Folder + "/owner.yaml";

    /// <summary>From whom they came: <c>from DIGEST PLACE</c> lines behind the name of the format, and the digest of the words.</summary>
    public const string Path = Folder + "/journal";

    private const string Format = "strata-first-start-1";
    private const int MostBytes = 4 << 20;

    /// <summary>Reads it; null when there was no first start, or what is kept of it is damaged, which is noted.</summary>
    public static Journal? Read(MachineFolder machine, FaultList faults)
    {
        if (machine.TryRead(Path, MostBytes) is not byte[] bytes)
        {
            return null;
        }
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        byte[] kept = machine.TryRead(WordsPath, MostBytes) ?? [];
        List<(string, Sha256Digest)> seeds = [];
        bool isWhole = lines.Length >= 2 && lines[0] == Format && lines[^1] == $"words {Sha256Digest.Of(kept)}";
        foreach (string line in isWhole ? lines[1..^1] : [])
        {
            string[] parts = line.Split(' ', 3);
            isWhole &= parts.Length == 3 && parts[0] == "from";
            if (isWhole && Sha256Digest.TryParse(parts[1], out Sha256Digest digest))
            {
                seeds.Add((parts[2], digest));
            }
        }
        FaultList own = new();
        YamlMapping? words = !isWhole ? null : kept.Length == 0 ? Seed.Nothing(WordsPath) : YamlFile.Read(kept, WordsPath, own);
        if (words is null || own.Any)
        {
            faults.Add(new Fault(Path, 0, 0, "what is kept of the first start is damaged; this start is a first one again"));
            return null;
        }
        return new Journal(seeds, words);
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="Device.Posix.PosixException">The disk is full or fails.</exception>
    public void Write(MachineFolder machine)
    {
        byte[] words = Encoding.UTF8.GetBytes(Words.Items.Count == 0 ? "" : WordsText.WithPasswords(Words));
        StringBuilder text = new(Format + "\n");
        foreach ((string place, Sha256Digest digest) in Seeds)
        {
            text.Append("from ").Append(digest.ToString()).Append(' ').Append(place).Append('\n');
        }
        text.Append("words ").Append(Sha256Digest.Of(words).ToString()).Append('\n');
        machine.MakeFolder(Folder, Modes.SecretFolder);
        machine.Write(WordsPath, words, Modes.SecretFile);
        machine.Write(Path, Encoding.UTF8.GetBytes(text.ToString()), Modes.SecretFile);
    }
}
