using System.Text;
using Strata.Agent.Applying;
using Strata.Agent.Machines;
using Strata.Agent.Seeds;
using Strata.Settings.Merging;
using Strata.Settings.Words;
using Strata.Yaml;

namespace Strata.Agent;

/// <summary>
/// Learns at the first start whose a machine is, and makes it so at every one. Later words of <c>/etc/strata.d</c> stand before those of
/// the first
/// start, and these before those of the image; none says what the image does not leave open.
/// </summary>
/// <param name="machine">Its files.</param>
/// <param name="live">What is no file.</param>
internal sealed class FirstStart(MachineFolder machine, ILiveMachine live)
{
    /// <summary>Folder of later words, read in the order of their names.</summary>
    public const string LaterFolder = Places.Later;

    private const int MostLaterFiles = 100;

    /// <summary>Does all of it.</summary>
    /// <param name="seeds">
    /// Where seeds may be, besides credentials; faults go where it says. Null when somebody asks for later words alone.
    /// </param>
    /// <param name="asksFirmware">False where credentials were asked for already.</param>
    public void Run(Func<FaultList, ISeedSource>? seeds, bool asksFirmware = true)
    {
        FaultList faults = new();
        OwnedWords owned = OwnedWords.Read(machine, faults);
        Tell("read what the image says of this machine", faults);
        faults = new FaultList();
        Credentials credentials = new(machine);
        Journal? journal = Journal.Read(machine, faults);
        YamlMapping learnt = journal?.Words ?? Seed.Nothing(Journal.WordsPath);
        if (seeds is not null)
        {
            IReadOnlyList<Seed> found = [.. seeds(faults).Find(faults), .. asksFirmware ? credentials.Find(faults) : []];
            if (journal is null)
            {
                learnt = Learn(found, owned, faults);
            }
            else
            {
                Compare(journal, found, faults);
            }
        }
        Tell("take all that this machine is told of its owner", faults);
        faults = new FaultList();
        YamlMapping later = owned.Accept(ReadLater(faults), faults);
        YamlMapping accepted = WordsMerge.Over(later, RightWords.Of(learnt, (w, f) => owned.Whole(WordsMerge.Over(later, w), f), faults));
        Tell($"take all that {LaterFolder} says", faults);
        faults = new FaultList();
        MachineWords words = owned.Whole(accepted, faults);
        new MachineState(machine, live, credentials, faults).Apply(words);
        Tell("make this machine all that its words say", faults);
    }

    private YamlMapping Learn(IReadOnlyList<Seed> seeds, OwnedWords owned, FaultList faults)
    {
        if (seeds.Count == 0)
        {
            return Seed.Nothing(Journal.WordsPath); // nobody is its owner yet: the next start looks again
        }
        YamlMapping said = WordsMerge.InOrder([.. seeds.Select(s => s.Words)], faults);
        YamlMapping accepted = owned.Accept(said, faults);
        string from = string.Join(", ", seeds.Select(s => s.Place));
        if (accepted.Items.Count == 0)
        {
            live.Tell($"cannot learn from {from} whose machine this is: nothing in it can be taken; the next start looks again");
            return accepted;
        }
        string names = string.Join(", ", accepted.Items.Select(i => i.Key.Text));
        try
        {
            new Journal([.. seeds.Select(s => (s.Place, s.Digest))], accepted).Write(machine);
        }
        catch (IOException e)
        {
            faults.Add(new Fault(Journal.Path, 0, 0, $"cannot be kept: {e.Message}; the next start is a first one again"));
        }
        live.Tell($"this machine has learnt from {from}: {names}");
        return accepted;
    }

    // who comes later with a stick does not become the owner of a machine that has one
    private static void Compare(Journal journal, IReadOnlyList<Seed> seeds, FaultList faults)
    {
        foreach (Seed seed in seeds)
        {
            if (!journal.Seeds.Any(s => s.Digest == seed.Digest))
            {
                faults.Add(new Fault(
                    seed.Place, 0, 0, "this is not what the first start took, and a machine learns once whose it is: "
                    + "nothing of it is taken; "
                    + $"say it in {LaterFolder}, or reset the machine"));
            }
        }
    }

    private YamlMapping ReadLater(FaultList faults)
    {
        List<YamlMapping> parts = [];
        foreach (string name in machine.Names(LaterFolder))
        {
            if (!name.EndsWith(".yaml", StringComparison.Ordinal) || name[0] == '.')
            {
                continue;
            }
            string path = $"{LaterFolder}/{name}";
            if (parts.Count == MostLaterFiles)
            {
                faults.Add(new Fault(path, 0, 0, $"at most {MostLaterFiles} files are read; this and the ones behind it are not"));
                break;
            }
            if (machine.TryRead(path, Seed.MostBytes + 1) is byte[] bytes)
            {
                parts.Add(Seed.OfWords(path, bytes, faults).Words);
            }
        }
        parts.Reverse(); // of several files the last one counts, as everywhere below /etc
        return WordsMerge.InOrder(parts, faults);
    }

    private void Tell(string what, FaultList faults)
    {
        if (!faults.Any)
        {
            return;
        }
        StringBuilder text = new();
        text.Append("cannot ").Append(what).Append(faults.Faults.Count == 1 ? ": a mistake" : $": {faults.Faults.Count} mistakes");
        foreach (Fault fault in faults.Faults.Take(MostTold))
        {
            text.Append('\n').Append(fault);
        }
        if (faults.Faults.Count > MostTold)
        {
            text.Append('\n').Append("and more");
        }
        text.Append("\nthe rest is done, and the machine starts");
        live.Tell(text.ToString());
    }

    private const int MostTold = 50;
}
